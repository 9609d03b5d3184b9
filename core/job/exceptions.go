package job

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/plugin"
)

// exceptionsFile is the list, for people and scripts, of every record of a generation that did not simply
// arrive: rejected, in conflict, moved in time, split, or a placeholder. One JSON object a line.
func (j *Job) exceptionsFile(gen int) string {
	return filepath.Join(j.engine.State, fmt.Sprintf("exceptions-%04d.ndjson", gen))
}

// writeExceptions writes that list from the books. Without exceptions there is no file.
func (j *Job) writeExceptions(gen int) error {
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return err
	}
	defer books.Close()
	path, n := j.exceptionsFile(gen), 0
	err = plugin.WriteFileAtomic(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return books.Exceptions(gen, "", func(x ledger.Exception) error { n++; return e.Encode(x) })
	})
	if err != nil {
		return fault.New(fault.Storage, "write", path, "free some disk space, then run again: all is delivered, only this list is missing", err)
	}
	if n == 0 {
		return os.Remove(path)
	}
	return nil
}

// checkQuarantine reads the kept bytes of everything a generation rejected.
func (j *Job) checkQuarantine(gen int) error {
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return err
	}
	defer books.Close()
	return books.Exceptions(gen, "", func(x ledger.Exception) error {
		if x.Blob == "" {
			return nil
		}
		return engine.CheckQuarantine(j.engine.State, x.Blob)
	})
}
