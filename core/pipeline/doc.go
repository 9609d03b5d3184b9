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
// Functions, everywhere: lower, upper, trim (text); split, join (separator first); format, replace
// (text, from, to); contains, startswith, endswith, matches (text, then what is looked for; contains
// takes a list too); length; present; lookup(map, key, otherwise); time(text, zone) and date(text,
// zone), the latter the day's beginning; after (not before), before, between(t, from, to), age(t, at)
// in days. Times are text or a record's time (msg.sent); a comparison with an absent time is false.
// While loading only: env(name), file(path), glob(pattern), secret("env:NAME" or "file:path").
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
