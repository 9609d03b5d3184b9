package ledger

import "database/sql"

// writeGaps keeps what the gap rules need of a shard; nothing when there is nothing.
func writeGaps(tx *sql.Tx, e *Entry) error {
	if len(e.Gaps) == 0 {
		return nil
	}
	_, err := tx.Exec("INSERT OR REPLACE INTO gap VALUES(?,?,?)", e.Gen, e.Shard, e.Gaps)
	return err
}

// CarryGaps takes over the states of the generation before for the shards that generation gen does not
// read again.
func (l *Ledger) CarryGaps(gen int) error {
	return l.tx("keep gaps", func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT OR IGNORE INTO gap SELECT ?1,shard,state FROM gap WHERE gen=?1-1 AND shard NOT IN (SELECT id FROM shard WHERE gen=?1)", gen)
		return err
	})
}

// Gaps yields the states of the gap rules of a generation, by shard.
func (l *Ledger) Gaps(gen int, yield func(state []byte) error) error {
	rows, err := l.db.Query("SELECT state FROM gap WHERE gen=? ORDER BY shard", gen)
	if err != nil {
		return storage("read", l.dir, err)
	}
	defer rows.Close()
	for rows.Next() {
		var state []byte
		if err := rows.Scan(&state); err != nil {
			return storage("read", l.dir, err)
		}
		if err := yield(state); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return storage("read", l.dir, err)
	}
	return nil
}
