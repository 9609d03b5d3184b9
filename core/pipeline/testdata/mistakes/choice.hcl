source "slack" "acme" {
  path = "dump.zip"
  mode = "publik"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
