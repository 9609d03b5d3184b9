// Package engine moves a history: it reads shards from sources, applies transforms, and delivers to
// every sink in the order that sink needs, keeping the books.
//
// The way of one message, each step one file: Run (run.go) plans units and starts workers; runUnit
// (unit.go) handles one; intake.go reads, checks and sorts; apply.go transforms, with a token for each
// record; attachment.go takes the bytes of files; lane.go projects, hashes and sends to one sink, and
// outcome.go books what the sink says; threads.go groups replies under their first message; then the sinks
// commit and the ledger writes everything about the unit in one transaction.
//
// Invariants:
//   - A transform closes every record exactly once: by a rule that removes it, or by giving it back under its
//     key. Anything else stops the run and names the key. why.go keeps which rule removed which key.
//   - Each entity (entity.go) has books of its own, and media references balance by reason.
//   - read + added = filtered + rejected + offered, and for each sink offered = delivered +
//     duplicate + filtered + rejected. The ledger refuses anything else.
//   - Memory is bounded by bytes: a batch is about 1 MiB, sorting spills to disk.
//   - The output depends on input and configuration alone, not on workers, batches or crashes.
//
// Where this departs from the first design, and why:
//   - A unit (one shard of one source) is committed whole, not batch by batch. Ordering by thread needs
//     the whole conversation anyway, sources cut shards near 12 MiB, and an interrupted unit costs less
//     than a second to read again; in return a resumed run is byte-identical by construction. Cursors
//     serve to resume a source whose process died inside a unit.
//   - Several sources make one unit of all their messages, because overlapping dumps must meet in one
//     sort to be merged by key. Such a run resumes from the start of that unit.
//   - People met only in messages are collected and delivered in a last unit, so that no second
//     reading of the dump is needed to know everybody beforehand.
package engine
