package job

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	Before []*census.Facts `json:"before"` // per source; null: its plugin has no census
	After  []*census.Facts `json:"after"`
	Result *counted        `json:"result,omitempty"`
}

// counted is what comparing a census with what was read gave.
type counted struct {
	At        string                `json:"at"` // RFC 3339
	Agrees    bool                  `json:"agrees"`
	Elements  int64                 `json:"elements"`
	Inventory []report.InventoryRow `json:"inventory"`
	Findings  []report.Finding      `json:"findings,omitempty"`
}

func (j *Job) censusFile(gen int) string {
	return filepath.Join(j.engine.State, fmt.Sprintf("census-%04d.json", gen))
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

func (j *Job) saveCensus(gen int, c *counting) error {
	err := plugin.WriteFileAtomic(j.censusFile(gen), func(w io.Writer) error { return json.NewEncoder(w).Encode(c) })
	if err != nil {
		return fault.New(fault.Storage, "write", j.censusFile(gen), "free some disk space, then verify", err)
	}
	return nil
}

func (j *Job) loadCensus(gen int) (*counting, error) {
	b, err := os.ReadFile(j.censusFile(gen))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	c := new(counting)
	if err == nil {
		err = json.Unmarshal(b, c)
	}
	if err != nil {
		return nil, fault.New(fault.Storage, "read", j.censusFile(gen), "remove the file, then verify again while the dump is there", err)
	}
	return c, nil
}

// sameFacts tells whether two lists are of the same dumps, byte for byte as far as a list can tell.
func sameFacts(a, b []*census.Facts) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) || a[i] != nil && !bytes.Equal(a[i].Digest, b[i].Digest) {
			return false
		}
	}
	return true
}

// count counts the dumps of a generation and compares with what was read. Dumps that are gone or are others
// now leave what an earlier count found.
func (j *Job) count(ctx context.Context, gen int) error {
	c, err := j.loadCensus(gen)
	if err != nil || c == nil {
		return err
	}
	j.opts.Progress.Log(progress.Info, "counting the dump a second time, independently of its reader")
	now, err := j.list(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || !sameFacts(now, c.After) {
		if c.Result == nil {
			j.opts.Progress.Log(progress.Warn, "the dump is not there or is another one now, so it cannot be counted")
		}
		return nil
	}
	x := newComparer(j.engine.State)
	defer x.sorter.Close()
	for i, inst := range j.pipe.From {
		if c.After[i] == nil {
			x.silent = true
			continue
		}
		facts, err := j.opts.Host.Census(ctx, j.ref(inst.Plugin), inst.Config, true, func(m census.Member) error { return x.member(i, &m) })
		if err != nil {
			return &Placed{inst.Address(), err}
		}
		x.facts = append(x.facts, facts)
	}
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return err
	}
	defer books.Close()
	if err := x.read(books, gen); err != nil {
		return err
	}
	path := j.inventoryFile(gen)
	err = plugin.WriteFileAtomic(path, func(w io.Writer) error { return x.compare(w, byFile(x.facts)) })
	if err != nil {
		return fault.New(fault.Storage, "write", path, "free some disk space, then verify again", err)
	}
	c.Result = x.result()
	c.Result.At = time.Now().UTC().Format(time.RFC3339)
	return j.saveCensus(gen, c)
}

func byFile(list []census.Facts) bool {
	for _, f := range list {
		if !f.ByFile {
			return false
		}
	}
	return true
}

// complete fills in what the census says: the inventory, its findings, and whether the source is complete.
func (j *Job) complete(s *report.Summary) error {
	c, err := j.loadCensus(s.Generation)
	if err != nil || c == nil {
		return err
	}
	if !sameFacts(c.Before, c.After) {
		s.Findings = append(s.Findings, report.Finding{ID: "CENSUS-CHANGED", Severity: "gap", Gap: true, Count: 1,
			Text: "the dump changed while it was read, so it was not read as one thing: run again"})
	}
	r := c.Result
	if r == nil {
		return nil
	}
	s.Counted, s.CountedAt, s.Inventory = r.Elements, r.At, r.Inventory
	s.Findings = append(s.Findings, r.Findings...)
	if r.Agrees && s.Verdicts.Source == report.SourceUnproven {
		s.Verdicts.Source = report.SourceComplete
	}
	return nil
}

// appendKey sorts by source and path, and members of one name in their order before what was read of it.
func appendKey(b []byte, source int, path string, tag byte, n uint32) []byte {
	b = append(append(b, byte(source)), path...)
	return binary.BigEndian.AppendUint32(append(b, 0, tag), n)
}
