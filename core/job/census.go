package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
)

// The census has two parts. Listing a dump is cheap, so it is done before and after each run: a dump that
// changed in between was not read as one thing. Counting reads the dump a second time, as the read-back reads
// the targets, so it is part of verifying. Both are kept, because the dump may be gone when somebody asks.

// counting is what is kept of a generation's census.
type counting struct {
	Before []*census.Facts `json:"before"` // by source; null: its plugin has no census
	After  []*census.Facts `json:"after"`
	Result *counted        `json:"result,omitempty"`
}

// counted is what comparing a census with what was read gave.
type counted struct {
	At        string                `json:"at"`       // RFC 3339
	Compared  bool                  `json:"compared"` // everything was counted and could be compared
	Elements  int64                 `json:"elements"`
	Inventory []report.InventoryRow `json:"inventory"`
	Findings  []report.Finding      `json:"findings,omitempty"`
}

// inventoryFile lists every file of the dumps, and what was counted in it and what was read.
func (j *Job) inventoryFile(gen int) string {
	return filepath.Join(j.engine.State, fmt.Sprintf("inventory-%04d.tsv", gen))
}

// list asks every source's plugin for the facts of its dump.
func (j *Job) list(ctx context.Context) ([]*census.Facts, error) {
	list := make([]*census.Facts, len(j.pipe.From))
	for i, inst := range j.pipe.From {
		ref := j.ref(inst.Plugin)
		m, err := j.opts.Host.Describe(ctx, ref)
		if err != nil {
			return nil, &Placed{inst.Address(), err}
		}
		if m.Source == nil || !m.Source.Census {
			continue
		}
		facts, err := j.opts.Host.Census(ctx, ref, inst.Config, false, func(census.Member) error { return nil })
		if err != nil {
			return nil, &Placed{inst.Address(), err}
		}
		list[i] = &facts
	}
	return list, nil
}

// listBefore and listAfter list the dumps around a run.
func (j *Job) listBefore(ctx context.Context) (*counting, error) {
	c := new(counting)
	if j.opts.Unproven {
		return c, nil
	}
	var err error
	if c.Before, err = j.list(ctx); err != nil {
		return nil, err
	}
	for i, facts := range c.Before {
		j.engine.Sources[i].ByFile = facts != nil && facts.ByFile
	}
	return c, nil
}

// With nothing an earlier run delivered all of the same dump; what that one listed stands.
func (j *Job) listAfter(ctx context.Context, gen int, c *counting, nothing bool) (err error) {
	if j.opts.Unproven {
		return nil
	}
	if nothing {
		books, err := ledger.Open(j.engine.State, true)
		if err != nil {
			return err
		}
		before, err := keptCensus(books, gen)
		if err := errors.Join(err, books.Close()); err != nil || before != nil {
			return err
		}
	}
	if c.After, err = j.list(ctx); err != nil {
		return err
	}
	return j.keepCensus(gen, c)
}

func (j *Job) keepCensus(gen int, c *counting) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	books, err := ledger.Open(j.engine.State, false)
	if err != nil {
		return err
	}
	defer books.Close()
	return books.SetCensus(gen, string(b))
}

// keptCensus is what the books hold of a generation's census; nil when nothing was listed.
func keptCensus(books *ledger.Ledger, gen int) (*counting, error) {
	text, err := books.Census(gen)
	if err != nil || text == "" {
		return nil, err
	}
	c := new(counting)
	return c, json.Unmarshal([]byte(text), c)
}

// sameFacts tells whether two lists are of the same dumps, byte for byte as far as a list can tell.
func sameFacts(a, b []*census.Facts) bool {
	return slices.EqualFunc(a, b, func(a, b *census.Facts) bool {
		return (a == nil) == (b == nil) && (a == nil || bytes.Equal(a.Digest, b.Digest))
	})
}

// count counts the dumps of a generation and compares with what was read. Where the dumps are gone or are
// others now, what an earlier count found stays.
func (j *Job) count(ctx context.Context, gen int) error {
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return err
	}
	defer books.Close()
	c, err := keptCensus(books, gen)
	if err != nil || c == nil {
		return err
	}
	now, err := j.list(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && sameFacts(now, c.After) {
		j.opts.Progress.Log(progress.Info, "counting the dump a second time, independently of its reader")
		return j.countNow(ctx, books, gen, c)
	}
	if c.Result == nil {
		j.opts.Progress.Log(progress.Warn, "the dump is not there or is another one now, so it cannot be counted")
	} else {
		j.opts.Progress.Log(progress.Warn, "the dump is not there or is another one now; it was counted on "+c.Result.At)
	}
	return nil
}

func (j *Job) countNow(ctx context.Context, books *ledger.Ledger, gen int, c *counting) error {
	x := newComparer(j.engine.State, len(j.pipe.From))
	defer x.sorter.Close()
	for i, inst := range j.pipe.From {
		if c.After[i] == nil {
			continue
		}
		facts, err := j.opts.Host.Census(ctx, j.ref(inst.Plugin), inst.Config, true, func(m census.Member) error { return x.member(i, &m) })
		if err != nil {
			return &Placed{inst.Address(), err}
		}
		if !bytes.Equal(facts.Digest, c.After[i].Digest) {
			return &Placed{inst.Address(), fault.New(fault.Config, "count", "dump", "verify again when nobody writes to it", errors.New("the dump changed while it was counted"))}
		}
		x.sources[i].facts = &facts
	}
	if err := x.read(books, gen); err != nil {
		return err
	}
	path := j.inventoryFile(gen)
	if err := plugin.WriteFileAtomic(path, x.compare); err != nil {
		return fault.New(fault.Storage, "write", path, "free some disk space, then verify again", err)
	}
	c.Result = x.result()
	c.Result.At = time.Now().UTC().Format(time.RFC3339)
	return j.keepCensus(gen, c)
}

// sourceSeen fills in what the census says: the inventory, its findings, and whether the source is complete.
func (j *Job) sourceSeen(books *ledger.Ledger, s *report.Summary) error {
	s.Verdicts.Source = report.SourceUnproven
	c, err := keptCensus(books, s.Generation)
	if err != nil || c == nil {
		return err
	}
	for i := range c.Before {
		if b, a := c.Before[i], c.After[i]; b != nil && a != nil && !bytes.Equal(b.Digest, a.Digest) {
			s.Findings = append(s.Findings, report.Finding{ID: "CENSUS-CHANGED", Severity: gapFinding, Gap: true, Count: 1,
				Text: fmt.Sprintf("the dump changed while it was read: before %d files of %d bytes, after %d of %d; run again", b.Members, b.Bytes, a.Members, a.Bytes)})
		}
	}
	r := c.Result
	if r == nil {
		return nil
	}
	s.Inventory = &report.Count{At: r.At, Elements: r.Elements, Files: r.Inventory}
	if path := j.inventoryFile(s.Generation); exists(path) {
		s.Inventory.Path = path
	}
	s.Findings = append(s.Findings, r.Findings...)
	if r.Compared {
		s.Verdicts.Source = report.SourceComplete
	}
	return nil
}
