source "slack" "acme" {
  path = "dump.zip"
}

transform "rewrite" "r" {
  set = {
    "person.name" = msg.text
  }
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.rewrite.r]
  to   = [sink.archive.main]
}
