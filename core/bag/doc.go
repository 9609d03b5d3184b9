// Package bag makes and checks BagIt 1.0 bags (RFC 8493): folders whose payload, below data/, is listed with
// digests, so that anybody can tell years later with sha256sum whether it is whole.
//
// seal.go writes what makes a bag of a folder, crate.go an RO-Crate description for its payload, check.go
// reads a bag, manifest.go the line formats of both.
//
// Invariants:
//   - The same payload and information give the same bytes; nothing is taken from the clock.
//   - A bag may come from anybody: nothing outside its folder is read, no link is followed, nothing is fetched,
//     and memory grows neither with the number of files nor with their size.
//   - Check is strict: a bag without findings is complete and valid in the words of RFC 8493.
package bag
