source "slack" "acme" {
  path = "dump.zip"
}

sink "mattermost" "team" {
  path = "./x/../out"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main, sink.mattermost.team]
}
