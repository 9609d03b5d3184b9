package job

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/gap"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/projection"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/verify"
)

// books opens the books of a folder to be read. That may be done while a run writes them.
func (f Folder) books(read func(*ledger.Ledger) error) error {
	books, err := ledger.Open(f.State, true)
	if err != nil {
		return err
	}
	defer books.Close()
	return read(books)
}

func (f Folder) tallies(kind string) (list []ledger.Tally, err error) {
	err = f.books(func(books *ledger.Ledger) error {
		list, err = books.Tallies(f.Gen, kind)
		return err
	})
	return list, err
}

// Media are the attachments of what the newest generation has delivered so far, by what became of their bytes.
func (f Folder) Media() ([]report.MediaRow, error) {
	tallies, err := f.tallies("media")
	var rows []report.MediaRow
	for _, t := range tallies {
		rows = append(rows, report.MediaRow{State: t.Name, Reason: t.Rule, Count: t.N, Samples: t.Samples})
	}
	return rows, err
}

// Losses are what the targets could not hold of what the newest generation has delivered so far.
func (f Folder) Losses(builtins []plugin.Plugin) ([]report.LossRow, error) {
	tallies, err := f.tallies("loss")
	if err != nil {
		return nil, err
	}
	j := &Job{}
	for _, part := range f.Setup.Sinks {
		s := &sink{inst: &pipeline.Instance{Name: part.Name, Plugin: part.Plugin}, losses: map[string]projection.Loss{}}
		for _, p := range builtins {
			if p.Name == part.Plugin && p.Sink != nil {
				for _, l := range projection.Losses(p.Sink.Projection) {
					s.losses[l.Field] = l
				}
			}
		}
		j.sinks = append(j.sinks, s)
	}
	var rows []report.LossRow
	for _, t := range tallies {
		rows = append(rows, j.loss(t))
	}
	return rows, nil
}

// Exceptions are, at most limit, the records of the newest generation that ended in one way, such as
// ledger.Rejected.
func (f Folder) Exceptions(verdict string, limit int) (list []ledger.Exception, err error) {
	err = f.books(func(books *ledger.Ledger) error {
		return books.Exceptions(f.Gen, "", func(x ledger.Exception) error {
			if x.Verdict == verdict && len(list) < limit {
				list = append(list, x)
			}
			return nil
		})
	})
	return list, err
}

// Differences are, at most limit, those that the last reading back of a sink named.
func (f Folder) Differences(sink string, limit int) (list []verify.Difference, err error) {
	err = eachLine(filepath.Join(f.State, "differences-"+filepath.Base(sink)+".ndjson"), func(d verify.Difference) bool {
		list = append(list, d)
		return len(list) < limit
	})
	return list, err
}

// GapPlace is a place in which a gap rule found something, with the name of its conversation for people.
type GapPlace struct {
	gap.Subject
	Name string
}

// Gaps are, at most limit, the places in which a gap rule found something.
func (f Folder) Gaps(rule string, limit int) (list []GapPlace, err error) {
	names, err := placeNames(f.State)
	if err != nil {
		return nil, err
	}
	err = eachLine(gapsFile(f.State, f.Gen), func(s gap.Subject) bool {
		if s.Rule == rule {
			list = append(list, GapPlace{s, cmp.Or(names[s.Conversation].name, s.Conversation)})
		}
		return len(list) < limit
	})
	return list, err
}

// eachLine reads a list of the books, one JSON object a line, for as long as more says true. A file that is
// not there is an empty list.
func eachLine[T any](path string, more func(T) bool) error {
	in, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		defer in.Close()
		for d, on := json.NewDecoder(bufio.NewReader(in)), true; err == nil && on; {
			var one T
			if err = d.Decode(&one); err == nil {
				on = more(one)
			}
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fault.New(fault.Storage, "read", path, "check again: that writes the list anew", err)
	}
	return nil
}

// ExportReport copies the report for people out of the evidence bundle. It replaces nothing.
func (f Folder) ExportReport(to string) error {
	from := filepath.Join(filepath.Dir(f.State), evidence.Folder, "data", "report.html")
	in, err := os.Open(from)
	if err != nil {
		return fault.New(fault.Storage, "read", from, "check again: that makes the report", err)
	}
	defer in.Close()
	if _, err := os.Lstat(to); err == nil {
		return fault.New(fault.Config, "write", to, "choose a name that no file has yet", os.ErrExist)
	}
	if err := plugin.WriteFileAtomic(to, func(w io.Writer) error { _, err := io.Copy(w, in); return err }); err != nil {
		return fault.New(fault.Storage, "write", to, "choose a folder that can be written", err)
	}
	return nil
}
