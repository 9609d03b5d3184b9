source "slack" "acme" {
  path = "x"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  to = [sink.archive.main]
}
