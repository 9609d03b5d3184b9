source "slack" "acme" {
  path = "dump.zip"
  colour = "red"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
