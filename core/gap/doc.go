// Package gap finds what a source itself lacks: rules look at the records as they were read, before any
// filter, and say what is absent, out of order or not believable. README lists all rules.
//
// The way: an Observer sees the records of one unit, messages sorted by conversation, time and key, and
// gives a small state that is kept in the unit's books. A Judge takes the states of all units and gives
// findings. What one conversation shows by itself (threads, references, numbers, clocks) is settled by the
// observer; what needs all conversations (silence, cuts, caps) by the judge.
//
// Invariants:
//   - A finding never stops or changes a delivery.
//   - A rule of severity gap is precise: it speaks only where something is absent by the source's own
//     words, or by numbers that chance does not give. What cannot be that sure is a warning or a note.
//   - The result depends on the set of records alone: not on units, workers, order or interruptions. A
//     record that is seen twice counts once.
//   - Memory is bounded: a conversation in progress keeps at most maxKeys keys, maxThreads threads,
//     maxRefs references and maxRuns runs of numbers. Beyond a bound its rule says nothing.
package gap
