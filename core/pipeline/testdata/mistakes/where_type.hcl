source "slack" "acme" {
  path = "dump.zip"
}

transform "filter" "f" {
  where = msg.text
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.filter.f]
  to   = [sink.archive.main]
}
