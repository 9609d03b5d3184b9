# Time window: what was written between two days, as days are counted in the office's time zone.
#
# Who:    somebody under a legal hold or a retention rule.
# Needs:  a Slack export and two dates; the last day is included.
# Run:    chatferry run pipelines/time_window.hcl --var dump=export.zip \
#           --var since=2024-03-10 --var until=2024-03-31 --var zone=Europe/Berlin
# Result: OUT/archive.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/time_window"
}

variable "since" {
  type        = string
  description = "the first day"
  default     = "2024-03-10"
}

variable "until" {
  type        = string
  description = "the last day"
  default     = "2024-03-31"
}

variable "zone" {
  type        = string
  description = "time zone of the two days"
  default     = "Europe/Berlin"
}

source "slack" "acme" {
  path = var.dump
}

transform "filter" "window" {
  since         = var.since
  until         = var.until
  zone          = var.zone
  exclude_types = ["join", "leave"]
}

transform "rewrite" "tidy" {
  set = {
    "message.text" = trim(msg.text)
  }
}

sink "archive" "main" {
  path = "${var.out}/archive"
}

pipeline "time_window" {
  from    = [source.slack.acme]
  through = [transform.filter.window, transform.rewrite.tidy]
  to      = [sink.archive.main]
}
