# One department: what the people of one department wrote.
#
# Who:    a compliance officer. Slack exports know no departments, so a CSV says who is where.
# Needs:  a Slack export and a CSV with the columns person and department. A person is an e-mail
#         address, user name or id; "Office" includes "Office/Accounts".
# Run:    chatferry run pipelines/one_department.hcl --var dump=export.zip \
#           --var departments=people.csv --var department=Office
# Result: OUT/archive.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/one_department"
}

variable "departments" {
  type        = string
  description = "CSV with the columns person and department"
  default     = "departments.csv"
}

variable "department" {
  type        = string
  description = "the department to keep"
  default     = "Office"
}

source "slack" "acme" {
  path = var.dump
}

transform "people" "known" {
  departments = var.departments
}

transform "filter" "department" {
  departments = [var.department]
}

sink "archive" "main" {
  path = "${var.out}/archive"
}

pipeline "one_department" {
  from    = [source.slack.acme]
  through = [transform.people.known, transform.filter.department]
  to      = [sink.archive.main]
}
