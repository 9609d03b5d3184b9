source "slack" "acme" {
  path = "dump.zip"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main, sink.archive.main]
}
