// Package ledger keeps the books of all runs into one output folder, in one SQLite file.
//
// Invariants:
//   - A shard is done only when its numbers balance; CHECK constraints in schema.sql refuse anything
//     else, so that no code path can forget it.
//   - Everything about a shard is written in one transaction, after its sinks committed. A crash
//     before it means the shard is read again; nothing half-done is ever visible. What is committed is
//     on the disk: parts are removed because the ledger says that they are no longer needed.
//   - Only counts, keys, places and reasons are kept, never message text. The bytes of rejected
//     records are files in the quarantine folder beside the ledger.
package ledger

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

//go:embed schema.sql
var schema string

const version = 2

// ErrUnbalanced is wrapped by the error for a shard whose numbers do not add up.
var ErrUnbalanced = errors.New("the books do not balance")

// Ledger is the open ledger of a state folder.
type Ledger struct {
	db  *sql.DB
	dir string
}

// Open opens or creates the ledger in the state folder dir. With readonly it must exist.
func Open(dir string, readonly bool) (*Ledger, error) {
	path := filepath.Join(dir, "ledger.db")
	mode := "rwc"
	if readonly {
		mode = "rw" // WAL needs write access; nothing is written
		if _, err := os.Stat(path); err != nil {
			return nil, fault.New(fault.Config, "open", path, "this folder has no Chatferry books; name the output folder of a run", err)
		}
	}
	db, err := sql.Open("sqlite3", "file:"+(&escaper{path}).String()+"?mode="+mode+"&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_busy_timeout=5000&_txlock=immediate")
	if err != nil {
		return nil, storage("open", path, err)
	}
	db.SetMaxOpenConns(1)
	l := &Ledger{db: db, dir: dir}
	var v int
	if err := db.QueryRow("PRAGMA user_version").Scan(&v); err != nil {
		db.Close()
		return nil, storage("open", path, err)
	}
	switch {
	case v == 0 && !readonly:
		if _, err := db.Exec("BEGIN IMMEDIATE;" + schema + fmt.Sprintf("PRAGMA user_version=%d; COMMIT;", version)); err != nil {
			db.Close()
			return nil, storage("create", path, err)
		}
	case v != version:
		db.Close()
		return nil, fault.New(fault.Config, "open", path, "use the version of Chatferry that wrote it", fmt.Errorf("ledger has version %d, this program knows %d", v, version))
	}
	return l, nil
}

type escaper struct{ path string }

// String escapes the characters that mean something in an SQLite URI.
func (e *escaper) String() string {
	var b []byte
	for _, c := range []byte(e.path) {
		if c == '%' || c == '?' || c == '#' {
			b = fmt.Appendf(b, "%%%02x", c)
			continue
		}
		b = append(b, c)
	}
	return string(b)
}

// Close closes the file.
func (l *Ledger) Close() error { return l.db.Close() }

func storage(op, path string, err error) error {
	hint := "check the disk and the folder's permissions; what was committed is safe"
	var se sqlite3.Error
	if errors.As(err, &se) {
		switch se.Code {
		case sqlite3.ErrFull:
			hint = "free some disk space, then run again: it resumes"
		case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen:
			hint = "the folder cannot be written: choose another output folder or change its permissions; to verify, copy it to where it can be written and verify the copy"
		case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
			hint = "the ledger file is damaged; start a new run into an empty folder"
		}
	}
	return fault.New(fault.Storage, op, path, hint, err)
}

// Lock makes this process the only one that works in the state folder. A lock dies with its process.
func Lock(dir string) (unlock func(), err error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.New(fault.Storage, "lock", dir, "the folder cannot be written; choose another output folder or change its permissions", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner := make([]byte, 64)
		n, _ := f.Read(owner)
		f.Close()
		return nil, fault.New(fault.Busy, "lock", dir, "wait until the other run ends, or stop it, or choose another output folder",
			fmt.Errorf("another Chatferry works in this folder (process %s)", owner[:n]))
	}
	f.Truncate(0)
	fmt.Fprintf(f, "%d", os.Getpid())
	return func() { f.Close() }, nil
}

