source "slack" "acme" {
  path = "dump.zip"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [sink.archive.main]
  to   = [sink.archive.main]
}
