source "slack" "acme" {
  path = "dump.zip"
  retries = var.n
}

variable "n" {
  type = number
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
