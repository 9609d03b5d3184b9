// Package job makes a pipeline ready to run: it starts the plugins, compiles the transforms, loads the
// identity maps, chooses where the books are kept, and turns what the ledger says into a report.
// Commands and the terminal interface work through it.
//
// Invariants: a Job owns the processes it started and Close ends them; nothing is written before Run;
// an error that a plugin or setting causes is a *Placed error, so that it can be shown at its block.
package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/envelope"
	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/schema"
)

// Options say what to make a job of.
type Options struct {
	Host     *host.Host
	File     *pipeline.File
	Pipeline *pipeline.Pipeline
	Jobs     int    // units at a time; 0: the pipeline's, or one a processor
	People   string // path of the identity map; "": people.csv in the output folder
	Progress progress.Reporter
	Unproven bool   // see engine.Job
	Version  string // of this program, for what is made for others
	// Identities open encrypted targets for reading back.
	Identities []envelope.Identity
	// Lenient opens a job to read targets and books although sources or transforms cannot be opened any
	// more. It can then neither run nor read the source again.
	Lenient bool
}

// Origin is how to load the pipeline again, for verify, explain and retry.
type Origin struct {
	pipeline.Kept
	People string `json:"people,omitempty"` // identity map given apart
	Name   string `json:"name"`             // of the pipeline
}

// Placed is an error with the address of the block that it belongs to.
type Placed struct {
	Address string
	Err     error
}

// Error is the cause's.
func (p *Placed) Error() string { return p.Err.Error() }

// Unwrap gives the cause.
func (p *Placed) Unwrap() error { return p.Err }

// Job is a pipeline ready to run.
type Job struct {
	opts       Options
	engine     engine.Job
	sinks      []*sink
	transforms []*step
	directory  *filter.Directory
	closers    []func() error
	pipe       *pipeline.Pipeline
	settled    bool   // the directory is complete
	names      []byte // of conversations; see keepName
	writing    bool   // Run, not a forecast
	delivered  bool   // Run has done everything
	unready    error  // why sources or transforms could not be opened; see Options.Lenient
}

