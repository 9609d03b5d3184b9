source "slack" "acme" {
  path = "dump.zip"
}

plugin "acmechat" {
  source = "./acme"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
