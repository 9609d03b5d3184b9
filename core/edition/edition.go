// Package edition is what sinks are built on that make files for people to open: a document, a table, a
// folder of mails. A sink adds what it knows of its format, one function, and nothing else.
//
// How it works. The records of each shard are kept as canonical lines in a part, in the edition's order.
// Finish opens the History of all parts, and the format renders it into a Folder. The rendering is a pure
// function of records, media and settings, so that it can be done again to check it.
//
// How it is read back, in one of two ways:
//   - A Document keeps its records as canonical lines in the folder records/. Reading back renders the whole
//     edition anew from these lines and compares it with the files that are there, byte by byte. The format
//     says which bytes show which records (File.Mark). A record whose bytes are not there is left out, so
//     that it counts as missing, by key; any other difference is an error that names the file.
//   - A Table can be read by a parser of its format (Reader), which gives the records back. The edition then
//     has no lines beside.
//
// Invariants:
//   - manifest-sha256.txt names every file with its digest, and there is no file that it does not name.
//   - Every attachment with bytes has its file in media/, whatever the format makes of it.
//   - Names of files are made by Slug or by numbers and digests; no byte of a record leads out of the folder.
//   - Memory grows with people and conversations, not with messages.
//   - The same records, media and settings give the same bytes.
//   - An edition is made whole: a second delivery into one is refused.
//
// An edition that another version of the plugin has written may be rendered otherwise today. Its files are
// then proved by the manifest where they differ, which a signed evidence bundle names in turn.
package edition

import (
	"context"
	"errors"
	"fmt"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Format is what a sink knows. Render writes every file of the edition. It must depend on nothing but the
// history, its media and the format's settings: no clock, no order of maps.
type Format interface {
	Render(ctx context.Context, h *History, out *Folder) error
}

// Reader is a Format that can read its own files: a table. Read yields every record that they hold.
type Reader interface {
	Format
	Read(ctx context.Context, in *Reading, yield func(*message.Record) error) error
}

// Order is how the records of a conversation follow one another. Conversations follow one another by shard
// and key.
type Order int

// Orders.
const (
	ByTime   Order = iota // by (sent, key)
	ByThread              // by thread: a first message at its time, then its replies by (sent, key)
)

// plugin is the order that a sink asks the host for: lines then nearly always come sorted.
func (o Order) plugin() plugin.Order {
	if o == ByThread {
		return plugin.Threads
	}
	return plugin.Chronological
}

// NewSink describes a sink that makes editions. open makes the format of checked settings; name and version
// are the plugin's.
func NewSink[C any](name, version string, order Order, open func(ctx context.Context, config C) (Format, error)) *plugin.SinkKind {
	kind := plugin.NewSink(func(ctx context.Context, config C) (plugin.Sink, error) {
		f, err := open(ctx, config)
		if err != nil {
			return nil, err
		}
		return &sink{format: f, maker: name + " " + version, parts: Parts{Order: order}}, nil
	})
	kind.Order = order.plugin()
	kind.ReadBack = true
	return kind
}

// sink is one edition. Begin may be called concurrently for different shards.
type sink struct {
	format Format
	maker  string
	parts  Parts
	run    plugin.Run
}

// Open implements plugin.Sink.
func (s *sink) Open(_ context.Context, run plugin.Run) error {
	if run.Generation > 1 {
		return fault.New(fault.Config, "open", run.Dir, "deliver both exports into an archive, and from the archive into a new, empty folder",
			errors.New("this target is made whole and takes no second delivery"))
	}
	s.run, s.parts.Work = run, run.Work
	return nil
}

// Begin implements plugin.Sink.
func (s *sink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	return s.parts.Begin(sh)
}

// Close implements plugin.Sink.
func (s *sink) Close() error { return nil }

// Finish implements plugin.Sink. Every file is written anew, the manifest last, so that an interrupted Finish
// leaves an edition that does not read back, and the next one repairs it.
func (s *sink) Finish(ctx context.Context, shards []plugin.ShardReceipt) error {
	units, err := s.committed(shards)
	if err != nil {
		return err
	}
	lib := &Library{store: s.run.Media, dir: s.run.Dir}
	out := &Folder{dir: s.run.Dir, work: s.run.Work, media: lib}
	if err := out.begin(); err != nil {
		return err
	}
	defer out.close()
	if err := out.put(makerName, []byte(s.maker+"\n")); err != nil {
		return err
	}
	if err := lib.fill(ctx, units); err != nil {
		return err
	}
	if _, table := s.format.(Reader); !table {
		if err := keep(ctx, units, out); err != nil {
			return err
		}
	}
	h, err := open(ctx, units, lib)
	if err != nil {
		return err
	}
	if err := s.format.Render(ctx, h, out); err != nil {
		return err
	}
	return out.seal(ctx)
}

// makerName is the file that says which plugin made the edition.
const makerName = "made-by.txt"

func storage(op, subject string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.New(fault.Storage, op, subject, "check that the disk works and has room, then run again: what is committed is kept", err)
}

func damaged(name string, err error) error {
	return fault.New(fault.Corrupt, "read back", name, "the file was changed after it was written: deliver into a new folder", err)
}

func bug(op, subject, format string, args ...any) error {
	return fault.New(fault.Bug, op, subject, "", fmt.Errorf(format, args...))
}
