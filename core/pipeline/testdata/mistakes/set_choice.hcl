source "slack" "acme" {
  path = "dump.zip"
}

transform "recompute" "r" {
  set = {
    "message.txt" = msg.text
  }
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from    = [source.slack.acme]
  through = [transform.recompute.r]
  to      = [sink.archive.main]
}
