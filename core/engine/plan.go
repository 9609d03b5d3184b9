package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/plugin"
)

// unit is what is read, delivered and committed as a whole.
type unit struct {
	id, label       string
	directory, late bool
	shards          []sourceShard
	bytes           int64
	declared        int64
	exact           bool
}

type sourceShard struct {
	source int
	plugin.Shard
}

const lateID = "late"

// discover asks every source for its shards and makes units of them: all directories in one, then
// each message shard by itself (all together when there are several sources), then late people.
// The hash changes when the content of any shard may have changed.
func (r *runner) discover(ctx context.Context) (units []unit, hash string, err error) {
	dir := unit{id: "directory", label: "people and conversations", directory: true}
	merged := unit{id: "messages", label: "all conversations, merged"}
	h := sha256.New()
	seen := map[string]bool{dir.id: true, lateID: true}
	for i, src := range r.job.Sources {
		reader, err := r.reader(ctx, i)
		if err != nil {
			return nil, "", err
		}
		err = reader.Discover(ctx, func(s plugin.Shard) error {
			fmt.Fprintf(h, "%d\x00%s\x00%s\n", i, s.ID, s.Fingerprint)
			switch {
			case s.Directory:
				dir.shards, dir.bytes = append(dir.shards, sourceShard{i, s}), dir.bytes+s.Bytes
				return nil
			case len(r.job.Sources) > 1:
				merged.shards, merged.bytes = append(merged.shards, sourceShard{i, s}), merged.bytes+s.Bytes
				return nil
			}
			if err := s.Check(); err != nil {
				return err
			}
			if seen[s.ID] {
				return fault.New(fault.Bug, "discover", src.Name, "report this to the author of the plugin", fmt.Errorf("shard id %q is given twice", s.ID))
			}
			seen[s.ID] = true
			units = append(units, unit{id: s.ID, label: s.Label, shards: []sourceShard{{i, s}}, bytes: s.Bytes, declared: s.Records, exact: s.Records >= 0 && src.Exact})
			return nil
		})
		if err != nil {
			return nil, "", err
		}
	}
	if len(merged.shards) > 0 {
		units = []unit{merged}
	}
	units = append(append([]unit{dir}, units...), unit{id: lateID, label: "people met only in messages", directory: true, late: true})
	return units, hex.EncodeToString(h.Sum(nil)), nil
}

func (r *runner) reader(ctx context.Context, i int) (Reader, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.readers[i] == nil {
		reader, err := r.job.Sources[i].Open(ctx)
		if err != nil {
			return nil, err
		}
		r.readers[i] = reader
	}
	return r.readers[i], nil
}

// restart replaces a reader that failed, unless somebody else has done so already.
func (r *runner) restart(ctx context.Context, i int, failed Reader) (Reader, error) {
	r.mu.Lock()
	if r.readers[i] == failed {
		failed.Close()
		r.readers[i] = nil
	}
	r.mu.Unlock()
	return r.reader(ctx, i)
}

// decision is what to do with an output folder that may have seen runs before.
type decision struct {
	gen     int
	resume  bool
	nothing bool
	done    map[string]bool // units that an interrupted attempt has committed
}

func (r *runner) decide(hash string) (decision, error) {
	if err := r.books.Check(); err != nil {
		return decision{}, err
	}
	runs, err := r.books.Runs()
	if err != nil {
		return decision{}, err
	}
	if len(runs) == 0 {
		return decision{gen: 1}, nil
	}
	last := runs[len(runs)-1]
	same := last.ConfigHash == r.job.ConfigHash
	if !same {
		return decision{}, fault.New(fault.Config, "start", r.job.State,
			"use the same settings as before, or choose another output folder for the changed ones",
			fmt.Errorf("this folder belongs to a run with other settings"))
	}
	inputs := r.inputs()
	before, inputsBefore, settled := strings.Cut(last.SourceHash, ":")
	if !last.Finished {
		if settled && inputsBefore != inputs {
			return decision{}, fault.New(fault.Config, "resume", r.job.State,
				"put the identity map back as it was and finish this run; then change it and run again", fmt.Errorf("the identity map has changed since the interrupted run began"))
		}
		if before != hash {
			return decision{}, fault.New(fault.Config, "resume", r.job.State,
				"restore the dump as it was, or choose another output folder", fmt.Errorf("the dump has changed since the interrupted run began"))
		}
		shards, err := r.books.Shards(last.Gen)
		if err != nil {
			return decision{}, err
		}
		d := decision{gen: last.Gen, resume: true, done: map[string]bool{}}
		for _, s := range shards {
			if s.Done {
				d.done[s.ID] = true
			}
		}
		return d, nil
	}
	if r.job.Only == nil && before == hash && inputsBefore == inputs {
		return decision{gen: last.Gen, nothing: true}, nil
	}
	return decision{gen: last.Gen + 1}, nil
}

func (r *runner) inputs() string {
	if r.job.Inputs == nil {
		return ""
	}
	return r.job.Inputs()
}

func ledgerShards(units []unit) []ledger.Shard {
	list := make([]ledger.Shard, len(units))
	for i, u := range units {
		list[i] = ledger.Shard{ID: u.id, Label: u.label, Directory: u.directory, Bytes: u.bytes, Declared: u.declared, Exact: u.exact}
	}
	return list
}
