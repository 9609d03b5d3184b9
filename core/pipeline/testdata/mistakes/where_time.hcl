source "slack" "acme" {
  path = "dump.zip"
}

transform "filter" "f" {
  where = msg.sent.utc >= "2020-01-01"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.filter.f]
  to   = [sink.archive.main]
}
