package job

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/gap"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/schema"
)

// Recognised is the source that reads a path, with the settings that open it.
type Recognised struct {
	Plugin string
	plugin.Recognition
}

// Recognise asks every source about a path and returns the one that is surest.
func Recognise(ctx context.Context, h *host.Host, builtins []plugin.Plugin, path string) (Recognised, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Recognised{}, err
	}
	if _, err := os.Stat(abs); err != nil {
		return Recognised{}, fault.New(fault.Config, "open", path, "check the spelling of the path", errors.New("there is no such file or folder, or it cannot be read"))
	}
	var best Recognised
	var notes []string
	for _, p := range builtins {
		if p.Source == nil || p.Source.Recognise == nil {
			continue
		}
		r, err := h.Recognise(ctx, host.Ref{Name: p.Name}, abs)
		if err != nil {
			return Recognised{}, err
		}
		if r.Score > best.Score {
			best = Recognised{p.Name, r}
		}
		if r.Score == 0 {
			notes = append(notes, r.Notes...)
		}
	}
	if err := readable(abs); best.Score == 0 && err != nil {
		return best, fault.New(fault.Storage, "read", path, "the disk may be failing: copy the dump to another one, with a program that skips what cannot be read, and use the copy", err)
	}
	if best.Score == 0 {
		hint := "\"chatferry plugins\" lists the formats that can be read"
		if len(notes) > 0 {
			hint = notes[0]
		}
		return best, fault.New(fault.Config, "recognise", path, hint, errors.New("no known chat format was recognised"))
	}
	return best, nil
}

// Inspect counts what is in a dump by reading all of it. Nothing is written.
func Inspect(ctx context.Context, h *host.Host, builtins []plugin.Plugin, path string, p progress.Reporter) (report.Inventory, error) {
	_, v, err := inspect(ctx, h, builtins, path, p)
	return v, err
}

// inspect is Inspect with steps that see the records go by.
func inspect(ctx context.Context, h *host.Host, builtins []plugin.Plugin, path string, p progress.Reporter, steps ...engine.Transform) (Recognised, report.Inventory, error) {
	rec, err := Recognise(ctx, h, builtins, path)
	if err != nil {
		return rec, report.Inventory{}, err
	}
	config, err := json.Marshal(rec.Config)
	if err != nil {
		return rec, report.Inventory{}, err
	}
	e := engine.Job{Name: "inspect", Workers: runtime.NumCPU(), Retries: 2, Directory: filter.NewDirectory(), Schema: schema.Validate, Progress: p, Transforms: steps}
	e.Sources = []engine.Source{{Name: rec.Plugin, Open: func(ctx context.Context) (engine.Reader, error) {
		return h.OpenSource(ctx, host.Ref{Name: rec.Plugin}, config)
	}}}
	v := report.Inventory{Path: path, Format: rec.Format, Notes: rec.Notes}
	total := sums{}
	err = survey(ctx, &e, &v, total.add)
	v.Unmapped = unmappedRows(total.list("unmapped"), nil)
	return rec, v, err
}

// survey counts everything a job would deliver into v, and gives each unit's books to seen.
func survey(ctx context.Context, e *engine.Job, v *report.Inventory, seen func(*ledger.Entry)) error {
	var mu sync.Mutex
	rules := gap.NewJudge(time.Now())
	err := engine.Survey(ctx, e, func(r *message.Record) {
		mu.Lock()
		v.Count(r)
		mu.Unlock()
	}, func(entry *ledger.Entry) {
		mu.Lock()
		defer mu.Unlock()
		for _, x := range entry.Exceptions {
			if x.Verdict == ledger.Rejected && x.Sink == "" {
				v.Reject(x.Reason)
			}
		}
		if s, err := gap.Decode(entry.Gaps); err == nil { // it was encoded a moment ago
			rules.Add(s)
		}
		seen(entry)
	})
	v.Findings = gapFindings(rules.Findings())
	return err
}

// Forecast is what a job would do.
type Forecast struct {
	Inventory  report.Inventory    `json:"inventory"` // after the transforms
	FilteredBy []report.RuleCount  `json:"filtered_by,omitempty"`
	Sinks      []string            `json:"sinks"`
	Losses     []report.LossRow    `json:"losses,omitempty"`
	Media      []report.MediaRow   `json:"media,omitempty"`  // attachments that are not there
	Orders     []string            `json:"orders"`           // what is sorted for whom, in words
	People     map[string][]string `json:"people,omitempty"` // per sink: the identity map's suggestions in words
}

// Plan reads everything, applies all transforms and projections, and writes nothing.
func (j *Job) Plan(ctx context.Context) (Forecast, error) {
	f := Forecast{}
	f.Inventory.Path = j.pipe.Name
	for i, inst := range j.pipe.From {
		if i > 0 {
			f.Inventory.Format += " and "
		}
		f.Inventory.Format += inst.Plugin
	}
	total := sums{}
	if err := survey(ctx, &j.engine, &f.Inventory, total.add); err != nil {
		return f, err
	}
	f.FilteredBy = j.ruleRows(total.list("filtered"))
	for _, t := range total.list("loss") {
		f.Losses = append(f.Losses, j.loss(t))
	}
	f.Media = mediaRows(total.list("media"))
	f.Inventory.Unmapped = unmappedRows(total.list("unmapped"), j.sinks)
	f.Orders = []string{"each conversation is sorted by time; what does not fit in memory goes to temporary files"}
	for _, s := range j.sinks {
		f.Sinks = append(f.Sinks, s.inst.Name)
		if s.traits.Order == plugin.Threads {
			f.Orders = append(f.Orders, s.inst.Name+" takes each thread's first message followed by its replies, so they are sorted once more for it")
		}
	}
	f.People = j.peopleNotes()
	return f, nil
}

// Exit is the exit code of a plan: what a run would lose at best.
func (f *Forecast) Exit() int {
	code := fault.ExitOK
	for _, r := range f.Losses {
		if r.Policy == report.PolicyFail {
			return fault.ExitDifference
		}
		code = fault.ExitDeclaredLoss
	}
	return code
}

// readable reads the end of a file, where an archive has its directory, which plugins cannot recognise when it
// cannot be read.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	var end [64 << 10]byte
	if _, err = f.ReadAt(end[:], max(0, info.Size()-int64(len(end)))); err == io.EOF {
		return nil
	}
	return err
}
