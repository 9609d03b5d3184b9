// Package report is what Chatferry tells at the end: what a dump holds (Inventory), what a target
// cannot hold (LossRow), and how a run ended (Summary), each as a Go value, as JSON and as text.
//
// The engine fills these values, commands and the terminal interface show them. The JSON names are
// a contract that scripts rely on: names may be added, never changed or dropped.
//
// Invariants:
//   - A Summary says balanced only when read + added = delivered + duplicate +
//     filtered + rejected, in total and for each sink.
//   - The exit code is a function of the Summary alone (Summary.Exit).
//   - Text goes through core/safe, so nothing from a dump can reach a terminal as a control.
//   - The same value gives the same bytes, as JSON and as text.
package report
