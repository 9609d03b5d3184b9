source "slack" "acme" {
  path = "dump.zip"
}

transform "filter" "f" {
  where = msg.ext["slack.subtype"] == "x"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.filter.f]
  to   = [sink.archive.main]
}
