source "slack" "acme" {
  path = "dump.zip"
  zone = local.zoen
}

locals {
  zone = "UTC"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
