package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/envelope"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/verify"
	"github.com/chatferry/chatferry/plugins"
)

// Limits of plugin processes: they hold little, so that the collector may run seldom.
const (
	pluginMemory = "56MiB"
	pluginGC     = "200"
)

// unprovenVariable makes a run without its proof, to measure what the proof costs.
const unprovenVariable = "CHATFERRY_MEASURE_UNPROVEN"

// session is a verb at work: its plugin host, its progress display and, once opened, its job.
type session struct {
	app   *app
	host  *host.Host
	meter *progress.Meter
	file  *pipeline.File
	job   *job.Job
	flags runFlags
	prove job.EvidenceOptions
	began time.Time
	// lenient: see job.Options
	lenient bool
	// plain: there is no file that its user has seen, so an error stands by itself
	plain bool
	// identities open encrypted targets
	identities []envelope.Identity
}

func (a *app) session(f runFlags) (*session, error) {
	meter, err := a.reporter(f.Progress)
	if err != nil {
		return nil, err
	}
	a.jsonErrors = f.Progress == "json"
	return a.metered(f, meter)
}

// metered begins a session that tells a meter, which it owns.
func (a *app) metered(f runFlags, meter *progress.Meter) (*session, error) {
	h, err := host.New(host.Options{Builtins: plugins.Builtin(), InProcess: f.InProcess, Memory: pluginMemory, GC: pluginGC,
		Log: func(name, line string) { meter.Log(progress.Debug, name+": "+line) }})
	if err != nil {
		meter.Close()
		return nil, err
	}
	return &session{app: a, host: h, meter: meter, flags: f, began: time.Now()}, nil
}

// signing begins a session that will write evidence.
func (a *app) signing(f runFlags, sign signFlags) (*session, error) {
	prove, err := sign.options(a)
	if err != nil {
		return nil, err
	}
	s, err := a.session(f)
	if err == nil {
		s.prove = prove
	}
	return s, err
}

// close ends the display and all plugins. It may be called twice.
func (s *session) close() {
	s.meter.Close()
	if s.job != nil {
		s.job.Close()
		s.job = nil
	}
	if s.host != nil {
		s.host.Close()
		s.host = nil
	}
}

// load reads pipeline files and shows what is wrong with them.
func (s *session) load(ctx context.Context, files []string, vars varFlags) error {
	return s.loadKept(ctx, files, vars, nil, false)
}

// loadKept reads what a run kept of its files instead, when kept is set.
func (s *session) loadKept(ctx context.Context, files []string, vars varFlags, kept *pipeline.Kept, lenient bool) error {
	file, k, err := s.app.load(ctx, files, vars, kept, lenient)
	if err != nil {
		return err
	}
	s.file, s.lenient = file, lenient
	return k.close()
}

// text loads a pipeline that no file holds.
func (s *session) text(ctx context.Context, name string, hcl []byte) error {
	return s.loadKept(ctx, nil, varFlags{}, &pipeline.Kept{Texts: []pipeline.KeptText{{Name: name, Text: string(hcl)}}}, false)
}

