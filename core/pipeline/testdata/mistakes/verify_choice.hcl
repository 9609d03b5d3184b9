source "slack" "acme" {
  path = "dump.zip"
}

verify {
  readback = "al"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
