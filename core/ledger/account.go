package ledger

import (
	"database/sql"
	"fmt"
)

// Account is what became of one entity of one shard at one sink: read + added = filtered + rejected +
// offered, and offered = delivered + duplicate + withheld + refused. The ledger refuses anything else.
type Account struct {
	Shard, Sink, Entity                      string
	Read, Added, Filtered, Rejected, Offered int64 // before any sink: the same for each
	Delivered, Duplicate                     int64
	Withheld                                 int64 // of a kind that the target has no place for
	Refused                                  int64 // the target could not hold it
}

// Entities that are no records: what could not be read, and what messages hold. All others are record types.
const (
	Unreadable = "unreadable"
	Attachment = "attachment" // a reference to a file
	Reaction   = "reaction"   // one by person and emoji
	Reply      = "reply"      // a message's place under the first message of its thread
)

// inner tells whether an entity is a part of records, so that it counts in no sum of them.
func inner(entity string) bool { return entity == Attachment || entity == Reaction || entity == Reply }

// checkAccounts compares the accounts of every sink with the counts of the shard, which were kept apart.
func (e *Entry) checkAccounts() error {
	for _, d := range e.Deliveries {
		var sum Account
		for _, b := range e.Accounts {
			if b.Sink != d.Sink || inner(b.Entity) {
				continue
			}
			sum.Read, sum.Added, sum.Filtered, sum.Rejected = sum.Read+b.Read, sum.Added+b.Added, sum.Filtered+b.Filtered, sum.Rejected+b.Rejected
			sum.Offered, sum.Delivered, sum.Duplicate = sum.Offered+b.Offered, sum.Delivered+b.Delivered, sum.Duplicate+b.Duplicate
			sum.Withheld, sum.Refused = sum.Withheld+b.Withheld, sum.Refused+b.Refused
		}
		c := &e.Counts
		want := Account{Read: c.Read, Added: c.Added, Filtered: c.Filtered, Rejected: c.Rejected, Offered: c.Offered,
			Delivered: d.Delivered, Duplicate: d.Duplicate, Withheld: d.Filtered, Refused: d.Rejected}
		if sum != want {
			return fmt.Errorf("sink %s: the accounts of all entities sum up to %+v, the shard has %+v: %w", d.Sink, sum, want, ErrUnbalanced)
		}
	}
	return nil
}

// checkMedia compares the absent media references with what is counted of them by reason.
func (e *Entry) checkMedia() error {
	var present, absent int64
	for _, t := range e.Tallies {
		switch {
		case t.Kind != "media":
		case t.Name == "present" && t.Rule == "":
			present += t.N
		default:
			absent += t.N
		}
	}
	if c := &e.Counts; present != c.MediaPresent || absent != c.MediaAbsent {
		return fmt.Errorf("of %d media references %d are present and %d absent, by reason %d and %d: %w", c.MediaRefs, c.MediaPresent, c.MediaAbsent, present, absent, ErrUnbalanced)
	}
	return nil
}

func writeAccounts(tx *sql.Tx, e *Entry) error {
	if err := e.checkAccounts(); err != nil {
		return err
	}
	if err := e.checkMedia(); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM account WHERE gen=? AND shard=?", e.Gen, e.Shard); err != nil {
		return err
	}
	st, err := tx.Prepare("INSERT INTO account VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	defer st.Close()
	for _, b := range e.Accounts {
		if _, err := st.Exec(e.Gen, e.Shard, b.Sink, b.Entity, b.Read, b.Added, b.Filtered, b.Rejected, b.Offered, b.Delivered, b.Duplicate, b.Withheld, b.Refused); err != nil {
			return balance(err)
		}
	}
	return nil
}

// Accounts yields the accounts of a generation in plan order, by sink and entity.
func (l *Ledger) Accounts(gen int, yield func(Account) error) error {
	rows, err := l.db.Query("SELECT b.shard,b.sink,b.entity,b.read,b.added,b.filtered,b.rejected,b.offered,b.delivered,b.duplicate,b.withheld,b.refused FROM account b JOIN shard s ON s.gen=b.gen AND s.id=b.shard WHERE b.gen=? ORDER BY s.seq,b.sink,b.entity", gen)
	if err != nil {
		return storage("read", l.dir, err)
	}
	defer rows.Close()
	for rows.Next() {
		var b Account
		if err := rows.Scan(&b.Shard, &b.Sink, &b.Entity, &b.Read, &b.Added, &b.Filtered, &b.Rejected, &b.Offered, &b.Delivered, &b.Duplicate, &b.Withheld, &b.Refused); err != nil {
			return storage("read", l.dir, err)
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return storage("read", l.dir, err)
	}
	return nil
}
