# Merge: two exports of one workspace that overlap become one history.
#
# Who:    an administrator with last year's and this year's export.
# Needs:  two exports. Records are merged by key; where both have one and differ, the conflict is
#         listed. The default is the same sample twice, so everything in the second is a duplicate.
# Run:    chatferry run pipelines/merge_two_dumps.hcl --var dump=2023.zip --var second=2024.zip
# Result: OUT/archive.

variable "dump" {
  type        = string
  description = "the earlier Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "second" {
  type        = string
  description = "the later Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/merge_two_dumps"
}

source "slack" "earlier" {
  path = var.dump
}

source "slack" "later" {
  path = var.second
}

sink "archive" "main" {
  path = "${var.out}/archive"
}

pipeline "merge_two_dumps" {
  from = [source.slack.earlier, source.slack.later]
  to   = [sink.archive.main]
}
