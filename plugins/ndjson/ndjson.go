// Package ndjson reads and writes canonical records, one JSON object per line. It is the reference
// plugin: all that a plugin must do, in 150 lines. README.md explains it line by line.
package ndjson

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/ndjson/census"
)

// Plugin describes the plugin; the conformance kit checks what it claims.
func Plugin() plugin.Plugin {
	src, snk := plugin.NewSource(open), plugin.NewSink(func(context.Context, struct{}) (plugin.Sink, error) { return new(sink), nil })
	src.Resumable, src.Census, snk.ReadBack = true, census.Count, true
	return plugin.Plugin{Name: "ndjson", Version: "1.0.0", Summary: "canonical records, one JSON object per line", Source: src, Sink: snk,
		Doc: "Lossless for records. Attachments travel as references: their bytes need the archive."}
}

type config struct {
	Path string `ferry:"path,required,path" help:"a file of canonical records, or a folder of .ndjson files"`
}

func open(_ context.Context, c config) (plugin.Source, error) {
	files := in(c.Path)
	if info, err := os.Stat(c.Path); err == nil && info.Mode().IsRegular() {
		files = []string{c.Path}
	}
	if len(files) == 0 {
		return nil, plugin.BadSetting("path", "give a file, or a folder of .ndjson files", errors.New("no such file is there"))
	}
	return &source{files}, nil
}

// in lists a folder's .ndjson files, sorted.
func in(dir string) []string {
	names, _ := fs.Glob(os.DirFS(dir), "*.ndjson")
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	return names
}

type source struct{ files []string }

func (s *source) Close() error { return nil }

func (s *source) Discover(_ context.Context, yield func(plugin.Shard) error) error {
	sum, size, err := plugin.Fingerprint(s.files...)
	if err != nil {
		return err
	}
	sh := plugin.Shard{ID: "directory", Label: "people and conversations", Directory: true, Records: -1, Bytes: size, Fingerprint: sum}
	if err := yield(sh); err != nil {
		return err
	}
	sh.ID, sh.Label, sh.Directory = "messages", "messages", false
	return yield(sh)
}

func (s *source) Read(_ context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	var file, offset int64
	fmt.Sscan(string(cur), &file, &offset)
	for ; file < int64(len(s.files)); file, offset = file+1, 0 {
		if err := plugin.Lines(s.files[file], offset, func(l plugin.Line) error {
			return errors.Join(emit(l, sh.Directory, out), out.Checkpoint(fmt.Append(nil, file, l.Next)))
		}); err != nil {
			return err
		}
	}
	return nil
}

func emit(l plugin.Line, directory bool, out *plugin.Emitter) error {
	r, err := message.Decode(string(l.Bytes))
	if err == nil {
		err = r.Check()
	}
	switch {
	case err != nil && !directory:
		return out.RejectLine(l, "not_canonical", err.Error())
	case err != nil || r.Directory() != directory:
		return nil
	}
	if raw := r.RawSource(); *raw == nil {
		*raw = &l.At
	}
	for _, a := range r.Attachments() {
		if a.State == message.MediaPresent {
			a.State, a.Reason = message.MediaMissing, "not_in_format: the bytes are not part of this format"
		}
	}
	return out.Record(r)
}

type sink struct{ run plugin.Run }

func (s *sink) Open(_ context.Context, run plugin.Run) error { s.run = run; return nil }
func (s *sink) Close() error                                 { return nil }

func (s *sink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	part, err := plugin.CreatePart(s.run.Work, sh.ID+".part")
	return &writer{part}, err
}

type writer struct{ *plugin.Part }

func (w *writer) Write(r *message.Record) (plugin.Outcome, error) {
	_, err := w.Part.Write(append(r.Append(nil), '\n'))
	return plugin.Done, err
}

func (w *writer) Commit() (plugin.Receipt, error) {
	_, digest, err := w.Part.Commit()
	return plugin.Receipt(digest), err
}

func (s *sink) Finish(_ context.Context, shards []plugin.ShardReceipt) error {
	name := fmt.Sprintf("records-%04d.ndjson", s.run.Generation)
	return plugin.WriteFileAtomic(filepath.Join(s.run.Dir, name), func(w io.Writer) error {
		for _, sh := range shards {
			if err := plugin.CopyPart(w, filepath.Join(s.run.Work, sh.Shard.ID+".part"), string(sh.Receipt)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *sink) ReadBack(_ context.Context, yield func(*message.Record) error) error {
	for _, f := range in(s.run.Dir) {
		if err := plugin.Lines(f, 0, func(l plugin.Line) error {
			r, err := message.Decode(string(l.Bytes))
			if err != nil {
				return fault.New(fault.Corrupt, "read back", l.At.File, "restore the file, or run again into an empty folder", fmt.Errorf("the line at byte %s: %w", l.At.Offset, err))
			}
			return yield(r)
		}); err != nil {
			return err
		}
	}
	return nil
}
