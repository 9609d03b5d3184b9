# Delta: a second, newer export of the same workspace delivers only what is new or changed.
#
# Who:    an administrator who migrates first and catches up on the day of the switch.
# Needs:  run it with the first export; run it again with the newer one and the same OUT.
# Run:    chatferry run pipelines/delta_second_export.hcl --var dump=friday.zip
#         chatferry run pipelines/delta_second_export.hcl --var dump=monday.zip
# Result: OUT/mattermost has an import file per run; what the first holds is counted as duplicate.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder; a newer one each time"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into; the same each time"
  default     = "../out/delta_second_export"
}

source "slack" "acme" {
  path = var.dump
}

sink "mattermost" "team" {
  path = "${var.out}/mattermost"
}

pipeline "delta_second_export" {
  from = [source.slack.acme]
  to   = [sink.mattermost.team]
}
