package main

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/verify"
)

// tamper is a change of the books, most often with one of the output that it is to hide. Verify must end
// with a code, and say something that names the unit or file.
type tamper struct {
	name, as string
	keep     bool // the evidence bundle stays; else it is gone, as if it had never been
	apply    func(*tampered) error
	code     int
	says     string // "%s" stands for the unit
}

// tampered is an output with its books, and one message of it with its unit.
type tampered struct {
	*document
	state string
	m     *message
	unit  string
	rows  []engine.Leaf // of that unit
}

const (
	exitClean      = 0
	exitUnbalanced = 20
)

var tampers = []tamper{
	{"a leaf is gone", "a bit in the books", false, func(t *tampered) error { return t.write(t.without()) }, exitUnbalanced, "unit %s: "},
	{"a leaf and its record are gone", "somebody who hides a message", false, hide, exitUnbalanced, "unit %s: "},
	{"a leaf is another", "a bit in the books", false, func(t *tampered) error {
		rows := slices.Clone(t.rows)
		rows[0].Content[0] ^= 1
		return t.write(rows)
	}, exitUnbalanced, "unit %s: the leaves are not those that the ledger knows"},
	{"a leaf and its record are doubled", "somebody who hides a double", false, func(t *tampered) error {
		t.put(*t.m, *t.m)
		return errors.Join(t.store(), t.write(append(t.rows, t.rows[t.at()])))
	}, exitUnbalanced, "unit %s: "},
	{"a unit's leaves and records are gone", "somebody who hides conversations", false, func(t *tampered) error {
		t.remove(t.messages()...)
		return errors.Join(t.store(), os.Remove(t.leafFile()))
	}, exitUnbalanced, "unit %s: its "},
	{"leaves of a unit that never was", "somebody who adds messages", false, func(t *tampered) error {
		t.unit += "x"
		return t.write(t.rows[:1])
	}, exitUnbalanced, "unit %s: leaves of generation 1 that the ledger does not know"},
	{"a leaf is called refused and its record is gone", "somebody who hides a message", false, func(t *tampered) error {
		t.remove(*t.m)
		list := append(binary.AppendUvarint(nil, uint64(len(t.m.key()))), t.m.key()...)
		return errors.Join(t.store(), os.WriteFile(t.leafFile()+".refused", list, 0o600))
	}, exitUnbalanced, "unit %s: the leaves are not those that the ledger knows"},
	{"a sink's delivered -1, filtered +1", "somebody who hides a message", false, func(t *tampered) error {
		return t.sql("UPDATE delivery SET delivered=delivered-1, filtered=filtered+1 WHERE shard=?", t.unit)
	}, exitUnbalanced, "unit %s: "},
	{"a shard's delivered -1, withheld +1", "somebody who hides a message", false, func(t *tampered) error {
		return t.sql("UPDATE shard SET delivered=delivered-1, withheld=withheld+1 WHERE id=?", t.unit)
	}, exitUnbalanced, "unit %s: the only sink's counts differ from the shard's"},
	{"both, delivered -1 and withheld +1", "somebody who hides a message with care", false, func(t *tampered) error {
		return errors.Join(t.sql("UPDATE shard SET delivered=delivered-1, withheld=withheld+1 WHERE id=?", t.unit),
			t.sql("UPDATE delivery SET delivered=delivered-1, filtered=filtered+1 WHERE shard=?", t.unit))
	}, exitUnbalanced, "unit %s: a sink's counts and its leaves differ"},
	{"both, delivered +1 and duplicate -1", "somebody who adds a message", false, func(t *tampered) error {
		return errors.Join(t.sql("UPDATE shard SET delivered=delivered+1, duplicate=duplicate-1 WHERE id=?", t.unit),
			t.sql("UPDATE delivery SET delivered=delivered+1, duplicate=duplicate-1 WHERE shard=?", t.unit))
	}, exitUnbalanced, "unit %s: a sink's counts and its leaves differ"},
	{"offered -1, filtered +1 by a rule", "somebody who says it was filtered", false, func(t *tampered) error {
		return errors.Join(hide(t), t.sql("UPDATE shard SET offered=offered-1, delivered=delivered-1, filtered=filtered+1 WHERE id=?", t.unit),
			t.sql("UPDATE delivery SET offered=offered-1, delivered=delivered-1, objects=objects-1 WHERE shard=?", t.unit))
	}, exitUnbalanced, "unit %s: the filters' counts differ from the shard's"},
	{"read -1 and delivered -1", "somebody who says it was never there", false, func(t *tampered) error {
		return errors.Join(hide(t), t.sql("UPDATE shard SET read=read-1, offered=offered-1, delivered=delivered-1 WHERE id=?", t.unit),
			t.sql("UPDATE delivery SET offered=offered-1, delivered=delivered-1, objects=objects-1 WHERE shard=?", t.unit))
	}, exitUnbalanced, "unit %s: the leaves are not those that the ledger knows"},
	{"a shard is gone from the ledger", "somebody who hides conversations", false, func(t *tampered) error {
		return errors.Join(t.sql("DELETE FROM delivery WHERE shard=?", t.unit), t.sql("DELETE FROM shard WHERE id=?", t.unit))
	}, exitUnbalanced, "unit %s: leaves of generation 1 that the ledger does not know"},
	{"a seal is empty", "somebody who hides a message", false, func(t *tampered) error {
		return t.sql("UPDATE delivery SET seal='' WHERE shard=?", t.unit)
	}, exitUnbalanced, "unit %s: leaves of generation 1 that the ledger does not know"},
	{"everything agrees but the statement", "somebody who can write all books", true, forge, exitDiffers, "are not those that the statement was made from"},
	{"the counts agree with each other but not with the statement", "somebody who changes a report", true, func(t *tampered) error {
		return t.sql("UPDATE shard SET read=read+1, rejected=rejected+1, declared=declared+1 WHERE id=?", t.unit)
	}, exitDiffers, "the counts in the books are not those of the statement"},
	{"a person's key is another", "somebody who makes a message deniable", true, func(t *tampered) error {
		b, err := os.ReadFile(verify.SaltsFile(t.state))
		if err != nil {
			return err
		}
		b[len(b)-2] = map[bool]byte{true: '1', false: '0'}[b[len(b)-2] == '0'] // its last digit
		return os.WriteFile(verify.SaltsFile(t.state), b, 0o600)
	}, exitDiffers, "are not those that the statement was made from"},
	{"all keys are gone", "somebody who makes the proof worthless", true, func(t *tampered) error {
		return os.Remove(verify.SaltsFile(t.state))
	}, exitDiffers, "are not those that the statement was made from"},
	{"the trees that verify wrote are others", "somebody who does not know that they are made anew", true, func(t *tampered) error {
		return os.WriteFile(filepath.Join(t.state, "tree-"+t.sink, "found-days.tsv"), []byte("nothing\n"), 0o600)
	}, exitClean, ""},
}

