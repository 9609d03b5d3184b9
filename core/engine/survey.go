package engine

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/progress"
)

// Look sees every record that would be delivered, after transforms. Calls are concurrent.
type Look func(*message.Record)

// Survey does everything that Run does but for writing: no target, no ledger, no media. It gives each
// unit's books to seen as they would be, predicted losses included, and every record to look. Scratch
// files go to a folder that is removed at the end.
func Survey(ctx context.Context, job *Job, look Look, seen func(*ledger.Entry)) error {
	return survey(ctx, job, look, seen, nil)
}

// survey is Survey with a view of every object that would be sent to a sink.
func survey(ctx context.Context, job *Job, look Look, seen func(*ledger.Entry), object func(sink, key, line string)) error {
	dir, err := os.MkdirTemp("", "chatferry-*")
	if err != nil {
		return fault.New(fault.Storage, "create", "temporary folder", "set TMPDIR to a folder that can be written", err)
	}
	defer os.RemoveAll(dir)
	var mu sync.Mutex
	var entries []*ledger.Entry
	r := &runner{job: job, gen: 1, readers: make([]Reader, len(job.Sources)), spool: filepath.Join(dir, "spool"), look: look, object: object,
		survey: func(e *ledger.Entry) {
			mu.Lock()
			defer mu.Unlock()
			entries = append(entries, &ledger.Entry{Shard: e.Shard, Late: e.Late})
			seen(e)
		}}
	defer r.close()
	r.lateSeen = func() []ledger.Late {
		var all []ledger.Late
		sort.Slice(entries, func(i, j int) bool { return entries[i].Shard < entries[j].Shard })
		for _, e := range entries {
			all = append(all, e.Late...)
		}
		sort.SliceStable(all, func(i, j int) bool { return all[i].Key < all[j].Key })
		return all
	}
	units, _, err := r.discover(ctx)
	if err != nil {
		return err
	}
	units = r.only(units)
	r.announce(progress.Survey, units, decision{})
	return r.units(ctx, units, nil)
}

// lateRecords yields late directory records by key, in plan order.
func (r *runner) lateRecords(yield func(ledger.Late) error) error {
	if r.survey == nil {
		var all []ledger.Late // read first: the ledger has one connection
		if err := r.books.LateRecords(r.gen, func(x ledger.Late) error { all = append(all, x); return nil }); err != nil {
			return err
		}
		for _, x := range all {
			if err := yield(x); err != nil {
				return err
			}
		}
		return nil
	}
	for _, x := range r.lateSeen() {
		if err := yield(x); err != nil {
			return err
		}
	}
	return nil
}
