source "slack" "acme" {
  path = "dump.zip"
}

source "slack" "other" {
  path = "x"
}

variable "v" {
  default = "x"
}

locals {
  l = "x"
}

plugin "acmechat" {
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
