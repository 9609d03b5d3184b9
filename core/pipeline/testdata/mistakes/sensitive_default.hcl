source "slack" "acme" {
  path = "dump.zip"
  token = var.t
}

variable "t" {
  sensitive = true
  default   = "xoxb-123456"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