// hide takes a message out of the output and its leaf out of the books.
func hide(t *tampered) error {
	t.remove(*t.m)
	return errors.Join(t.store(), t.write(t.without()))
}

// forge hides a message from everything but the evidence.
func forge(t *tampered) error {
	if err := hide(t); err != nil {
		return err
	}
	b, err := os.ReadFile(t.leafFile())
	if err != nil {
		return err
	}
	return errors.Join(t.sql("UPDATE shard SET read=read-1, declared=declared-1, offered=offered-1, delivered=delivered-1 WHERE id=?", t.unit),
		t.sql("UPDATE delivery SET offered=offered-1, delivered=delivered-1, objects=objects-1, seal=? WHERE shard=?", fmt.Sprintf("%x", sha256.Sum256(b[len(b)-sha256.Size:])), t.unit))
}

func (t *tampered) leafFile() string {
	return filepath.Join(engine.LeafDir(t.state, t.sink, 1), t.unit)
}

// at is the place of the message among the rows.
func (t *tampered) at() int {
	return slices.IndexFunc(t.rows, func(l engine.Leaf) bool { return l.Key == t.m.key() })
}

func (t *tampered) without() []engine.Leaf {
	return slices.Delete(slices.Clone(t.rows), t.at(), t.at()+1)
}

