source "slack" "acme" {
  path = "dump.zip"
}

sink "archive" "main" {
  path = "out"
  loss {
    allow = ["message.text"]
    fail  = ["message.text"]
  }
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
