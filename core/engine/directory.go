package engine

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/spill"
)

// directory reads people and conversations. It is read in every run, also in one that resumes after
// it was delivered, because filters, mentions and account names need it.
func (r *runner) directory(ctx context.Context, u *unit, done bool) error {
	r.job.Progress.Shard(u.id, progress.Started)
	spool := filepath.Join(r.spool, u.id)
	if err := freshDir(spool); err != nil {
		return err
	}
	in := newIntake(r, u, spool)
	defer in.close()
	in.first = true // a filter by person or place needs the whole directory first
	if err := in.readAll(ctx); err != nil {
		return err
	}
	raw, err := in.sorter.Sort()
	if err != nil {
		return err
	}
	if err := eachRecord(raw, func(rec *message.Record) error { r.job.Directory.Add(rec); return nil }); err != nil {
		return err
	}
	r.job.Directory.Seal()
	if raw, err = in.sorter.Sort(); err != nil {
		return err
	}
	second := newIntake(r, u, spool)
	defer second.close()
	second.entry = in.entry
	second.tallies, second.stages = in.tallies, in.stages // reads and rejects; nothing else is counted at first
	second.seen = in.seen
	second.watch = in.watch
	if err := second.again(ctx, raw); err != nil {
		return err
	}
	sorted, err := second.sorter.Sort()
	if err != nil {
		return err
	}
	err = eachRecord(sorted, func(rec *message.Record) error {
		if r.job.Listed != nil {
			r.job.Listed(rec)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.job.Ready != nil {
		if err := r.job.Ready(); err != nil {
			return err
		}
	}
	if done {
		return nil
	}
	return r.deliverDirectory(ctx, u, second)
}

func eachRecord(it *spill.Iter, do func(*message.Record) error) error {
	for it.Next() {
		rec, err := message.Decode(string(it.Value()))
		if err != nil {
			return err
		}
		if err := do(rec); err != nil {
			return err
		}
	}
	return it.Err()
}

// again runs sorted lines through the transforms into in's own sorter.
func (in *intake) again(ctx context.Context, it *spill.Iter) error {
	flush := func() error {
		err := in.transform(ctx)
		in.recs, in.lines = in.recs[:0], in.lines[:0]
		return err
	}
	for it.Next() {
		line := string(it.Value())
		rec, err := message.Decode(line)
		if err != nil {
			return err
		}
		in.recs, in.lines = append(in.recs, rec), append(in.lines, line)
		in.source = int(it.Key()[len(it.Key())-1])
		if len(in.recs) == 512 || len(in.unit.shards) > 1 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return it.Err()
}

// deliverDirectory sends a sorted directory to all sinks. Memberships of people who are in no list
// wait for the last unit, where such people are.
func (r *runner) deliverDirectory(ctx context.Context, u *unit, in *intake) error {
	sorted, err := in.sorter.Sort()
	if err != nil {
		return err
	}
	lanes, err := r.lanes(ctx, u, in)
	if err != nil {
		return err
	}
	defer abort(lanes)
	if u.late {
		err = deliver(ctx, sorted, lanes, in)
	} else {
		err = r.deliverListed(ctx, sorted, lanes, in)
	}
	if err != nil {
		return err
	}
	return r.commit(u, in, lanes)
}

func (r *runner) deliverListed(ctx context.Context, sorted *spill.Iter, lanes []*lane, in *intake) error {
	kept := spill.New(in.spool, sortMemory)
	defer kept.Close()
	for sorted.Next() {
		line := string(sorted.Value())
		rec, err := message.Decode(line)
		if err != nil {
			return err
		}
		if m := rec.Membership; m != nil && !r.listed(m.Person) {
			in.entry.Late = append(in.entry.Late, ledger.Late{Key: m.Person + lateDone, Body: line})
			in.entry.Counts.Read-- // it is read where it is delivered: in the last unit
			in.stages.read[typeOf(rec)]--
			continue
		}
		if err := kept.Add(sorted.Key(), sorted.Value()); err != nil {
			return err
		}
	}
	if err := sorted.Err(); err != nil {
		return err
	}
	again, err := kept.Sort()
	if err != nil {
		return err
	}
	return deliver(ctx, again, lanes, in)
}

// lateDone ends the keys of late records that went through the transforms, and were counted, already.
const lateDone = "\x02"

// lateKey sorts a person before the memberships of that person.
func lateKey(rec *message.Record) string {
	if rec.Membership != nil {
		return rec.Membership.Person + "\x01"
	}
	return rec.Key()
}

// late delivers people met only in messages, and memberships of people in no list. Of several
// descriptions of one person the first in plan order counts.
func (r *runner) late(ctx context.Context, u *unit) error {
	spool := filepath.Join(r.spool, u.id)
	if err := freshDir(spool); err != nil {
		return err
	}
	r.job.Progress.Shard(u.id, progress.Started)
	in := newIntake(r, u, spool)
	defer in.close()
	known := map[string]bool{}
	take := func(rec *message.Record, line string) error {
		in.recs, in.lines = append(in.recs[:0], rec), append(in.lines[:0], line)
		in.entry.Counts.Read++
		h := holdingOf(rec)
		in.stages.read.add(&h, 1)
		return in.transform(ctx)
	}
	person := func(p *message.Person) error {
		known[p.Key] = true
		rec := message.Of(p)
		if r.job.Listed != nil {
			r.job.Listed(rec)
		}
		return take(rec, string(rec.Append(nil)))
	}
	err := r.lateRecords(func(x ledger.Late) error {
		rec, err := message.Decode(x.Body)
		if err != nil {
			return err
		}
		switch {
		case rec.Person != nil && (known[rec.Person.Key] || r.listed(rec.Person.Key)):
			return nil // described before; the first description counts
		case rec.Person != nil:
			return person(rec.Person)
		case rec.Membership != nil && !known[rec.Membership.Person] && !r.listed(rec.Membership.Person):
			// sorted by person: no description of this one came first, so none will
			parts := message.SplitKey(rec.Membership.Person)
			if err := person(&message.Person{Key: rec.Membership.Person, ID: parts[len(parts)-1], Kind: "unknown", Synthesised: true}); err != nil {
				return err
			}
		}
		if strings.HasSuffix(x.Key, lateDone) {
			in.entry.Counts.Read++
			in.stages.read[typeOf(rec)]++
			return in.put(rec, x.Body)
		}
		return take(rec, x.Body)
	})
	if err != nil {
		return err
	}
	return r.deliverDirectory(ctx, u, in)
}

// listed tells whether a person is in a list of some source.
func (r *runner) listed(key string) bool {
	_, ok := r.job.Directory.Person(key)
	return ok
}
