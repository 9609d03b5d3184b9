package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/tui"
	"github.com/chatferry/chatferry/core/verify"
	"github.com/chatferry/chatferry/plugins"
)

// ferry does for the terminal interface what the verbs do for the command line: each call is a
// session of its own, whose words go into the error instead of onto the screen.
type ferry struct {
	app   *app
	flags runFlags
	prove job.EvidenceOptions
}

var _ tui.Ferry = (*ferry)(nil)

// rowLimit is how many exceptions or differences are listed; the files in the output folder have all.
const rowLimit = 20_000

// session begins a call and returns how to end it: its error with what was said.
func (f *ferry) session(show progress.Printer) (*session, func(error) error, error) {
	said := &bytes.Buffer{}
	quiet := &app{stdout: io.Discard, stderr: said, getenv: f.app.getenv, logLevel: f.app.logLevel}
	s, err := quiet.metered(f.flags, progress.NewMeter(show))
	if err != nil {
		return nil, nil, err
	}
	s.prove, s.plain = f.prove, true
	return s, func(err error) error {
		s.close()
		var done verdict
		if errors.As(err, &done) {
			return fault.New(fault.Config, "read", "the plan", "", errors.New(strings.TrimSpace(said.String())))
		}
		return err
	}, nil
}

// hush is a Printer that shows nothing.
type hush struct{}

// Event does nothing.
func (hush) Event(progress.Event) {}

// Tick does nothing.
func (hush) Tick(progress.Snapshot) {}

// Close does nothing.
func (hush) Close() {}

// Targets implements tui.Ferry.
func (f *ferry) Targets() []tui.Target {
	var list []tui.Target
	for _, p := range plugins.Builtin() {
		if p.Sink != nil {
			list = append(list, tui.Target{Name: p.Name, Summary: p.Summary, Settings: p.Sink.Settings})
		}
	}
	return list
}

// Look implements tui.Ferry.
func (f *ferry) Look(ctx context.Context, path string, show progress.Printer) (job.Content, error) {
	s, end, err := f.session(show)
	if err != nil {
		return job.Content{}, err
	}
	c, err := job.Look(ctx, s.host, plugins.Builtin(), path, s.meter)
	return c, end(err)
}

// writtenByUI begins the files of this interface.
const writtenByUI = `Written by "chatferry ui".`

// pipeline is the file that a choice stands for.
func (f *ferry) pipeline(c tui.Choice) ([]byte, error) {
	o := convertOptions{In: c.Path, Out: c.Out, To: c.Targets, Filter: &c.Rules}
	if o.Out == "" { // only counting: a folder that is not there
		o.Out = c.Path + ".chatferry-plan"
	}
	for _, t := range f.Targets() {
		for _, set := range t.Settings {
			if v := c.Settings[t.Name+"."+set.Name]; v != "" && slices.Contains(c.Targets, t.Name) {
				o.Settings = append(o.Settings, setting{t.Name, set.Name, v})
			}
		}
	}
	spec, err := o.spec(c.Source)
	if err != nil {
		return nil, err
	}
	spec.Name = "migration"
	spec.Comment = []string{writtenByUI + " Run it again with \"chatferry run\" and this file; see it first with \"chatferry plan\"."}
	return pipeline.Write(spec)
}

// Plan implements tui.Ferry.
func (f *ferry) Plan(ctx context.Context, c tui.Choice, show progress.Printer) (tui.Plan, error) {
	hcl, err := f.pipeline(c)
	if err != nil {
		return tui.Plan{}, err
	}
	s, end, err := f.session(show)
	if err != nil {
		return tui.Plan{}, err
	}
	p := tui.Plan{HCL: string(hcl)}
	if err = s.text(ctx, filepath.Base(tui.PipelineFile(c.Out)), hcl); err == nil {
		err = s.open(ctx, "", "")
	}
	if err == nil {
		p.Forecast, err = s.job.Plan(ctx)
		p.Accounts = s.job.Accounts()
	}
	return p, end(err)
}

// Save implements tui.Ferry. A file that says something else stays beside the new one, unless it is a plan
// of this interface that was never started.
func (f *ferry) Save(c tui.Choice, p tui.Plan, edited bool) (string, error) {
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return "", fault.New(fault.Storage, "create", c.Out, "choose a folder that can be written", err)
	}
	path := tui.PipelineFile(c.Out)
	for n := 2; ; n++ {
		old, err := os.ReadFile(path)
		if err != nil || string(old) == p.HCL || !begun(c.Out) && strings.HasPrefix(string(old), "# "+writtenByUI) {
			break
		}
		path = tui.PipelineFile(fmt.Sprintf("%s-%d", filepath.Clean(c.Out), n))
	}
	err := plugin.WriteFileAtomic(path, func(w io.Writer) error { _, err := io.WriteString(w, p.HCL); return err })
	if err != nil {
		return "", fault.New(fault.Storage, "write", path, "choose a folder that can be written", err)
	}
	for _, a := range p.Accounts {
		if edited {
			if err := a.Map.Save(a.File); err != nil {
				return "", fault.New(fault.Storage, "write", a.File, "choose a folder that can be written", err)
			}
		}
	}
	return path, nil
}

