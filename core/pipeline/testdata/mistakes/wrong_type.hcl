source "slack" "acme" {
  path = "dump.zip"
  retries = "many"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
