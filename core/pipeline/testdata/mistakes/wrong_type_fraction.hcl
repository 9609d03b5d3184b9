source "slack" "acme" {
  path = "dump.zip"
  retries = 1.5
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
