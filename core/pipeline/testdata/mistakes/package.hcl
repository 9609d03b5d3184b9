source "slack" "acme" {
  path = "dump.zip"
}
sink "archive" "main" {
  path = "out"
  package "bagti" {
    info = "Acme"
    date = "2020-01-01"
  }
  package "bagit" {}
  encrypt {
    recipient  = "age1"
    recipients = ["AGE-SECRET-KEY-xoxb"]
  }
}
pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
