package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
)

// Folder is an output folder with books.
type Folder struct {
	State string // folder of the books
	Setup Setup
	Gen   int // newest generation
	Done  bool
	Last  ledger.Run
}

// OpenFolder finds the books of an output folder: inside it, or inside the folder that holds it together with
// the outputs of other sinks.
func OpenFolder(out string) (Folder, error) {
	abs, err := filepath.Abs(out)
	if err != nil {
		return Folder{}, err
	}
	var f Folder
	for _, dir := range []string{filepath.Join(abs, StateName), abs, filepath.Join(filepath.Dir(abs), StateName)} {
		if _, err := os.Stat(filepath.Join(dir, "ledger.db")); err == nil {
			f.State = dir
			break
		}
	}
	if f.State == "" {
		hint := "name the output folder of a run"
		if _, err := os.Stat(filepath.Join(abs, "manifest-sha256.txt")); err == nil {
			hint = "this archive came without its books: check it with \"sha256sum -c manifest-sha256.txt\" inside it, or name " + hint[5:]
		}
		if _, err := os.Stat(filepath.Join(abs, "bagit.txt")); err == nil {
			hint = "this bag came without its books: check it with \"chatferry bag check\", or name the output folder of a run"
		}
		return f, fault.New(fault.Config, "open", out, hint, errors.New("there are no Chatferry books in this folder"))
	}
	books, err := ledger.Open(f.State, true)
	if err != nil {
		return f, err
	}
	defer books.Close()
	if err := books.Check(); err != nil {
		return f, err
	}
	runs, err := books.Runs()
	if err != nil {
		return f, err
	}
	if len(runs) == 0 {
		return f, fault.New(fault.Config, "open", out, "start the run again", errors.New("no run has begun in this folder"))
	}
	f.Last = runs[len(runs)-1]
	f.Gen, f.Done = f.Last.Gen, f.Last.Finished
	if err := json.Unmarshal(f.Last.Setup, &f.Setup); err != nil {
		return f, fault.New(fault.Storage, "read", f.State, "verify against the pipeline file instead", fmt.Errorf("the setup of the run is damaged: %w", err))
	}
	return f, nil
}

// OpenTargets opens the sinks for reading back, without a run.
func (j *Job) OpenTargets(ctx context.Context, gen int) error {
	work, err := j.opts.Host.TempDir()
	if err != nil {
		return err
	}
	j.closers = append(j.closers, func() error { return os.RemoveAll(work) })
	for i := range j.engine.Sinks {
		s := &j.engine.Sinks[i]
		if _, err := os.Stat(s.Dir); err != nil {
			return &Placed{j.sinks[i].inst.Address(), fault.New(fault.Config, "open", s.Dir, "restore the output folder, or run the pipeline again", errors.New("the output folder is not there"))}
		}
		run := plugin.Run{ID: j.engine.ConfigHash, Dir: s.Dir, Work: filepath.Join(work, s.Name), Media: filepath.Join(work, "media"), Generation: gen}
		for _, dir := range []string{run.Work, run.Media} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return fault.New(fault.Storage, "create", dir, "set TMPDIR to a folder that can be written", err)
			}
		}
		p, wrapped := s.Target.(*parcel)
		if wrapped {
			p.reading = true
		}
		if err := s.Target.Open(ctx, run); err != nil {
			return &Placed{j.sinks[i].inst.Address(), err}
		}
		s.ReadBack = s.ReadBack && !(wrapped && p.unread)
	}
	return nil
}

// Retry makes the next Run a new generation of only the units that hold rejected records.
func (j *Job) Retry(gen int) (units int, err error) {
	only, err := Units(j.engine.State, gen)
	if err != nil {
		return 0, err
	}
	if len(only) > 0 {
		j.engine.Only = only
	}
	return len(only), nil
}

// State is the folder of the books.
func (j *Job) State() string { return j.engine.State }

// SetState makes the job use the books in a given folder, as found by OpenFolder.
func (j *Job) SetState(dir string) { j.engine.State = dir }

// Relocate points the sinks of a loaded file at where their outputs are now, should the folder have
// been moved since the run.
func (f Folder) Relocate(file *pipeline.File) {
	for _, part := range f.Setup.Sinks {
		path := part.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(f.State), path)
		}
		if _, err := os.Stat(path); err != nil {
			continue
		}
		for _, inst := range file.Sinks {
			if inst.Name == part.Name && inst.Plugin == part.Plugin {
				inst.Path = path
			}
		}
	}
}