// write writes the unit's leaf file, as engine describes it, with its digest.
func (t *tampered) write(rows []engine.Leaf) error {
	put := func(b []byte, s string) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	b := []byte("cfleaf2\n")
	types := []string{"message", "revision", "conversation", "person", "membership", "emoji", "analysis"}
	for i, l := range rows {
		const timed, shifted = 1 << 3, 1 << 4
		flags := byte(slices.Index(types, l.Type))
		none := l.At == [len(l.At)]byte{}
		if !none {
			flags |= timed | shifted
		}
		b = put(append(b, flags), l.Conversation)
		b = put(binary.AppendUvarint(b, uint64(i)), l.Subject)
		if !none {
			b = append(append(b, l.At[:]...), l.Sent[:]...)
		}
		b = append(put(b, l.Key), l.Content[:]...)
	}
	sum := sha256.Sum256(b)
	return os.WriteFile(t.leafFile(), append(b, sum[:]...), 0o600)
}

// sql changes the ledger against its own rules, and seals it anew, as who knows the program can.
func (t *tampered) sql(query string, args ...any) error {
	if err := t.exec(query, args...); err != nil {
		return err
	}
	books, err := ledger.Open(t.state, true)
	if err != nil {
		return err
	}
	digest, err := books.Digest(1)
	if err := errors.Join(err, books.Close()); err != nil {
		return err
	}
	return t.exec("UPDATE run SET seal=? WHERE gen=1", digest)
}

func (t *tampered) exec(query string, args ...any) error {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.state, "ledger.db")+"?_foreign_keys=off")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA ignore_check_constraints=ON"); err != nil {
		return err
	}
	r, err := db.Exec(query, args...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%s: %d rows, %w", query, n, err)
	}
	return nil
}

// tampers is the table of them.
func (b *bench) tampers(only string) table {
	t := table{title: "changes of books", sinks: b.sinks}
	list := slices.DeleteFunc(slices.Clone(tampers), func(x tamper) bool { return !strings.Contains(x.name, only) })
	for _, x := range list {
		t.names = append(t.names, x.name)
	}
	t.try = func(sink string, i int) outcome {
		if b.skips(sink, i) {
			return outcome{sink: sink, name: list[i].name, impossible: "not in the sample"}
		}
		return b.tamper(sink, list[i])
	}
	return t
}

// tamper tries one.
func (b *bench) tamper(sink string, x tamper) (o outcome) {
	o = outcome{sink: sink, name: x.name}
	d, err := b.copyOf(sink)
	if err != nil {
		o.what = err.Error()
		return o
	}
	defer os.RemoveAll(d.dir)
	t := &tampered{document: d, state: filepath.Join(d.dir, job.StateName), m: d.first(alone, plain)}
	if err = t.read(); err == nil && !x.keep {
		err = os.RemoveAll(filepath.Join(d.dir, "evidence"))
	}
	if err == nil {
		err = x.apply(t)
	}
	if err != nil {
		o.what = err.Error()
		return o
	}
	code, says := x.code, x.says
	if code == exitClean {
		code = b.code[sink]
	}
	if strings.Contains(says, "%s") {
		says = fmt.Sprintf(says, t.unit)
	}
	v := b.verify(d.dir)
	o.detected = v.code == code
	o.localised = o.detected && (says == "" || slices.ContainsFunc(v.findings, func(f string) bool { return strings.Contains(f, says) }))
	if !o.localised {
		o.what = fmt.Sprintf("exit code %d for %d, %q is not said: %q %s", v.code, code, says, v.findings, v.said)
	}
	return o
}

// read finds the unit of the message and its leaves.
func (t *tampered) read() error {
	err := engine.EachLeaf(t.state, t.sink, 1, func(l *engine.Leaf) error {
		if l.Key == t.m.key() {
			t.unit = l.Unit
		}
		return nil
	})
	if err != nil {
		return err
	}
	return engine.EachLeaf(t.state, t.sink, 1, func(l *engine.Leaf) error {
		if l.Unit == t.unit {
			t.rows = append(t.rows, *l)
		}
		return nil
	})
}