// Open starts what the pipeline names, sinks included. The caller must Close the job.
func Open(ctx context.Context, o Options) (*Job, error) {
	if o.Progress == nil {
		o.Progress = progress.Silent{}
	}
	j := &Job{opts: o, pipe: o.Pipeline, directory: filter.NewDirectory()}
	if err := j.open(ctx); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

func (j *Job) open(ctx context.Context) error {
	p := j.pipe
	for _, inst := range p.From {
		if err := j.addPart(ctx, inst, j.addSource); err != nil {
			return err
		}
	}
	for _, inst := range p.Through {
		if err := j.addPart(ctx, inst, j.addTransform); err != nil {
			return err
		}
	}
	for _, inst := range p.To {
		if err := j.addSink(ctx, inst); err != nil {
			return &Placed{inst.Address(), err}
		}
	}
	workers := j.opts.Jobs
	if workers == 0 {
		workers = p.Shards
	}
	if workers == 0 {
		workers = runtime.NumCPU()
	}
	j.engine.Name, j.engine.Workers, j.engine.Retries = p.Name, workers, p.Retries
	j.engine.Directory, j.engine.Progress = j.directory, j.opts.Progress
	j.engine.Schema, j.engine.ValidateAll = schema.Validate, p.Validate == "all"
	j.engine.Inputs, j.engine.Unproven = j.maps, j.opts.Unproven
	j.engine.Listed, j.engine.Ready, j.engine.Foresee = j.listed, j.ready, j.foresee
	if j.engine.State = j.state(); !j.opts.Unproven {
		j.engine.Report = filepath.Join(j.Out(), evidence.Folder, "data", certificate)
	}
	j.engine.MediaDir, j.engine.NeedMedia = j.opts.File.Media.Path, j.opts.File.Media.OnMissing == "fail"
	for _, s := range j.sinks {
		s.file = j.peopleFile(s)
	}
	j.engine.ConfigHash = j.configHash()
	setup, err := json.Marshal(j.setup())
	if err != nil {
		return err
	}
	j.engine.Setup = setup
	return nil
}

// addPart adds a source or transform. A lenient job does without one that cannot be opened.
func (j *Job) addPart(ctx context.Context, inst *pipeline.Instance, add func(context.Context, *pipeline.Instance) error) error {
	var err error
	if inst.Incomplete {
		err = fault.New(fault.Config, "open", inst.Address(), "restore what it refers to, or give the value with --var", errors.New("some of its settings could not be read again"))
	} else if err = add(ctx, inst); err == nil {
		return nil
	}
	if err = (&Placed{inst.Address(), err}); !j.opts.Lenient {
		return err
	}
	if j.unready == nil {
		j.unready = err
	}
	return nil
}

// Close ends all processes of the job.
func (j *Job) Close() error {
	var first error
	for i := len(j.closers) - 1; i >= 0; i-- {
		if err := j.closers[i](); err != nil && first == nil {
			first = err
		}
	}
	j.closers = nil
	return first
}

// ref finds the program of a plugin.
func (j *Job) ref(name string) host.Ref { return Ref(j.opts.File, name) }

// Ref finds the program of a plugin that a file may declare.
func Ref(f *pipeline.File, name string) host.Ref {
	if f != nil {
		for _, p := range f.Plugins {
			if p.Name == name {
				return host.Ref{Name: name, Path: p.Source, SHA256: p.SHA256}
			}
		}
	}
	return host.Ref{Name: name}
}

func (j *Job) addSource(ctx context.Context, inst *pipeline.Instance) error {
	ref := j.ref(inst.Plugin)
	m, err := j.opts.Host.Describe(ctx, ref)
	if err != nil {
		return err
	}
	if m.Source == nil {
		return fault.New(fault.Config, "open", inst.Plugin, "\"chatferry plugins\" tells what each plugin can do", fmt.Errorf("this plugin is no source"))
	}
	s := engine.Source{Name: inst.Name, Exact: m.Source.Exact, Open: func(ctx context.Context) (engine.Reader, error) {
		src, err := j.opts.Host.OpenSource(ctx, ref, inst.Config)
		if err != nil {
			return nil, &Placed{inst.Address(), err}
		}
		return src, nil
	}}
	j.engine.Sources = append(j.engine.Sources, s)
	return nil
}

// state is the folder of the books: ".chatferry" in the one folder that holds all outputs. A package is given away
// as it stands, so that the books are beside it.
func (j *Job) state() string {
	if j.pipe.Work != "" {
		return j.pipe.Work
	}
	dir := ""
	for i, s := range j.sinks {
		path := s.inst.Path
		if s.inst.Wrapped() {
			path = filepath.Dir(path)
		}
		if i == 0 {
			dir = path
			continue
		}
		dir = common(dir, path)
	}
	return filepath.Join(dir, StateName)
}

// StateName is the folder with the books inside an output folder.
const StateName = ".chatferry"

// common is the deepest folder that holds both a and b.
func common(a, b string) string {
	for a != b && !strings.HasPrefix(b, strings.TrimSuffix(a, string(filepath.Separator))+string(filepath.Separator)) {
		parent := filepath.Dir(a)
		if parent == a {
			return a
		}
		a = parent
	}
	return a
}

// configHash covers everything that decides the output but for the dumps themselves, which may be newer
// at the next run, and their paths.
func (j *Job) configHash() string {
	h := sha256.New()
	if j.opts.Unproven {
		h.Write([]byte("unproven\n"))
	}
	for _, inst := range j.pipe.Through {
		config, _ := json.Marshal(inst)
		fmt.Fprintf(h, "%s\n%s\n", inst.Address(), config)
	}
	for _, inst := range j.pipe.To {
		fmt.Fprintf(h, "%s\n%s\n", inst.Address(), inst.Config)
		if inst.Wrapped() {
			parcel, _ := json.Marshal([]any{inst.Package, inst.Encrypt})
			fmt.Fprintf(h, "parcel %s\n", parcel)
		}
	}
	for _, inst := range j.pipe.From {
		fmt.Fprintf(h, "%s\n%s\n", inst.Plugin, j.withoutPaths(inst))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (j *Job) withoutPaths(inst *pipeline.Instance) []byte {
	m, err := j.opts.Host.Describe(context.Background(), j.ref(inst.Plugin))
	config := map[string]json.RawMessage{}
	if err != nil || m.Source == nil || json.Unmarshal(inst.Config, &config) != nil {
		return nil
	}
	for _, s := range m.Source.Settings {
		if s.Type == "path" {
			delete(config, s.Name)
		}
	}
	b, _ := json.Marshal(config) // map keys come out sorted
	return b
}

// Out is the folder that holds all outputs and the books.
func (j *Job) Out() string { return filepath.Dir(j.engine.State) }

// Setup is what the ledger keeps so that an output folder can be verified by itself.
type Setup struct {
	Origin  Origin      `json:"origin"`
	Sources []SetupPart `json:"sources"`
	Sinks   []SetupPart `json:"sinks"`
}

// SetupPart is one source or sink without its secrets.
type SetupPart struct {
	Name   string `json:"name"`
	Plugin string `json:"plugin"`
	Path   string `json:"path,omitempty"` // relative to the folder that holds the books
}

func (j *Job) setup() Setup {
	s := Setup{Origin: Origin{Kept: j.opts.File.Kept(), People: j.opts.People, Name: j.pipe.Name}}
	for _, inst := range j.pipe.From {
		s.Sources = append(s.Sources, SetupPart{Name: inst.Name, Plugin: inst.Plugin})
	}
	for _, k := range j.sinks {
		s.Sinks = append(s.Sinks, SetupPart{Name: k.inst.Name, Plugin: k.inst.Plugin, Path: j.relative(k.inst.Path)})
	}
	return s
}

// relative is a path as seen from the folder that holds the books, so that the whole may be moved.
func (j *Job) relative(path string) string {
	rel, err := filepath.Rel(j.Out(), path)
	if err != nil {
		return path
	}
	return rel
}

// ErrAbsent is wrapped by the error of OpenSources for a dump that is not there.
var ErrAbsent = errors.New("there is no such file or folder")

// OpenSources opens every source and closes it again, to see whether it can be opened.
func (j *Job) OpenSources(ctx context.Context) error {
	for i, s := range j.engine.Sources {
		inst := j.pipe.From[i]
		if name, path := j.absent(ctx, inst); name != "" {
			return &Placed{inst.Address(), &fault.Error{Class: fault.Config, Op: "open", Subject: path, Setting: name, Hint: "put the dump there before the run", Err: ErrAbsent}}
		}
		r, err := s.Open(ctx)
		if err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

// absent finds the first path setting of a source that names nothing.
func (j *Job) absent(ctx context.Context, inst *pipeline.Instance) (name, path string) {
	m, err := j.opts.Host.Describe(ctx, j.ref(inst.Plugin))
	config := map[string]any{}
	if err != nil || m.Source == nil || json.Unmarshal(inst.Config, &config) != nil {
		return "", ""
	}
	for _, s := range m.Source.Settings {
		if path, _ := config[s.Name].(string); s.Type == "path" && path != "" {
			if _, err := os.Stat(path); err != nil {
				return s.Name, path
			}
		}
	}
	return "", ""
}

// Run executes the job; see engine.Run.
func (j *Job) Run(ctx context.Context) (engine.Result, error) {
	if j.unready != nil {
		return engine.Result{}, j.unready
	}
	j.writing = true
	for _, s := range j.sinks {
		if err := os.MkdirAll(s.inst.Path, 0o700); err != nil {
			return engine.Result{}, &Placed{s.inst.Address(), fault.New(fault.Storage, "create", s.inst.Path, "choose an output folder that can be written", err)}
		}
	}
	c, err := j.listBefore(ctx)
	if err != nil {
		return engine.Result{}, err
	}
	res, err := engine.Run(ctx, &j.engine)
	if err != nil {
		return res, err
	}
	// What follows may have been cut off when all was delivered, so it is done again where nothing was left to do.
	if err := j.listAfter(ctx, res.Gen, c, res.Nothing); err != nil {
		return res, err
	}
	if err := j.writeGaps(res.Gen); err != nil {
		return res, err
	}
	if err := j.writeExceptions(res.Gen); err != nil {
		return res, err
	}
	j.delivered = true
	return res, nil
}
