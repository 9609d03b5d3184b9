source "slack" "acme" {
  path = "dump.zip"
}

variable "v" {
  sensitive = true
  default   = secret("env:T")
}

transform "filter" "f" {
  where = msg.text == var.v
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  through = [transform.filter.f]
  to   = [sink.archive.main]
}
