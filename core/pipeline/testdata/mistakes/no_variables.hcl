source "slack" "acme" {
  path = "dump.zip"
  zone = var.zone
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
