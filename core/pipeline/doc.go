// Package pipeline is the language in which an administrator says what goes where: it reads HCL
// files, checks them, and gives the engine plain Go values. It is the only package that knows HCL.
//
// Blocks are read in the order data flows: plugin, variable, locals, source, media, transform, sink,
// verify, pipeline. Files are decoded in two stages: first the skeleton of blocks that never
// changes, then each source, transform and sink by the settings its plugin declares.
//
// Invariants:
//   - Every mistake is a Diagnostic that knows its file and line, says what happened to which item,
//     and what to do next. Mistakes a plugin finds are placed by File.Locate.
//   - Secrets never stand in a file and never in a diagnostic: a setting that is a secret takes
//     only secret(), env() or a sensitive variable; Redacted and String leave it out.
//   - Per-record expressions (the condition of a filter, the fields of a rewrite) are compiled and
//     tried while loading: against unknown values, a full record and an empty record. What passes
//     is a pure function of the record and may be called from many goroutines.
//   - The clock is no input: nothing in a file evaluates differently tomorrow.
//   - Size, nesting and growth of values are bounded before the parser sees a file.
//
// A file:
//
//	source "slack" "acme" {
//	  path = "./acme.zip"
//	}
//	sink "archive" "main" {
//	  path = "./out"
//	}
//	pipeline "leave" {
//	  from = [source.slack.acme]
//	  to   = [sink.archive.main]
//	}
package pipeline
