# One person: everything one person wrote, in an archive of its own.
#
# Who:    somebody who answers a request for a copy of one's personal data.
# Needs:  a Slack export, and the person's e-mail address, user name or id.
# Run:    chatferry run pipelines/one_person.hcl --var dump=export.zip --var person=ada.winter@ferry.example
# Result: OUT/archive.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/one_person"
}

variable "person" {
  type        = string
  description = "e-mail address, user name or id"
  default     = "ada.winter"
}

source "slack" "acme" {
  path = var.dump
}

transform "filter" "person" {
  people = [var.person]
}

sink "archive" "copy" {
  path = "${var.out}/archive"
}

pipeline "one_person" {
  from    = [source.slack.acme]
  through = [transform.filter.person]
  to      = [sink.archive.copy]
}
