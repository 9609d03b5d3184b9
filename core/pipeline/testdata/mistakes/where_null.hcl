source "slack" "acme" {
  path = "dump.zip"
}

transform "filter" "f" {
  where = msg.edited != null
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.filter.f]
  to   = [sink.archive.main]
}
