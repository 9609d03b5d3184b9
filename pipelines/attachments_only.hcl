# Attachments only: the messages that carry files, with the files.
#
# Who:    an archivist who is asked for documents, not for conversations.
# Needs:  a Slack export that holds its files, or a folder where they were downloaded to.
# Run:    chatferry run pipelines/attachments_only.hcl --var dump=export.zip
# Result: OUT/archive; the files are under its media folder by SHA-256.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/attachments_only"
}

source "slack" "acme" {
  path = var.dump
}

# "hold" would stop before the end when a file is absent; "record" notes its state and goes on.
media {
  on_missing = "record"
}

transform "filter" "files" {
  with_attachments = true
}

sink "archive" "main" {
  path = "${var.out}/archive"
}

pipeline "attachments_only" {
  from    = [source.slack.acme]
  through = [transform.filter.files]
  to      = [sink.archive.main]
}
