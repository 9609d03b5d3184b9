source "slack" "acme" {
  path = "dump.zip"
}

source "slack" {
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
