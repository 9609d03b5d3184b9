source "slack" "acme" {
  path = "dump.zip"
}

transform "redact" "r" {
  detect = ["card", "ibn"]
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.redact.r]
  to   = [sink.archive.main]
}
