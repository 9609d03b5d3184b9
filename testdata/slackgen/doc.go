// Package slackgen makes Slack exports of any size together with the exact truth about them.
//
// Tests, benches and the demo build their input with it: people, conversations of every kind,
// threads, reactions, edits, files, rich text and every message subtype, in every dialect, plus a
// switch for each known defect of real dumps.
//
// Invariants:
//   - Output is a function of the Config alone: no clock, no map order, no floating point, no
//     library whose stream may change but the compressor's.
//   - An export is a view of one history at one moment. Config.Cut moves that moment: records
//     before it keep their bytes unless they were edited, pinned, reacted to or replied to since.
//   - Memory does not grow with the number of messages: records are planned in small windows and
//     streamed into day files; even the zip's central directory is kept in a scratch file.
//   - The Truth is counted while writing, from what is written, and tests recount it with
//     encoding/json.
package slackgen
