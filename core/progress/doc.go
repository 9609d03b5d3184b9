// Package progress shows how a run is going: one event model, one broker, several printers.
//
// The engine talks to a Reporter. Meter is the one that counts: Add is a few atomic additions, so it may be
// called for every batch; everything else becomes an Event. A goroutine of the Meter hands events
// to a Printer in order, and ten times a second a Snapshot of the counts.
//
// Invariants:
//   - Ticks are coalesced: however fast counts change, a printer gets at most ten snapshots a second,
//     each of the present, never a backlog.
//   - Events (plan, shard, reject, log, done) are never dropped. The queue is bounded, so a printer that
//     can't keep up slows the run down instead of growing memory.
//   - Nothing here decides anything: a run with no printer gives the same result.
//   - All text goes through core/safe before it reaches a terminal.
//
// # JSON events
//
// With "--progress json" each line on standard error is one object. Every object has "event" and
// "time" (RFC 3339). Counts are numbers, and a field that is not known is absent.
//
//	start     stage, resumed, bytes, shards: [{id, label, bytes, records, done}]
//	shard     id, label, state (started, done, held, failed)
//	progress  stage, seconds, read, delivered, duplicate, filtered, rejected, split, losses, media, media_bytes,
//	          shards, shards_done, active: [id], bytes, bytes_total, percent,
//	          records_per_second, bytes_per_second, seconds_left; once a second
//	reject    shard, reason, file, index
//	log       level (debug, info, warn, error), text
//	done      summary: the object that "--json" prints on standard output
//
// The command line adds two, without counts of their own:
//
//	diagnostic  message, hint, file, line, column, warning: a mistake in a pipeline file
//	error       class, text, hint, exit_code: why the run ended early
package progress
