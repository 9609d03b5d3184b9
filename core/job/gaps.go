package job

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/gap"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/report"
)

// gaps judges what the units of a generation kept for the gap rules. The run's start stands for now, so
// that a later verification finds the same.
func gaps(books *ledger.Ledger, gen int) ([]gap.Finding, error) {
	runs, err := books.Runs()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(runs, func(r ledger.Run) bool { return r.Gen == gen })
	if i < 0 {
		return nil, nil
	}
	started, err := time.Parse(time.RFC3339, runs[i].Started)
	if err != nil {
		return nil, fault.New(fault.Storage, "read", "ledger", "start a new run into an empty folder", err)
	}
	judge := gap.NewJudge(started)
	err = books.Gaps(gen, func(b []byte) error {
		s, err := gap.Decode(b)
		if err != nil {
			return fault.New(fault.Storage, "read", "ledger", "start a new run into an empty folder", err)
		}
		judge.Add(s)
		return nil
	})
	return judge.Findings(), err
}

// gapFindings puts findings into the form of reports.
func gapFindings(list []gap.Finding) []report.Finding {
	var out []report.Finding
	for _, f := range list {
		out = append(out, report.Finding{ID: f.Rule.ID, Severity: f.Rule.Severity, Gap: f.Rule.Severity == gap.Gap,
			Text: f.Rule.Means + "; " + f.Rule.Do, Count: f.Count, Samples: f.Samples})
	}
	return out
}

// gapsFile lists each place in which a rule found something. One JSON object a line.
func gapsFile(state string, gen int) string {
	return filepath.Join(state, fmt.Sprintf("gaps-%04d.ndjson", gen))
}

// writeGaps writes that list from the books. Without findings there is no file.
func (j *Job) writeGaps(gen int) error {
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return err
	}
	defer books.Close()
	list, err := gaps(books, gen)
	if err != nil {
		return err
	}
	path := gapsFile(j.engine.State, gen)
	if len(list) == 0 {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return fault.New(fault.Storage, "remove", path, "make the folder writable, then run again", err)
		}
		return nil
	}
	err = plugin.WriteFileAtomic(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for _, f := range list {
			for _, s := range f.Subjects {
				if err := e.Encode(s); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fault.New(fault.Storage, "write", path, "free some disk space, then run again: all is delivered, only this list is missing", err)
	}
	return nil
}
