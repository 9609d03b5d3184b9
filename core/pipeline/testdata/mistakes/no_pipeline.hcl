source "slack" "acme" {
  path = "x"
}
