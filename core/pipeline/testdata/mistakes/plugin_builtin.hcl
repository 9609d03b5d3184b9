source "slack" "acme" {
  path = "dump.zip"
}

plugin "slack" {
  source = "./acme"
  sha256 = "abababababababababababababababababababababababababababababababab"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
