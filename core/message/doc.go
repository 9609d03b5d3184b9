// Package message is the canonical model: what a chat history consists of, in Go.
//
// The same model is defined by schema/*.schema.json, and a test there proves that the two
// agree in both directions. Every other package speaks only this model; none has a second one.
//
// Invariants:
//   - Ids, times and sizes are strings. Integers are small counts (0 to 2^31). There are no
//     floats, no nulls: what is not known is absent, and empty means absent.
//   - The encoding is canonical JSON: keys sorted bytewise, no insignificant white space, no
//     escapes but those JSON demands. The same record always has the same bytes, on one line.
//   - What a source says and the model has no field for travels in Ext, keyed
//     "<system>.<path>", each value the exact JSON text of the source.
//   - Media are references by SHA-256 with a state; bytes never travel inside a record.
//
// The codec (codec_gen.go) is generated from the struct declarations in model*.go; run
// "make gen" after a change.
package message
