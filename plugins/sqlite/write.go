package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/table"
	"github.com/chatferry/chatferry/core/term"
)

// fileName is the one file of the edition, beside media and what every edition has.
const fileName = "history.sqlite"

// format is the SQLite format.
type format struct {
	schema *table.Schema
	config config
}

func storage(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return fault.New(fault.Storage, "write", fileName, "check that the disk works and has room, then run again: what is committed is kept", err)
}

// connect opens a database file, whatever characters its path has.
func connect(path, options string) (*sql.DB, error) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options)
}

// Render implements edition.Format. The database is made in one transaction without a journal: until it is
// whole it stands in the work folder, and what is left of an interrupted run is thrown away.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	path := filepath.Join(out.Work(), fileName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return storage(err)
	}
	db, err := connect(path, "mode=rwc&_journal_mode=OFF&_synchronous=OFF&_locking_mode=EXCLUSIVE&_cache_size=-24000")
	if err != nil {
		return storage(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return storage(err)
	}
	defer tx.Rollback()
	if err := f.fill(ctx, tx, h); err != nil {
		return storage(err)
	}
	if err := tx.Commit(); err != nil {
		return storage(err)
	}
	if err := db.Close(); err != nil {
		return storage(err)
	}
	return out.Adopt(fileName, path)
}

// fill makes everything that is in the database.
func (f *format) fill(ctx context.Context, tx *sql.Tx, h *edition.History) error {
	run := func(list ...string) error {
		for _, q := range list {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}
	if err := run(fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", userVersion)); err != nil {
		return err
	}
	if err := run(f.before()...); err != nil {
		return err
	}
	for _, kv := range f.about() {
		if _, err := tx.ExecContext(ctx, "INSERT INTO about VALUES (?, ?)", kv[0], kv[1]); err != nil {
			return err
		}
	}
	if err := f.rows(ctx, tx, h); err != nil {
		return err
	}
	if f.config.Search {
		if err := index(ctx, tx, h); err != nil {
			return err
		}
	}
	return run(after...)
}

// rows fills the tables.
func (f *format) rows(ctx context.Context, tx *sql.Tx, h *edition.History) error {
	insert := map[*table.Table]*sql.Stmt{}
	for _, t := range table.Tables() {
		s, err := tx.PrepareContext(ctx, "INSERT INTO "+t.Name+" VALUES (?"+strings.Repeat(",?", len(t.Columns)-1)+")")
		if err != nil {
			return err
		}
		defer s.Close()
		insert[t] = s
	}
	var args []any
	return f.schema.Write(ctx, h, func(t *table.Table, row []table.Cell) error {
		args = args[:0]
		for i, c := range t.Columns {
			switch cell := row[i]; {
			case !cell.Set && zero(c):
				args = append(args, int64(0))
			case !cell.Set:
				args = append(args, nil)
			case c.Type == table.Int || c.Type == table.Bool:
				args = append(args, cell.Int)
			default:
				args = append(args, cell.Text)
			}
		}
		_, err := insert[t].ExecContext(ctx, args...)
		return err
	})
}

// index fills the full-text search with the words of every message, under the message's number.
func index(ctx context.Context, tx *sql.Tx, h *edition.History) error {
	s, err := tx.PrepareContext(ctx, "INSERT INTO search (rowid, words) VALUES (?, ?)")
	if err != nil {
		return err
	}
	defer s.Close()
	var words []byte
	add := func(w []byte) { words = append(append(words, w...), ' ') }
	no := int64(0)
	for e, err := range h.Entries(ctx) {
		if err != nil {
			return err
		}
		if e.Message == nil {
			continue
		}
		no++
		words = words[:0]
		term.Texts(e.Message, func(text string) { term.Of(text, add) })
		if len(words) == 0 {
			continue
		}
		if _, err := s.ExecContext(ctx, no, string(words)); err != nil {
			return err
		}
	}
	return nil
}
