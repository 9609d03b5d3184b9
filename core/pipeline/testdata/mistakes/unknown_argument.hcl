source "slack" "acme" {
  path = "dump.zip"
  retrys = 3
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
