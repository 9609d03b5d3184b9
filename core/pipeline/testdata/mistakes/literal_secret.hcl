source "slack" "acme" {
  path = "dump.zip"
  token = "xoxb-123456"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
