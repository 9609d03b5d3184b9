# A site to read: pages, threads, pictures and a search, in a folder that any browser opens.
#
# Who:    an administrator who ends a chat system, and whose people want to look things up for years.
# Needs:  a Slack export, zip or folder. Direct and group conversations are left out:
#         everybody may read the site.
# Run:    chatferry run pipelines/reading_site.hcl --var dump=export.zip
# Result: OUT/site; open OUT/site/index.html, or put the folder on a web server.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/reading_site"
}

source "slack" "acme" {
  path = var.dump
}

transform "filter" "open" {
  conversations = ["#*"]
}

sink "html" "site" {
  path     = "${var.out}/site"
  title    = "The ferry company, 2024"
  language = "en"
  zone     = "Europe/Amsterdam"
}

pipeline "reading_site" {
  from    = [source.slack.acme]
  through = [transform.filter.open]
  to      = [sink.html.site]
}
