# Leave Slack: the whole export goes into a sealed archive and into a Mattermost import file.
#
# Who:    an administrator who moves a company from Slack to Mattermost and must keep the past.
# Needs:  a Slack export, zip or folder.
# Run:    chatferry plan pipelines/leave_slack.hcl --var dump=export.zip
#         chatferry run  pipelines/leave_slack.hcl --var dump=export.zip
# Result: OUT/archive (JSON lines and attachments, checkable with sha256sum -c),
#         OUT/mattermost (for "mmctl import upload").

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/leave_slack"
}

source "slack" "acme" {
  path = var.dump
}

media {
  on_missing = "record"
}

sink "archive" "main" {
  path = "${var.out}/archive"
}

sink "mattermost" "team" {
  path = "${var.out}/mattermost"
}

verify {
  counts   = "exact"
  readback = "all"
  media    = "hash"
  fail_on  = ["missing", "extra", "differ"]
}

pipeline "leave_slack" {
  from = [source.slack.acme]
  to   = [sink.archive.main, sink.mattermost.team]
}
