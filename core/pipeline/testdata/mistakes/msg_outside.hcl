source "slack" "acme" {
  path = "dump.zip"
  zone = msg.text
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
