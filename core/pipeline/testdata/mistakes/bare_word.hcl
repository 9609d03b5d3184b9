source "slack" "acme" {
  path = "dump.zip"
  mode = public
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