// begun tells whether a folder has books of its own.
func begun(out string) bool {
	_, err := os.Stat(filepath.Join(out, job.StateName, "ledger.db"))
	return err == nil
}

// Run implements tui.Ferry.
func (f *ferry) Run(ctx context.Context, out, file string, show progress.Printer) (report.Summary, error) {
	s, end, err := f.session(show)
	if err != nil {
		return report.Summary{}, err
	}
	if file == "" && !begun(out) {
		file = tui.PipelineFile(out)
	}
	if file == "" {
		_, err = s.reopen(ctx, out, varFlags{}, false)
	} else {
		err = s.fresh(ctx, file)
	}
	if err != nil {
		return report.Summary{}, end(err)
	}
	res, checks, err := s.carry(ctx, true)
	if err != nil {
		return report.Summary{}, end(err)
	}
	sum, err := s.settle(ctx, res, checks)
	return sum, end(err)
}

// fresh makes the job of a pipeline file ready.
func (s *session) fresh(ctx context.Context, file string) error {
	if err := s.load(ctx, []string{file}, varFlags{}); err != nil {
		return err
	}
	return s.open(ctx, "", "")
}

// Check implements tui.Ferry.
func (f *ferry) Check(ctx context.Context, out string, show progress.Printer) (report.Summary, error) {
	s, end, err := f.session(show)
	if err != nil {
		return report.Summary{}, err
	}
	past, err := s.reopen(ctx, out, varFlags{}, true)
	if err == nil {
		err = s.job.OpenTargets(ctx, past.Gen)
	}
	if err != nil {
		return report.Summary{}, end(err)
	}
	s.meter.Start(progress.Plan{Stage: progress.ReadBack})
	checks, err := s.job.Verify(ctx, past.Gen)
	if err != nil {
		return report.Summary{}, end(err)
	}
	sum, err := s.settle(ctx, engine.Result{Gen: past.Gen}, checks)
	return sum, end(err)
}

// Open implements tui.Ferry. A plan that was saved and never started counts as interrupted.
func (f *ferry) Open(out string) (tui.Past, error) {
	p := tui.Past{Out: out}
	folder, err := job.OpenFolder(out)
	if err != nil {
		if _, serr := os.Stat(tui.PipelineFile(out)); serr == nil && !begun(out) {
			return p, nil
		}
		return p, err
	}
	p.Folder, p.Out = folder, filepath.Dir(folder.State)
	p.Summary.ExitCode = fault.ExitUnproven
	if folder.Last.Verdict != "" {
		if err := json.Unmarshal([]byte(folder.Last.Verdict), &p.Summary); err != nil {
			return p, fault.New(fault.Storage, "read", folder.State, "check it again: that writes the result anew", err)
		}
	}
	return p, nil
}

// past reads something from the books of an output folder.
func past[T any](out string, read func(job.Folder) (T, error)) (T, error) {
	folder, err := job.OpenFolder(out)
	if err != nil {
		var none T
		return none, err
	}
	return read(folder)
}

// Losses implements tui.Ferry.
func (f *ferry) Losses(out string) ([]report.LossRow, error) {
	return past(out, func(d job.Folder) ([]report.LossRow, error) { return d.Losses(plugins.Builtin()) })
}

// Media implements tui.Ferry.
func (f *ferry) Media(out string) ([]report.MediaRow, error) { return past(out, job.Folder.Media) }

// Gaps implements tui.Ferry.
func (f *ferry) Gaps(out, rule string) ([]job.GapPlace, error) {
	return past(out, func(d job.Folder) ([]job.GapPlace, error) { return d.Gaps(rule, rowLimit) })
}

// Exceptions implements tui.Ferry.
func (f *ferry) Exceptions(out, verdict string) ([]ledger.Exception, error) {
	return past(out, func(d job.Folder) ([]ledger.Exception, error) { return d.Exceptions(verdict, rowLimit) })
}

// Differences implements tui.Ferry.
func (f *ferry) Differences(out, target string) ([]verify.Difference, error) {
	return past(out, func(d job.Folder) ([]verify.Difference, error) { return d.Differences(target, rowLimit) })
}

// Export implements tui.Ferry.
func (f *ferry) Export(out, to string) error {
	_, err := past(out, func(d job.Folder) (struct{}, error) { return struct{}{}, d.ExportReport(to) })
	return err
}

// Explain implements tui.Ferry.
func (f *ferry) Explain(ctx context.Context, out, key string) ([]string, error) {
	s, end, err := f.session(hush{})
	if err != nil {
		return nil, err
	}
	past, err := s.reopen(ctx, out, varFlags{}, true)
	if err != nil {
		return nil, end(err)
	}
	e, err := s.job.Explain(ctx, key, past.Gen)
	return e.Lines(), end(err)
}