// Run is one generation.
type Run struct {
	Gen                    int
	Pipeline               string
	ConfigHash, SourceHash string
	Setup                  []byte
	Partial                bool // only some units
	Started, Ended         string
	Finished               bool
	Verdict                string
}

// Runs lists all generations, oldest first.
func (l *Ledger) Runs() ([]Run, error) {
	rows, err := l.db.Query("SELECT gen,pipeline,config_hash,source_hash,setup,started,coalesce(ended,''),state='finished',coalesce(verdict,'') FROM run ORDER BY gen")
	if err != nil {
		return nil, storage("read", l.dir, err)
	}
	defer rows.Close()
	var list []Run
	for rows.Next() {
		var r Run
		if err := rows.Scan(&r.Gen, &r.Pipeline, &r.ConfigHash, &r.SourceHash, &r.Setup, &r.Started, &r.Ended, &r.Finished, &r.Verdict); err != nil {
			return nil, storage("read", l.dir, err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Start writes a new generation and its shards, all pending.
func (l *Ledger) Start(r Run, shards []Shard) error {
	return l.tx("start run", func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO run(gen,pipeline,config_hash,source_hash,setup,started,partial,state) VALUES(?,?,?,?,?,?,?,'running')",
			r.Gen, r.Pipeline, r.ConfigHash, r.SourceHash, string(r.Setup), time.Now().UTC().Format(time.RFC3339), r.Partial); err != nil {
			return err
		}
		st, err := tx.Prepare("INSERT INTO shard(gen,seq,id,label,directory,bytes,declared,exact) VALUES(?,?,?,?,?,?,?,?)")
		if err != nil {
			return err
		}
		defer st.Close()
		for i, s := range shards {
			if _, err := st.Exec(r.Gen, i, s.ID, s.Label, s.Directory, s.Bytes, s.Declared, s.Exact); err != nil {
				return err
			}
		}
		return nil
	})
}

// Finish marks a generation as finished; every shard must be done.
func (l *Ledger) Finish(gen int) error {
	return l.tx("finish run", func(tx *sql.Tx) error {
		var open int
		if err := tx.QueryRow("SELECT count(*) FROM shard WHERE gen=? AND state<>'done'", gen).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return fmt.Errorf("%d shards are not done: %w", open, ErrUnbalanced)
		}
		if _, err := tx.Exec("UPDATE run SET state='finished', ended=? WHERE gen=?", time.Now().UTC().Format(time.RFC3339), gen); err != nil {
			return err
		}
		digest, err := seal(tx, gen)
		if err == nil {
			_, err = tx.Exec("UPDATE run SET seal=? WHERE gen=?", digest, gen)
		}
		return err
	})
}

// SetSource replaces a generation's digest of what it was made from.
func (l *Ledger) SetSource(gen int, hash string) error {
	return l.tx("keep source", func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE run SET source_hash=? WHERE gen=?", hash, gen)
		return err
	})
}

// SetVerdict keeps the outcome of the last verification of a generation.
func (l *Ledger) SetVerdict(gen int, verdict string) error {
	return l.tx("keep verdict", func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE run SET verdict=? WHERE gen=?", verdict, gen)
		return err
	})
}

func (l *Ledger) tx(op string, f func(*sql.Tx) error) error {
	tx, err := l.db.Begin()
	if err != nil {
		return storage(op, l.dir, err)
	}
	if err := f(tx); err != nil {
		tx.Rollback()
		if errors.Is(err, ErrUnbalanced) {
			return fault.New(fault.Bug, op, l.dir, "report this; what was committed is safe and nothing is lost", err)
		}
		return storage(op, l.dir, err)
	}
	if err := tx.Commit(); err != nil {
		return storage(op, l.dir, err)
	}
	return nil
}

// receiptLimit is the size the plugin contract allows.
const receiptLimit = 64 << 10

func checkReceipt(r plugin.Receipt) error {
	if len(r) > receiptLimit {
		return fmt.Errorf("receipt has %d bytes, the limit is %d", len(r), receiptLimit)
	}
	return nil
}
