source "slack" "acme" {
  path = "dump.zip"
  names = ["a"]
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
