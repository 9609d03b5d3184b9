package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/mattn/go-sqlite3"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// Shard is the row of one shard.
type Shard struct {
	Seq       int
	ID, Label string
	Directory bool
	Bytes     int64
	Declared  int64 // what the dump itself says, with Exact set
	Exact     bool
	Done      bool
	Counts
}

// Counts are the numbers of a shard before any sink.
type Counts struct {
	Read, Added, Filtered, Rejected, Offered int64
	Delivered, Duplicate, Withheld, Refused  int64 // of Offered, over all sinks
	MediaRefs, MediaPresent, MediaAbsent     int64
	First, Last                              string // RFC 3339 of the earliest and latest message
}

// Delivery is what became of a shard's records at one sink.
type Delivery struct {
	Sink                                              string
	Offered, Delivered, Duplicate, Filtered, Rejected int64
	Split, Placed                                     int64
	Receipt                                           plugin.Receipt
	Objects                                           int64  // rows of its leaf file
	Seal                                              string // of its leaf file; "" when none was kept
}

// Tally is a count by reason. Kinds: filtered, changed (Name is the rule), rejected (Name is the reason),
// loss (Name is the field), media (Name is the state, Rule the reason), type (Name is the message kind),
// unmapped (Name is the ext map, Rule the key in it).
type Tally struct {
	Sink, Kind, Name, Rule string
	N                      int64
	Bytes                  int64    // of the values, where they are counted
	Samples                []string // keys
}

