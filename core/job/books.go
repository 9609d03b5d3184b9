package job

import (
	"github.com/chatferry/chatferry/core/ledger"
)

// Books yields the account of every unit, sink and entity of a generation in plan order: record types, what
// could not be read, and the attachments, reactions and thread edges that messages hold.
func Books(state string, gen int, yield func(ledger.Book) error) error {
	books, err := ledger.Open(state, true)
	if err != nil {
		return err
	}
	defer books.Close()
	return books.Books(gen, yield)
}
