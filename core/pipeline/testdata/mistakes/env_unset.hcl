source "slack" "acme" {
  path = "dump.zip"
  token = env("ACME_TOKEN")
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
