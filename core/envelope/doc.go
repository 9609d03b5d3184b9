// Package envelope puts a folder into one encrypted file, a tar inside age (age-encryption.org/v1), and takes it
// out again. keys.go reads the keys of both sides, pack.go writes the file, unpack.go checks and opens it.
//
// Invariants:
//   - The tar is the same bytes for the same files. The file around it is not: age draws a new key each time.
//   - A file is only called good once it was decrypted again and gave the tar that went in.
//   - Truncated, changed and opened with the wrong key are three different errors. Nothing that was decrypted is
//     trusted before the whole file was.
//   - The key of a file is nowhere but in memory, and as age writes it for the recipients.
package envelope
