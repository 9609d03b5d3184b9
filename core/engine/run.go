package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
)

// Result is what Run did.
type Result struct {
	Gen     int
	Nothing bool // the folder already holds everything of this dump
	Resumed bool
}

// runner is one call of Run or Survey.
type runner struct {
	job      *Job
	books    *ledger.Ledger // nil in a survey
	media    *media.Store
	gen      int
	source   string       // digest of all shards' fingerprints
	earlier  []*leafIndex // per sink: what generations before this one delivered
	spool    string
	survey   func(*ledger.Entry)
	look     Look
	object   func(sink, key, line string)
	lateSeen func() []ledger.Late

	mu      sync.Mutex
	readers []Reader
}

// Run executes the job until everything is delivered and assembled. After an interruption of any
// kind, calling it again with the same job continues and gives the same output.
func Run(ctx context.Context, job *Job) (Result, error) {
	if err := os.MkdirAll(job.State, 0o700); err != nil {
		return Result{}, fault.New(fault.Storage, "create", job.State, "choose an output folder that can be written", err)
	}
	unlock, err := ledger.Lock(job.State)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	books, err := ledger.Open(job.State, false)
	if err != nil {
		return Result{}, err
	}
	defer books.Close()
	r := &runner{job: job, books: books, readers: make([]Reader, len(job.Sources)), spool: filepath.Join(job.State, "spool")}
	defer r.close()
	units, hash, err := r.discover(ctx)
	if err != nil {
		return Result{}, err
	}
	units = r.only(units)
	d, err := r.decide(hash)
	if err != nil || d.nothing {
		if err == nil {
			r.clear() // what a run left that was killed when its books were closed
		}
		return Result{Gen: d.gen, Nothing: d.nothing}, err
	}
	if job.Foresee != nil && !d.resume {
		if err := job.Foresee(ctx, d.gen); err != nil {
			return Result{}, err
		}
	}
	r.gen, r.source = d.gen, hash
	if err := r.prepare(ctx, d); err != nil {
		return Result{}, err
	}
	if !d.resume {
		err := books.Start(ledger.Run{Gen: d.gen, Pipeline: job.Name, ConfigHash: job.ConfigHash, SourceHash: hash, Setup: job.Setup, Partial: job.Only != nil}, ledgerShards(units))
		if err != nil {
			return Result{}, err
		}
	}
	if job.Only != nil && !job.Unproven {
		if err := books.CarryGaps(d.gen); err != nil {
			return Result{}, err
		}
	}
	r.announce(progress.Copy, units, d)
	if err := r.units(ctx, units, d.done); err != nil {
		return Result{Gen: d.gen}, err
	}
	if err := r.finish(ctx); err != nil {
		return Result{Gen: d.gen}, err
	}
	return Result{Gen: d.gen, Resumed: d.resume}, nil
}

// only keeps the units that a retry is about.
func (r *runner) only(units []unit) []unit {
	if r.job.Only == nil {
		return units
	}
	var kept []unit
	for _, u := range units {
		if u.directory || r.job.Only[u.id] {
			kept = append(kept, u)
		}
	}
	return kept
}

// prepare makes folders and opens the sinks.
func (r *runner) prepare(ctx context.Context, d decision) error {
	os.RemoveAll(r.spool)
	if err := os.MkdirAll(r.spool, 0o700); err != nil {
		return fault.New(fault.Storage, "create", r.spool, "choose an output folder that can be written", err)
	}
	var err error
	if r.media, err = media.Open(r.mediaDir()); err != nil {
		return err
	}
	for i := range r.job.Sinks {
		s := &r.job.Sinks[i]
		work := workDir(s)
		if err := os.MkdirAll(work, 0o700); err != nil {
			return fault.New(fault.Storage, "create", work, "choose an output folder that can be written", err)
		}
		run := plugin.Run{ID: r.job.ConfigHash, Dir: s.Dir, Work: work, Media: r.mediaDir(), Generation: d.gen, Fresh: !d.resume, Report: r.job.Report}
		if err := s.Target.Open(ctx, run); err != nil {
			return err
		}
		var index *leafIndex
		if d.gen > 1 {
			if index, err = openIndex(r.job.State, s.Name, d.gen); err != nil {
				return err
			}
		}
		r.earlier = append(r.earlier, index)
	}
	return nil
}

func (r *runner) mediaDir() string {
	if r.job.MediaDir != "" {
		return r.job.MediaDir
	}
	return filepath.Join(r.job.State, "media")
}

func workDir(s *Sink) string { return filepath.Join(s.Dir, ".chatferry", "work-"+s.Name) }

func (r *runner) announce(stage progress.Stage, units []unit, d decision) {
	plan := progress.Plan{Stage: stage, Resumed: d.resume}
	for _, u := range units {
		plan.Shards = append(plan.Shards, progress.Shard{ID: u.id, Label: u.label, Bytes: u.bytes, Records: max(u.declared, 0), Done: d.done[u.id]})
	}
	r.job.Progress.Start(plan)
}

// units runs the directory first, then all message units in parallel, then the late people.
func (r *runner) units(ctx context.Context, units []unit, done map[string]bool) error {
	if err := r.directory(ctx, &units[0], done[units[0].id]); err != nil {
		return err
	}
	if r.survey == nil { // the identity map is settled now; a resumed run must find the same
		if err := r.books.SetSource(r.gen, r.source+":"+r.inputs()); err != nil {
			return err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, r.job.Workers))
	for i := range units[1 : len(units)-1] {
		u := &units[1+i]
		if done[u.id] {
			continue
		}
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error { return r.unit(gctx, u) })
	}
	if err := g.Wait(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if late := &units[len(units)-1]; !done[late.id] {
		return r.late(ctx, late)
	}
	return nil
}

// finish lets every sink assemble its output from the receipts of all units in plan order, then
// closes the books and clears away what only the run needed. Each step can be repeated.
func (r *runner) finish(ctx context.Context) error {
	r.job.Progress.Start(progress.Plan{Stage: progress.Finish})
	for i := range r.job.Sinks {
		s := &r.job.Sinks[i]
		receipts, err := r.books.Receipts(r.gen, s.Name)
		if err != nil {
			return err
		}
		if err := s.Target.Finish(ctx, receipts); err != nil {
			return err
		}
	}
	if err := r.books.Finish(r.gen); err != nil {
		return err
	}
	r.clear()
	return nil
}

// clear removes what only a run needs.
func (r *runner) clear() {
	for i := range r.job.Sinks {
		os.RemoveAll(workDir(&r.job.Sinks[i]))
		os.Remove(filepath.Dir(workDir(&r.job.Sinks[i]))) // only when nothing else is in it
	}
	if r.job.MediaDir == "" {
		os.RemoveAll(r.mediaDir())
	}
	os.RemoveAll(r.spool)
}

func (r *runner) close() {
	for _, reader := range r.readers {
		if reader != nil {
			reader.Close()
		}
	}
	for _, index := range r.earlier {
		index.Close()
	}
}

// spent is the error of a source that failed as often as it may.
type spent struct{ error }

// Unwrap gives the last failure.
func (s spent) Unwrap() error { return s.error }

// retryable tells whether another attempt may go better.
func retryable(err error) bool {
	c := fault.ClassOf(err)
	return (c == fault.Transient || c == fault.Rate) && !errors.Is(err, context.Canceled) && !errors.As(err, new(spent))
}
