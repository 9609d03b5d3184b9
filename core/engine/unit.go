package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/spill"
)

// sortMemory is what one sort keeps in memory before it spills.
const sortMemory = 8 << 20

// unit reads, delivers and commits one unit of messages, trying again when its source failed for
// a passing reason.
func (r *runner) unit(ctx context.Context, u *unit) error {
	for attempt := 0; ; attempt++ {
		err := r.runUnit(ctx, u)
		if err == nil || attempt >= r.job.Retries || !retryable(err) || ctx.Err() != nil {
			return err
		}
		r.job.Progress.Log(progress.Warn, "unit "+u.id+" failed and is tried again: "+err.Error())
	}
}

// runUnit is the whole way of one unit: intake, one lane for each sink, commit.
func (r *runner) runUnit(ctx context.Context, u *unit) error {
	r.job.Progress.Shard(u.id, progress.Started)
	spool := filepath.Join(r.spool, u.id)
	if err := freshDir(spool); err != nil {
		return err
	}
	defer os.RemoveAll(spool)
	in := newIntake(r, u, spool)
	defer in.close()
	if err := in.readAll(ctx); err != nil {
		return err
	}
	sorted, err := in.sorter.Sort()
	if err != nil {
		return err
	}
	lanes, err := r.lanes(ctx, u, in)
	if err != nil {
		return err
	}
	defer abort(lanes)
	if err := deliver(ctx, sorted, lanes, in); err != nil {
		return err
	}
	return r.commit(u, in, lanes)
}

// deliver hands sorted records to all lanes, settling records of equal key first.
func deliver(ctx context.Context, sorted *spill.Iter, lanes []*lane, in *intake) error {
	var group twins
	flush := func() error {
		defer group.reset()
		return group.settle(in, func(line string, verdict string, x *ledger.Exception) error {
			return in.offer(lanes, group.key, line, verdict, x)
		})
	}
	for n := 0; sorted.Next(); n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !group.same(sorted.Key()) {
			if err := flush(); err != nil {
				return err
			}
		}
		group.add(sorted.Key(), sorted.Value(), sorted.Stable())
	}
	if err := sorted.Err(); err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	for _, l := range lanes {
		if err := l.end(ctx); err != nil {
			return err
		}
	}
	return nil
}

// offer hands one settled record to every lane.
func (in *intake) offer(lanes []*lane, key []byte, line, verdict string, x *ledger.Exception) error {
	var rec *message.Record
	var err error
	late := in.late && message.TypeOf(line) == message.TypeMessage
	switch {
	case late: // sorted in as it stood
		if rec, line, err = in.admit(line, key); rec == nil {
			return err
		}
	default:
		rec, err = message.Decode(line)
	}
	if err != nil {
		return err
	}
	if verdict == "" {
		in.watch.passed(rec)
	}
	in.entry.Counts.Offered++
	h := holdingOf(rec)
	in.stages.offered.add(&h, 1)
	if late {
		in.stages.read.plus(&h, 1) // the record itself was counted when it came
	}
	best := endFiltered
	for _, l := range lanes {
		e, err := l.take(rec, &h, line, verdict)
		if err != nil {
			return err
		}
		best = max(best, e)
	}
	in.ended(best)
	if x != nil {
		in.entry.Exceptions = append(in.entry.Exceptions, *x)
	}
	return nil
}

// commit makes the unit durable: parts and leaves first, then the ledger in one transaction.
func (r *runner) commit(u *unit, in *intake, lanes []*lane) error {
	e := in.finish()
	var err error
	if e.Gaps, err = in.watch.state(); err != nil {
		return err
	}
	e.Declared, e.Exact = u.declared, u.exact
	settleOverall(&e.Counts, lanes)
	if err := in.why.commit(); err != nil {
		return err
	}
	for _, l := range lanes {
		d, err := l.commit()
		if err != nil {
			return err
		}
		e.Deliveries = append(e.Deliveries, d)
		e.Accounts = append(e.Accounts, accounts(&in.stages, &l.ends, l.sink.Name)...)
		e.Tallies = append(e.Tallies, l.tallies.list(l.sink.Name)...)
		e.Exceptions = append(e.Exceptions, l.exceptions...)
		e.Late = append(e.Late, l.late...)
		r.job.Progress.Add(progress.Delta{Losses: l.losses})
	}
	c := &e.Counts
	r.job.Progress.Add(progress.Delta{Delivered: c.Delivered, Duplicate: c.Duplicate, Filtered: c.Filtered + c.Withheld, Rejected: c.Refused})
	if err := r.syncQuarantine(e); err != nil {
		return err
	}
	if r.media != nil {
		if err := r.media.Sync(); err != nil {
			return err
		}
	}
	if r.survey != nil {
		r.survey(e)
	} else if err := r.books.Commit(e); err != nil {
		if errors.Is(err, ledger.ErrUnbalanced) {
			r.job.Progress.Shard(u.id, progress.Held)
		}
		return err
	}
	r.job.Progress.Shard(u.id, progress.Done)
	return nil
}

func (r *runner) lanes(ctx context.Context, u *unit, in *intake) ([]*lane, error) {
	var list []*lane
	for i := range r.job.Sinks {
		l := newLane(r, i, u)
		if r.survey == nil {
			w, err := l.sink.Target.Begin(ctx, plugin.Shard{ID: u.id, Label: u.label, Directory: u.directory, Bytes: u.bytes})
			if err != nil {
				abort(list)
				return nil, err
			}
			l.writer = w
			if r.job.Unproven {
				list = append(list, l)
				continue
			}
			if l.leaves, err = createLeaves(r.job.State, r.gen, l.sink.Name, u.id); err != nil {
				abort(append(list, l))
				return nil, err
			}
		}
		list = append(list, l)
	}
	return list, nil
}

func abort(lanes []*lane) {
	for _, l := range lanes {
		l.abort()
	}
}

// end is how a record ended over all sinks, the larger the better.
type end int

const (
	endFiltered end = iota
	endDuplicate
	endSent
	endRejected // refused before any sink
)

func (in *intake) ended(e end) {
	c := &in.entry.Counts
	switch e {
	case endFiltered:
		c.Withheld++
	case endDuplicate:
		c.Duplicate++
	case endSent:
		c.Delivered++
	case endRejected:
		c.Refused++
	}
}

// settleOverall corrects the overall counts by what the sinks said in the end: a record that any sink
// refused is refused, one that every sink had already is a duplicate.
func settleOverall(c *ledger.Counts, lanes []*lane) {
	refused, had := map[string]bool{}, map[string]int{}
	for _, l := range lanes {
		for key := range l.refused {
			refused[key] = true
		}
		for _, key := range l.had {
			had[key]++
		}
	}
	c.Refused += int64(len(refused))
	c.Delivered -= int64(len(refused))
	for key, n := range had {
		if n == len(lanes) && !refused[key] {
			c.Duplicate++
			c.Delivered--
		}
	}
}
