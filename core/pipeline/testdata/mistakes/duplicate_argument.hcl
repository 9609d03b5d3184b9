source "slack" "acme" {
  path = "dump.zip"
  zone = "a"
  zone = "b"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
