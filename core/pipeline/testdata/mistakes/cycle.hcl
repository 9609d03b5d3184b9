source "slack" "acme" {
  path = "dump.zip"
  zone = local.a
}

locals {
  a = local.b
  b = "x${local.c}"
  c = local.a
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
