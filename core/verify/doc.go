// Package verify proves that targets hold what was delivered to them.
//
// The whole proof, one concept a file:
//
//   - leaf.go: each delivered object has a leaf: a salted digest of its canonical line. The engine kept
//     the content's digest and the place of each when it was handed to the sink; the sink's ReadBack
//     gives the same of what is there now.
//   - tree.go: leaves are rolled up by day, month, conversation and type into one root. The partition
//     follows the content, so two histories have the same root exactly when they hold the same records.
//   - settle.go: a target that was delivered to several times may hold several versions of a record;
//     here it is decided which of them stands for it.
//   - compare.go: both sides come sorted as the tree is. One pass builds both roots and names each
//     record that is missing, extra or different, and each day whose order is another.
//   - fields.go: for differing records the source is read again, so that the fields are named too.
//   - books.go: the ledger has the number and digest of the leaves, so that they cannot be changed alone.
//   - verify.go: Sink does all of it for one target.
//
// schema/proof.md describes leaf and tree so that others can compute them; the reasons are here:
//
//   - The leaf covers the digest of the line, not the line: so the expected tree is built from what the
//     engine kept, without reading any record again.
//   - Salts come from one key a person, not from one stored beside each record: an archive stays the
//     same bytes for the same dump, and erasing one line of the salts file erases a person's traces.
//   - Both sides are sorted anyway, so a pass over both finds all differences at the cost of a comparison
//     a record. The tree is not needed for finding them; it is what is signed, and with days.tsv anybody
//     can tell which day of which conversation differs.
//   - Days of very many messages are not divided further, because nothing descends into them.
//
// Invariants: verify never changes the target, the leaves or the books; memory does not grow with the
// number of records, but with that of people, of differences, and of messages in one day.
package verify
