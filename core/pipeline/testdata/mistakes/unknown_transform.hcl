source "slack" "acme" {
  path = "dump.zip"
}

transform "translate" "x" {
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
