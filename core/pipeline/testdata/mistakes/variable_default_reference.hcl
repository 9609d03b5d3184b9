source "slack" "acme" {
  path = "dump.zip"
  zone = var.z
}

variable "z" {
  default = local.y
}

locals {
  y = "x"
}

sink "archive" "main" {
  path = "out"
}

pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
