# Redact: personal numbers are blacked out before the history leaves the house.
#
# Who:    a data protection officer.
# Needs:  a Slack export. Detectors check digits where a number has some (cards, IBAN, Chinese
#         identity numbers), so that an order number is not taken for a card.
# Run:    chatferry plan pipelines/redact_gdpr.hcl --var dump=export.zip   (counts by rule)
#         chatferry run  pipelines/redact_gdpr.hcl --var dump=export.zip
# Result: OUT/archive; the digest of each original stays in the books.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/redact_gdpr"
}

source "slack" "acme" {
  path = var.dump
}

transform "redact" "gdpr" {
  detect = ["card", "iban", "phone", "email", "cn_id"]
  patterns = {
    "employee_number" = "\\bE-[0-9]{6}\\b"
  }
  replacement = "[removed]"
}

sink "archive" "main" {
  path = "${var.out}/archive"
}

pipeline "redact_gdpr" {
  from    = [source.slack.acme]
  through = [transform.redact.gdpr]
  to      = [sink.archive.main]
}
