package ledger

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/chatferry/chatferry/core/fault"
)

// seal is the digest of all that the books hold about a generation, whatever tables there are, but for what
// is written after its end: the verdict, and the seal itself. SQLite has no checksums of its own.
func seal(tx *sql.Tx, gen int) (string, error) {
	h := sha256.New()
	err := eachRow(tx, "SELECT gen,pipeline,config_hash,source_hash,setup,started,ended,state,partial FROM run WHERE gen=?", gen, func(row []any) { fmt.Fprintf(h, "%q\n", row) })
	if err != nil {
		return "", err
	}
	var tables, orders []string // a table, and its columns: what it is sorted by
	err = eachRow(tx, `SELECT m.name, group_concat('"'||c.name||'"') FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type='table' AND m.name<>'run' AND ? GROUP BY m.name HAVING sum(c.name='gen')=1 ORDER BY m.name`, 1,
		func(row []any) {
			tables, orders = append(tables, fmt.Sprint(row[0])), append(orders, fmt.Sprint(row[1]))
		})
	if err != nil {
		return "", err
	}
	for i, t := range tables {
		fmt.Fprintf(h, "%q\n", t)
		if err := eachRow(tx, "SELECT * FROM \""+t+"\" WHERE gen=? ORDER BY "+orders[i], gen, func(row []any) { fmt.Fprintf(h, "%q\n", row) }); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func eachRow(tx *sql.Tx, query string, arg any, do func(row []any)) error {
	rows, err := tx.Query(query, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		do(row)
	}
	return rows.Err()
}

// Digest is the seal of a generation as its books stand now.
func (l *Ledger) Digest(gen int) (digest string, err error) {
	err = l.tx("read books", func(tx *sql.Tx) (err error) {
		digest, err = seal(tx, gen)
		return err
	})
	return digest, err
}

// Check compares what the books say about finished generations with what they said when these ended.
func (l *Ledger) Check() error {
	runs, err := l.Runs()
	if err != nil {
		return err
	}
	for _, r := range runs {
		if !r.Finished {
			continue
		}
		var now, then string
		err := l.tx("check books", func(tx *sql.Tx) (err error) {
			if now, err = seal(tx, r.Gen); err != nil {
				return err
			}
			return tx.QueryRow("SELECT coalesce(seal,'') FROM run WHERE gen=?", r.Gen).Scan(&then)
		})
		if err != nil {
			return err
		}
		if now != then {
			return fault.New(fault.Storage, "check books", l.dir, "restore the folder from a copy, or run again into an empty folder; what was delivered is not touched",
				fmt.Errorf("run %d: %w", r.Gen, errChanged))
		}
	}
	return nil
}

var errChanged = errors.New("they are not what they were when it ended: the disk may be failing, or somebody changed them")
