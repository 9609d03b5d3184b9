// Package tui is the full-screen terminal interface, and the plain one for screen readers: from a dump
// to a proven result by keys alone, for people who have never used a terminal program.
//
// The way of a key: Model.Update (model.go) gives it to the page on top of the stack, the page changes
// its own state and may return a command; a command does its work elsewhere, through Ferry (ferry.go), and
// comes back as a message. View asks the page to draw itself into a view of a given size (view.go).
//
// Invariants:
//   - Model is the only Bubble Tea model. Pages are components without goroutines; what they keep is
//     changed by press and got alone, which Update calls. Neither reads a file nor waits.
//   - Everything that reads or writes goes through Ferry, in a command. This package decides nothing
//     about a migration: what was clicked becomes a pipeline file, and that is what runs.
//   - All text from outside passes core/safe on its way into a view, and no line is wider than the
//     view, whatever a name holds. Only this package's own styles put escapes into a frame.
//   - Every sentence stands in the catalogue (texts/*.txt), once for each language.
//   - Colour never carries meaning alone: what is chosen has a mark, a state has a word.
package tui
