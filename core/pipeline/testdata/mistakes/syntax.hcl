source "slack" "acme" {
  path = "dump.zip
}