// start begins a session with the chosen pipeline of some files ready to run.
func (a *app) start(ctx context.Context, f runFlags, files []string, vars varFlags) (*session, error) {
	s, err := a.session(f)
	if err != nil {
		return nil, err
	}
	if err = s.load(ctx, files, vars); err == nil {
		err = s.open(ctx, vars.Pipeline, "")
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// open makes the named pipeline of the loaded files ready.
func (s *session) open(ctx context.Context, name, people string) error {
	p, err := choose(s.file, name)
	if err != nil {
		return err
	}
	allow(job.Together(s.file, p))
	s.job, err = job.Open(ctx, job.Options{Host: s.host, File: s.file, Pipeline: p, Jobs: s.flags.Jobs, People: people, Progress: s.meter,
		Unproven: os.Getenv(unprovenVariable) != "", Lenient: s.lenient, Version: thisVersion().Version, Identities: s.identities})
	return s.placed(err)
}

// choose finds a pipeline by name; a file with one pipeline needs none.
func choose(f *pipeline.File, name string) (*pipeline.Pipeline, error) {
	var names []string
	for _, p := range f.Pipelines {
		if p.Name == name || name == "" && len(f.Pipelines) == 1 {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return nil, usage("pipeline", "add a pipeline block with from and to", errors.New("the file has no pipeline"))
	}
	if name == "" {
		return nil, usage("--pipeline", "name one of "+strings.Join(names, ", "), errors.New("the file has several pipelines"))
	}
	hint := "there are " + strings.Join(names, ", ")
	if like := closest(name, names); like != "" {
		hint = "did you mean " + like + "? " + hint
	}
	return nil, usage("--pipeline", hint, fmt.Errorf("there is no pipeline %q", name))
}

// placed shows a mistake in the configuration at the user's line; other errors pass.
func (s *session) placed(err error) error {
	var p *job.Placed
	if err == nil || s.file == nil || s.plain || !errors.As(err, &p) || fault.ClassOf(err) != fault.Config {
		return err
	}
	s.meter.Close()
	if derr := s.app.showDiagnostics(s.file, s.file.Locate(p.Address, p.Err)); derr != nil {
		return derr
	}
	return verdict(fault.ExitCode(err))
}

// execute runs the open job, verifies unless told not to, and shows the result.
func (s *session) execute(ctx context.Context, check bool) error {
	res, checks, err := s.carry(ctx, check)
	if err != nil {
		return err
	}
	return s.conclude(ctx, res, checks)
}

// carry runs the open job and verifies unless told not to.
func (s *session) carry(ctx context.Context, check bool) (engine.Result, []verify.Result, error) {
	res, err := s.job.Run(ctx)
	if err != nil {
		return res, nil, s.placed(err)
	}
	s.prove.Fresh = !res.Nothing
	var checks []verify.Result
	if check && s.file.Verify.Readback != "none" {
		if res.Nothing {
			if err := s.job.OpenTargets(ctx, res.Gen); err != nil {
				return res, nil, s.placed(err)
			}
		}
		s.meter.Start(progress.Plan{Stage: progress.ReadBack})
		if checks, err = s.job.Verify(ctx, res.Gen); err != nil {
			return res, nil, s.placed(err)
		}
	}
	return res, checks, nil
}

// settle tells how the job stands, with its evidence, and keeps the verdict.
func (s *session) settle(ctx context.Context, res engine.Result, checks []verify.Result) (report.Summary, error) {
	sum, err := s.job.Summary(res, checks)
	if err != nil {
		return sum, err
	}
	if os.Getenv(unprovenVariable) == "" {
		if err := s.job.Evidence(ctx, &sum, checks, s.prove); err != nil {
			return sum, err
		}
	}
	sum.Seconds = float64(time.Since(s.began).Milliseconds()) / 1000
	if len(checks) > 0 {
		err = s.job.KeepVerdict(&sum)
	}
	return sum, errors.Join(err, s.job.Leave())
}

// conclude shows how the job stands and gives the verdict as exit code.
func (s *session) conclude(ctx context.Context, res engine.Result, checks []verify.Result) error {
	sum, err := s.settle(ctx, res, checks)
	if err != nil {
		return err
	}
	s.meter.Done(sum)
	asJSON, app := s.flags.JSON, s.app
	s.close()
	return app.showSummary(&sum, asJSON)
}

// reopen makes the job of an output folder, or of a pipeline file, ready again without running it. Of a
// folder nothing else is needed: the books keep the pipeline as it ran. With reading only the books and
// targets are read, so that a dump or another file that has gone since is no obstacle.
func (s *session) reopen(ctx context.Context, target string, vars varFlags, reading bool) (job.Folder, error) {
	if info, err := os.Stat(target); err == nil && !info.IsDir() {
		if err := s.load(ctx, []string{target}, vars); err != nil {
			return job.Folder{}, err
		}
		if err := s.open(ctx, vars.Pipeline, ""); err != nil {
			return job.Folder{}, err
		}
		return job.OpenFolder(s.job.Out())
	}
	f, err := job.OpenFolder(target)
	if err != nil {
		return f, err
	}
	o := f.Setup.Origin
	o.From = filepath.Dir(f.State)
	if err := s.loadKept(ctx, nil, vars, &o.Kept, reading); err != nil {
		return f, err
	}
	for _, name := range o.Changed() {
		s.meter.Log(progress.Warn, name+" has changed since the run; what ran is used. To use the file, name it instead of the folder.")
	}
	f.Relocate(s.file)
	if err := s.open(ctx, o.Name, o.People); err != nil {
		return f, err
	}
	s.job.SetState(f.State)
	return f, nil
}
