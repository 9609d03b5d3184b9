package ledger

import "database/sql"

// SetCensus keeps what the census of a generation's dumps gave.
func (l *Ledger) SetCensus(gen int, census string) error {
	return l.tx("keep census", func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE run SET census=? WHERE gen=?", census, gen)
		return err
	})
}

// Census is what SetCensus kept, "" for nothing.
func (l *Ledger) Census(gen int) (census string, err error) {
	if err := l.db.QueryRow("SELECT coalesce(census,'') FROM run WHERE gen=?", gen).Scan(&census); err != nil {
		return "", storage("read", l.dir, err)
	}
	return census, nil
}

// Seen yields, for each unit as it was read last, what came of each file of the dump. A partial generation
// read a part of the units; for the others the generation before it counts.
func (l *Ledger) Seen(gen int, yield func(files []byte) error) error {
	rows, err := l.db.Query(`SELECT files FROM seen JOIN (SELECT shard AS unit, max(gen) AS last FROM seen
		WHERE gen<=?1 AND gen>=(SELECT max(gen) FROM run WHERE gen<=?1 AND partial=0) GROUP BY shard) ON shard=unit AND gen=last ORDER BY shard`, gen)
	if err != nil {
		return storage("read", l.dir, err)
	}
	defer rows.Close()
	for rows.Next() {
		var files []byte
		if err := rows.Scan(&files); err != nil {
			return storage("read", l.dir, err)
		}
		if err := yield(files); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return storage("read", l.dir, err)
	}
	return nil
}
