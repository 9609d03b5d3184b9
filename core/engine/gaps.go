package engine

import (
	"github.com/chatferry/chatferry/core/gap"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/spill"
)

// watch shows the records of a unit, as they were read, to the rules that look for gaps. They want
// messages sorted: without transforms those on the way to the sinks are; otherwise the records from
// before the transforms are sorted apart.
type watch struct {
	rules  *gap.Observer // nil when nobody looks
	before *spill.Sorter // nil when the records on the way are as they were read
	key    []byte
}

func newWatch(r *runner, u *unit, spool string, late bool) watch {
	if r.job.Unproven || u.late {
		return watch{}
	}
	w := watch{rules: gap.NewObserver(r.job.Directory.Knows)}
	if !late && !u.directory {
		w.before = spill.New(spool, sortMemory)
	}
	return w
}

func (w *watch) close() {
	if w.before != nil {
		w.before.Close()
	}
}

// read takes a record as it came from source.
func (w *watch) read(rec *message.Record, line string, source int) error {
	switch {
	case w.rules == nil:
		return nil
	case w.before == nil:
		if rec.Directory() {
			w.rules.Record(rec)
		}
		return nil
	}
	w.key = append(appendSortKey(w.key[:0], rec), byte(source))
	return w.before.Add(w.key, []byte(line))
}

// passed takes a settled record on its way to the sinks.
func (w *watch) passed(rec *message.Record) {
	if w.rules != nil && w.before == nil && !rec.Directory() {
		w.rules.Record(rec)
	}
}

// state ends the watch. Of records with one key the one counts that twins.settle would deliver.
func (w *watch) state() ([]byte, error) {
	if w.rules == nil {
		return nil, nil
	}
	if w.before == nil {
		return w.rules.State().Encode()
	}
	sorted, err := w.before.Sort()
	if err != nil {
		return nil, err
	}
	var group twins
	show := func() error {
		if len(group.values) == 0 {
			return nil
		}
		rec, err := message.Decode(group.values[group.winner()].line)
		if err == nil {
			w.rules.Record(rec)
		}
		group.reset()
		return err
	}
	for sorted.Next() {
		if !group.same(sorted.Key()) {
			if err := show(); err != nil {
				return nil, err
			}
		}
		group.add(sorted.Key(), sorted.Value(), sorted.Stable())
	}
	if err := sorted.Err(); err != nil {
		return nil, err
	}
	if err := show(); err != nil {
		return nil, err
	}
	return w.rules.State().Encode()
}
