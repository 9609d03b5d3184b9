# One project: messages in some channels that name the project, in any of its spellings.
#
# Who:    a lawyer or project lead who hands over the record of one project.
# Needs:  a Slack export, the channels and the words. Case and width do not matter; Chinese and
#         Japanese words match as well.
# Run:    chatferry run pipelines/one_project_keyword.hcl --var dump=export.zip \
#           --var 'channels=["#general"]' --var 'words=["shipyard", "クレーン"]'
# Result: OUT/archive.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/one_project_keyword"
}

variable "channels" {
  type        = list(string)
  description = "the conversations to look in; * stands for anything"
  default     = ["*"]
}

variable "words" {
  type        = list(string)
  description = "a message holding one of these is kept"
  default     = ["shipyard", "crane", "起重机", "クレーン"]
}

source "slack" "acme" {
  path = var.dump
}

transform "filter" "project" {
  conversations = var.channels
  keywords      = var.words
  match         = "fold"
  where         = msg.kind != "bot" || present(msg.attachments)
}

sink "archive" "main" {
  path = "${var.out}/archive"
}

pipeline "one_project_keyword" {
  from    = [source.slack.acme]
  through = [transform.filter.project]
  to      = [sink.archive.main]
}
