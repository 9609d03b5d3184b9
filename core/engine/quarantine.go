package engine

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
)

// QuarantineDir is where the bytes of rejected records are kept, each file named by its SHA-256.
func QuarantineDir(state string) string { return filepath.Join(state, "quarantine") }

// quarantine keeps bytes and returns the name of the file.
func (r *runner) quarantine(b []byte) (string, error) {
	name := digest(b)
	if r.survey != nil {
		return name, nil
	}
	dir := QuarantineDir(r.job.State)
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return name, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", quarantineFault(dir, err)
	}
	err := plugin.WriteFileAtomic(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return "", quarantineFault(path, err)
	}
	return name, nil
}

// CheckQuarantine compares what is kept of a rejected record with its name, which is its digest.
func CheckQuarantine(state, blob string) error {
	path := filepath.Join(QuarantineDir(state), blob)
	sum, err := plugin.FileDigest(path)
	if err == nil && sum != blob {
		err = errors.New("its bytes are not those that were kept: the disk may be failing, or somebody changed them")
	}
	if err != nil {
		return fault.New(fault.Storage, "check rejected record", path, "restore the file from a copy, or run again into an empty folder", err)
	}
	return nil
}

func quarantineFault(path string, err error) error {
	return fault.New(fault.Storage, "keep rejected record", path, "free some disk space or make the folder writable, then run again: it resumes", err)
}

// reject counts a record that the source could not read and keeps its bytes.
func (in *intake) reject(x *plugin.Reject) error {
	in.entry.Counts.Read++
	in.entry.Counts.Rejected++
	in.stages.read[unreadable]++
	in.stages.rejected[unreadable]++
	if !in.run.job.Unproven {
		in.seen.reject(in.source, in.run.job.Sources[in.source].ByFile, x)
	}
	blob := ""
	var err error
	switch {
	case x.Spool != "":
		blob, err = in.keepSpooled(x.Spool)
	case len(x.Bytes) > 0:
		blob, err = in.run.quarantine(x.Bytes)
	}
	if err != nil {
		return err
	}
	in.tallies.add("rejected", x.Reason, "", x.Key)
	if in.watch.rules != nil {
		in.watch.rules.Reject(x.At.File, x.At.Length, x.Detail)
	}
	in.run.job.Progress.Reject(progress.Reject{Shard: in.unit.id, Reason: x.Reason, File: x.At.File, Index: x.At.Index})
	in.entry.Exceptions = append(in.entry.Exceptions, ledger.Exception{Key: x.Key, Verdict: ledger.Rejected, Reason: x.Reason, Detail: x.Detail,
		File: x.At.File, Index: x.At.Index, Offset: x.At.Offset, Length: x.At.Length, Blob: blob})
	return nil
}

// refuse rejects a record of an entity at the border; the caller has counted it as read.
func (in *intake) refuse(line string, entity int, reason, detail string) error {
	in.entry.Counts.Rejected++
	in.stages.rejected[entity]++
	blob, err := in.run.quarantine([]byte(line))
	if err != nil {
		return err
	}
	in.tallies.add("rejected", reason, "", "")
	in.entry.Exceptions = append(in.entry.Exceptions, ledger.Exception{Verdict: ledger.Rejected, Reason: reason, Detail: detail, Blob: blob})
	return nil
}

// keepSpooled moves a spooled file into quarantine under the digest of its bytes, computed here.
func (in *intake) keepSpooled(name string) (string, error) {
	src := filepath.Join(in.spool, filepath.Base(name))
	sum, err := plugin.FileDigest(src)
	if err != nil && in.run.survey != nil {
		return filepath.Base(name), nil // forgotten already
	}
	if err != nil {
		return "", quarantineFault(src, err)
	}
	if in.run.survey != nil {
		os.Remove(src)
		return sum, nil
	}
	dir := QuarantineDir(in.run.job.State)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", quarantineFault(dir, err)
	}
	if err := syncFile(src); err != nil { // the plugin did not; a name must not come before its bytes
		return "", quarantineFault(src, err)
	}
	if err := os.Rename(src, filepath.Join(dir, sum)); err != nil {
		return "", quarantineFault(src, err)
	}
	return sum, nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// syncQuarantine makes durable what a unit keeps, also what an interrupted attempt had put there already.
func (r *runner) syncQuarantine(e *ledger.Entry) error {
	if r.survey != nil || len(e.Exceptions) == 0 {
		return nil
	}
	dir := QuarantineDir(r.job.State)
	if _, err := os.Stat(dir); err != nil {
		return nil // none of them has bytes
	}
	return plugin.SyncDir(dir)
}
