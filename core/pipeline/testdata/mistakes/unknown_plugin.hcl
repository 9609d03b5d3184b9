source "slack" "acme" {
  path = "dump.zip"
}

source "slak" "x" {
  path = "x"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
