# Archive to Mattermost: an archive made earlier is a source like any other.
#
# Who:    an administrator who archived first and chose the new system later.
# Needs:  an archive written by Chatferry; the default is what leave_slack.hcl makes, so run that
#         first.
# Run:    chatferry run pipelines/archive_to_mattermost.hcl --var dump=/archives/acme
# Result: OUT/mattermost.

variable "dump" {
  type        = string
  description = "the archive's folder"
  default     = "../out/leave_slack/archive"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/archive_to_mattermost"
}

source "archive" "acme" {
  path = var.dump
}

transform "rename" "channels" {
  names = {
    "#general" = "general-slack"
  }
}

sink "mattermost" "team" {
  path = "${var.out}/mattermost"
}

pipeline "archive_to_mattermost" {
  from    = [source.archive.acme]
  through = [transform.rename.channels]
  to      = [sink.mattermost.team]
}
