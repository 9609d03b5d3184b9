source "slack" "acme" {
  path = "dump.zip"
}

sorce "slack" "x" {
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