// Exception is a record that did not simply arrive, or that was changed on its way.
type Exception struct {
	Gen     int    `json:"generation"`
	Shard   string `json:"unit"`
	Sink    string `json:"sink,omitempty"`
	Key     string `json:"key,omitempty"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	Detail  string `json:"detail,omitempty"`
	File    string `json:"file,omitempty"`
	Index   string `json:"index,omitempty"`
	Offset  string `json:"offset,omitempty"`
	Length  string `json:"length,omitempty"`
	Blob    string `json:"kept_as,omitempty"`
}

// Verdicts of exceptions.
const (
	Rejected = "rejected" // kept in quarantine
	Conflict = "conflict" // another version of the same id was delivered; this one is kept in quarantine
	Shifted  = "shifted"  // its time was moved for the target
	Split    = "split"    // it became several objects in the target
	Placed   = "placed"   // a placeholder was made for an absent first message
)

// Late is a directory record met in a message shard.
type Late struct {
	Key, Body string
}

// Entry is everything that is known about a shard when its sinks have committed.
type Entry struct {
	Gen        int
	Shard      string
	Counts     Counts
	Deliveries []Delivery
	Accounts   []Account // for each sink
	Tallies    []Tally
	Exceptions []Exception
	Late       []Late
	Seen       []byte // what came of each file of the dump; opaque here
	Gaps       []byte // state of the gap rules; opaque here
	// Declared and Exact replace what Start wrote, for shards whose count is known only now.
	Declared int64
	Exact    bool
}

// Commit marks a shard as done with all its numbers, in one transaction. It refuses a shard that
// does not balance; the error then wraps ErrUnbalanced and the shard is held.
func (l *Ledger) Commit(e *Entry) error {
	err := l.tx("commit shard "+e.Shard, func(tx *sql.Tx) error {
		for _, d := range e.Deliveries {
			if err := checkReceipt(d.Receipt); err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT OR REPLACE INTO delivery VALUES(?,?,?,1,?,?,?,?,?,?,?,?,?,?)", e.Gen, e.Shard, d.Sink,
				d.Offered, d.Delivered, d.Duplicate, d.Filtered, d.Rejected, d.Split, d.Placed, []byte(d.Receipt), d.Objects, d.Seal); err != nil {
				return balance(err)
			}
			if d.Offered != e.Counts.Offered {
				return fmt.Errorf("sink %s was offered %d records, the shard has %d: %w", d.Sink, d.Offered, e.Counts.Offered, ErrUnbalanced)
			}
		}
		if err := writeAccounts(tx, e); err != nil {
			return err
		}
		if err := writeTallies(tx, e); err != nil {
			return err
		}
		if err := writeExceptions(tx, e); err != nil {
			return err
		}
		if err := writeGaps(tx, e); err != nil {
			return err
		}
		for i, late := range e.Late {
			if _, err := tx.Exec("INSERT OR REPLACE INTO late VALUES(?,?,?,?,?)", e.Gen, e.Shard, late.Key, i, late.Body); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("INSERT OR REPLACE INTO seen VALUES(?,?,?)", e.Gen, e.Shard, e.Seen); err != nil {
			return err
		}
		c := &e.Counts
		res, err := tx.Exec("UPDATE shard SET state='done',read=?,added=?,filtered=?,rejected=?,offered=?,delivered=?,duplicate=?,withheld=?,refused=?,media_refs=?,media_present=?,media_absent=?,first=?,last=?,declared=?,exact=? WHERE gen=? AND id=?",
			c.Read, c.Added, c.Filtered, c.Rejected, c.Offered, c.Delivered, c.Duplicate, c.Withheld, c.Refused, c.MediaRefs, c.MediaPresent, c.MediaAbsent, c.First, c.Last, e.Declared, e.Exact, e.Gen, e.Shard)
		if err != nil {
			return balance(err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("shard is not in the plan of run %d", e.Gen)
		}
		return nil
	})
	if errors.Is(err, ErrUnbalanced) {
		l.db.Exec("UPDATE shard SET state='held' WHERE gen=? AND id=?", e.Gen, e.Shard)
	}
	return err
}

// balance turns a failed CHECK into ErrUnbalanced.
func balance(err error) error {
	var se sqlite3.Error
	if errors.As(err, &se) && se.ExtendedCode == sqlite3.ErrConstraintCheck {
		return fmt.Errorf("%w: %v", ErrUnbalanced, err)
	}
	return err
}

func writeTallies(tx *sql.Tx, e *Entry) error {
	st, err := tx.Prepare("INSERT OR REPLACE INTO tally VALUES(?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	defer st.Close()
	for _, t := range e.Tallies {
		if _, err := st.Exec(e.Gen, e.Shard, t.Sink, t.Kind, t.Name, t.Rule, t.N, t.Bytes, strings.Join(t.Samples, "\n")); err != nil {
			return err
		}
	}
	return nil
}

func writeExceptions(tx *sql.Tx, e *Entry) error {
	if _, err := tx.Exec("DELETE FROM exception WHERE gen=? AND shard=?", e.Gen, e.Shard); err != nil {
		return err
	}
	st, err := tx.Prepare("INSERT INTO exception(gen,shard,sink,key,verdict,reason,detail,file,idx,offset,length,blob) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	defer st.Close()
	for _, x := range e.Exceptions {
		if _, err := st.Exec(e.Gen, e.Shard, x.Sink, x.Key, x.Verdict, x.Reason, x.Detail, x.File, x.Index, x.Offset, x.Length, x.Blob); err != nil {
			return err
		}
	}
	return nil
}

// Shards lists the shards of a generation in plan order.
func (l *Ledger) Shards(gen int) ([]Shard, error) {
	rows, err := l.db.Query("SELECT seq,id,label,directory,bytes,declared,exact,state='done',read,added,filtered,rejected,offered,delivered,duplicate,withheld,refused,media_refs,media_present,media_absent,first,last FROM shard WHERE gen=? ORDER BY seq", gen)
	if err != nil {
		return nil, storage("read", l.dir, err)
	}
	defer rows.Close()
	var list []Shard
	for rows.Next() {
		var s Shard
		if err := rows.Scan(&s.Seq, &s.ID, &s.Label, &s.Directory, &s.Bytes, &s.Declared, &s.Exact, &s.Done,
			&s.Read, &s.Added, &s.Filtered, &s.Rejected, &s.Offered, &s.Delivered, &s.Duplicate, &s.Withheld, &s.Refused, &s.MediaRefs, &s.MediaPresent, &s.MediaAbsent, &s.First, &s.Last); err != nil {
			return nil, storage("read", l.dir, err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// Receipts lists a sink's receipts in plan order, for Sink.Finish.
func (l *Ledger) Receipts(gen int, sink string) ([]plugin.ShardReceipt, error) {
	rows, err := l.db.Query("SELECT s.id,s.label,s.directory,s.bytes,d.receipt FROM shard s JOIN delivery d ON d.gen=s.gen AND d.shard=s.id WHERE s.gen=? AND d.sink=? AND d.done=1 ORDER BY s.seq", gen, sink)
	if err != nil {
		return nil, storage("read", l.dir, err)
	}
	defer rows.Close()
	var list []plugin.ShardReceipt
	for rows.Next() {
		var r plugin.ShardReceipt
		if err := rows.Scan(&r.Shard.ID, &r.Shard.Label, &r.Shard.Directory, &r.Shard.Bytes, &r.Receipt); err != nil {
			return nil, storage("read", l.dir, err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Deliveries sums what became of all records of a generation at each sink; directory shards apart.
func (l *Ledger) Deliveries(gen int, directory bool) ([]Delivery, error) {
	rows, err := l.db.Query("SELECT d.sink,sum(d.offered),sum(d.delivered),sum(d.duplicate),sum(d.filtered),sum(d.rejected),sum(d.split),sum(d.placed) FROM delivery d JOIN shard s ON s.gen=d.gen AND s.id=d.shard WHERE d.gen=? AND s.directory=? GROUP BY d.sink ORDER BY d.sink", gen, directory)
	if err != nil {
		return nil, storage("read", l.dir, err)
	}
	defer rows.Close()
	var list []Delivery
	for rows.Next() {
		var d Delivery
		if err := rows.Scan(&d.Sink, &d.Offered, &d.Delivered, &d.Duplicate, &d.Filtered, &d.Rejected, &d.Split, &d.Placed); err != nil {
			return nil, storage("read", l.dir, err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Tallies sums the counts by reason of a generation.
func (l *Ledger) Tallies(gen int, kind string) ([]Tally, error) {
	rows, err := l.db.Query("SELECT sink,kind,name,rule,sum(n),sum(bytes),group_concat(samples,char(10)) FROM tally WHERE gen=? AND kind=? GROUP BY sink,name,rule ORDER BY sink,name,rule", gen, kind)
	if err != nil {
		return nil, storage("read", l.dir, err)
	}
	defer rows.Close()
	var list []Tally
	for rows.Next() {
		var t Tally
		var samples string
		if err := rows.Scan(&t.Sink, &t.Kind, &t.Name, &t.Rule, &t.N, &t.Bytes, &samples); err != nil {
			return nil, storage("read", l.dir, err)
		}
		for _, s := range strings.Split(samples, "\n") {
			if s != "" && len(t.Samples) < 3 {
				t.Samples = append(t.Samples, s)
			}
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// Exceptions yields the exceptions of a generation (0: all) with the given key ("": all), in order.
func (l *Ledger) Exceptions(gen int, key string, yield func(Exception) error) error {
	rows, err := l.db.Query("SELECT gen,shard,sink,key,verdict,reason,detail,file,idx,offset,length,blob FROM exception WHERE (?1=0 OR gen=?1) AND (?2='' OR key=?2) ORDER BY gen,id", gen, key)
	if err != nil {
		return storage("read", l.dir, err)
	}
	defer rows.Close()
	for rows.Next() {
		var x Exception
		if err := rows.Scan(&x.Gen, &x.Shard, &x.Sink, &x.Key, &x.Verdict, &x.Reason, &x.Detail, &x.File, &x.Index, &x.Offset, &x.Length, &x.Blob); err != nil {
			return storage("read", l.dir, err)
		}
		if err := yield(x); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return storage("read", l.dir, err)
	}
	return nil
}

// LateRecords yields the late directory records of a generation, by key and then in plan order of the shards they were met in.
func (l *Ledger) LateRecords(gen int, yield func(Late) error) error {
	rows, err := l.db.Query("SELECT late.key,late.body FROM late JOIN shard ON shard.gen=late.gen AND shard.id=late.shard WHERE late.gen=? ORDER BY late.key,shard.seq,late.n", gen)
	if err != nil {
		return storage("read", l.dir, err)
	}
	defer rows.Close()
	for rows.Next() {
		var late Late
		if err := rows.Scan(&late.Key, &late.Body); err != nil {
			return storage("read", l.dir, err)
		}
		if err := yield(late); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fault.New(fault.Storage, "read", l.dir, "", err)
	}
	return nil
}
