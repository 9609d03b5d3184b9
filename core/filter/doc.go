// Package filter decides which records of a history go on, and why the others do not.
//
// Rules are data (settings of a pipeline block or command-line flags); Compile turns them into Go
// predicates that run in a fixed order. The first rule that removes a record gets its count, so
// every removed record is in the books under exactly one rule.
//
// Invariants:
//   - A Filter is pure and safe for concurrent use: the verdict depends on the record, the rules
//     and the sealed Directory, never on what was seen before.
//   - Directory records (people, conversations, memberships) are removed only by the rules
//     "kinds" and "conversations". Workspaces and spaces, which hold conversations, always stay.
//   - What a rule cannot judge (a revision without an author under "people", an analysis that may
//     quote removed messages) is removed and counted by that rule: a filter never leaks.
//   - A value that names nobody and nothing is reported by Unmatched, never silently empty.
package filter

import _ "time/tzdata" // zones must work on machines without zone files
