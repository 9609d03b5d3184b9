# A bag for an archive: the whole history as a BagIt bag, with who hands it over.
#
# Who:    somebody who gives a history to an archive, or to the other side's lawyers.
# Needs:  a Slack export.
# Run:    chatferry run pipelines/bag_for_an_archive.hcl --var dump=export.zip --var from="Acme Ltd"
# Result: OUT/history, a bag: "chatferry bag check OUT/history" and "sha256sum -c" check it. The books are in OUT.

variable "dump" {
  type        = string
  description = "the Slack export, zip or folder"
  default     = "../testdata/sample/ferry-export.zip"
}

variable "out" {
  type        = string
  description = "the folder to write into"
  default     = "../out/bag_for_an_archive"
}

variable "from" {
  type        = string
  description = "the organisation that hands it over"
  default     = "Ferry Ltd"
}

source "slack" "acme" {
  path = var.dump
}

# To have it encrypted as well, add: encrypt { recipients = ["age1..."] }
sink "archive" "history" {
  path = "${var.out}/history"
  package "bagit" {
    info = {
      "Source-Organization" = var.from
    }
  }
}

pipeline "bag_for_an_archive" {
  from = [source.slack.acme]
  to   = [sink.archive.history]
}
