source "slack" "acme" {
  path = "dump.zip"
}

plugin "acmechat" {
  source = "./acme"
  sha256 = "9f2c"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
