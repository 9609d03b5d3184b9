source "slack" "acme" {
  path = "dump.zip"
  token = local.hidden
}

locals {
  hidden = "x"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
