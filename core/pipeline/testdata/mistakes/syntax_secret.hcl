source "slack" "acme" {
  token = "xoxb-123456
}
