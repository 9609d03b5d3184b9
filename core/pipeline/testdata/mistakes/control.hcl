source "slack" "acme" {
  path = "dump.zip"
  zone = "a‎b" + [31m
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
