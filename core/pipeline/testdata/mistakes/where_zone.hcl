source "slack" "acme" {
  path = "dump.zip"
}

transform "filter" "f" {
  where = after(msg.sent, date("2020-01-01", "Mars/Base"))
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.filter.f]
  to   = [sink.archive.main]
}
