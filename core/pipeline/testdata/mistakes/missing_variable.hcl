source "slack" "acme" {
  path = "dump.zip"
  zone = var.zone
}

variable "zone" {
  type        = string
  description = "time zone of the dump"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
