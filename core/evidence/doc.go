// Package evidence writes and checks the evidence bundle of a run: a BagIt bag (RFC 8493) that a third
// party can check years later with sha256sum, ssh-keygen and Python, without Chatferry.
//
// One concept a file: statement.go is what is claimed, an in-toto statement that names every other payload
// file by digest; bag.go lays the files out as a bag; check.go reads one back; sign.go signs the statement as
// "ssh-keygen -Y sign" does and verifies such a signature; token.go reads an RFC 3161 timestamp token that
// somebody put beside the statement.
//
// Invariants:
//   - The signature covers the statement, the statement names every payload file, the manifests list
//     them again: one changed, added or missing byte anywhere is found, and named.
//   - A bundle appears whole under its name or not at all. A bundle that was replaced is named by the
//     digest of its statement in the new one, so deliveries form a chain.
//   - Nothing in it is message text or a secret. Names of conversations are in the two reports and in
//     conversations.csv, for people; everything else speaks of keys.
//   - The leaves of the tree are not in it: with them, and the salts, short texts could be guessed.
package evidence
