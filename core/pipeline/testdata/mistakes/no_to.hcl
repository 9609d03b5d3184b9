source "slack" "acme" {
  path = "x"
}

pipeline "p" {
  from = [source.slack.acme]
}
