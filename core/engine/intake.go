package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/spill"
)

// sampleEvery is the distance of records that are checked against the JSON schema itself; the first
// few of each unit are too. All records get the cheap check.
const (
	sampleEvery = 500
	sampleFirst = 3
)

// heldLimit is how many bytes of batches wait for a cursor, so that a source that dies can go on at
// the last one. A source that checkpoints less often starts its unit again.
const heldLimit = 8 << 20

// intake takes the records of one unit from the sources, checks and transforms them, and sorts them.
type intake struct {
	run     *runner
	unit    *unit
	spool   string
	sorter  *spill.Sorter
	entry   *ledger.Entry
	tallies tallies
	stages  stages
	why     *whyWriter // which rule removed which record; nil until one did
	paths   int        // distinct paths of unmapped fields
	exts    extCounts
	tokens  []token // of the records that a transform has
	sampled int64   // records, for sampling
	source  int     // the one being read
	key     []byte
	recs    []*message.Record
	lines   []string
	err     error
	one     message.Record // the message being admitted
	first   bool           // only sort: transforms, media and counts come in a second pass
	seen    seen           // by file, for the census
	late    bool           // records are decoded and checked only when they are delivered, so once
	watch   watch
}

func newIntake(r *runner, u *unit, spool string) *intake {
	late := !u.directory && len(r.job.Transforms) == 0
	return &intake{run: r, unit: u, spool: spool, sorter: spill.New(spool, sortMemory), tallies: tallies{},
		late: late, watch: newWatch(r, u, spool, late), entry: &ledger.Entry{Gen: r.gen, Shard: u.id}}
}

func (in *intake) close() {
	in.sorter.Close()
	in.why.abort()
	in.watch.close()
}

func (in *intake) finish() *ledger.Entry {
	in.entry.Tallies = append(in.entry.Tallies, in.tallies.list("")...)
	in.entry.Seen = in.seen.encode()
	return in.entry
}

// readAll reads every shard of the unit.
func (in *intake) readAll(ctx context.Context) error {
	for i := range in.unit.shards {
		if err := in.read(ctx, &in.unit.shards[i]); err != nil {
			return err
		}
	}
	return nil
}

// read reads one shard to its end. When its source fails for a passing reason it is started again at
// the last cursor, and batches received after that cursor are forgotten.
func (in *intake) read(ctx context.Context, s *sourceShard) error {
	in.source = s.source
	var cursor plugin.Cursor
	for attempt := 0; ; attempt++ {
		reader, err := in.run.reader(ctx, s.source)
		if err != nil {
			return err
		}
		var held []*plugin.Batch
		size, resumable := 0, true
		err = reader.Read(ctx, s.Shard, cursor, in.spool, func(b *plugin.Batch) error {
			held, size = append(held, b), size+len(b.Lines)
			if b.Cursor == nil && size < heldLimit {
				return nil
			}
			if b.Cursor != nil {
				cursor = b.Cursor
			} else {
				resumable = false
			}
			err := in.take(ctx, held)
			held, size = held[:0], 0
			return err
		})
		if err == nil {
			return in.take(ctx, held)
		}
		switch {
		case !retryable(err) || !resumable || in.err != nil || ctx.Err() != nil:
			return err
		case attempt >= in.run.job.Retries:
			return spent{err}
		}
		if _, rerr := in.run.restart(ctx, s.source, reader); rerr != nil {
			return rerr
		}
		in.run.job.Progress.Log(progress.Warn, "the source failed and was started again: "+err.Error())
	}
}

// take processes batches for good.
func (in *intake) take(ctx context.Context, batches []*plugin.Batch) error {
	for _, b := range batches {
		if err := in.batch(ctx, b); err != nil {
			in.err = err
			return err
		}
	}
	return nil
}

func (in *intake) batch(ctx context.Context, b *plugin.Batch) error {
	for i := range b.Rejects {
		if err := in.reject(&b.Rejects[i]); err != nil {
			return err
		}
	}
	in.recs, in.lines = in.recs[:0], in.lines[:0]
	text := unsafe.String(unsafe.SliceData(b.Lines), len(b.Lines)) // the batch is ours and nobody changes it
	for len(text) > 0 {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return fault.New(fault.Bug, "read", in.unit.id, "report this to the author of the source plugin", fmt.Errorf("a batch does not end in a newline"))
		}
		line := text[:i]
		text = text[i+1:]
		if err := in.line(line); err != nil {
			return err
		}
	}
	in.run.job.Progress.Add(progress.Delta{Read: int64(b.Count + len(b.Rejects)), Bytes: int64(len(b.Lines)), Rejected: int64(len(b.Rejects)), Shard: in.unit.id})
	if in.run.survey != nil {
		in.forget()
	}
	return in.transform(ctx)
}

// forget removes spooled bytes, which a survey has no use for. The source may be ahead of us: what it
// is still writing stays.
func (in *intake) forget() {
	files, err := os.ReadDir(in.spool)
	if err != nil {
		return
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "tmp-") {
			os.Remove(filepath.Join(in.spool, f.Name()))
		}
	}
}

// line takes one record. Without transforms a message is sorted in as it stands, and admitted later.
func (in *intake) line(line string) error {
	if !in.run.job.Unproven {
		in.seen.line(in.source, in.run.job.Sources[in.source].ByFile, line)
	}
	if in.late {
		if g := message.GlanceAt(line); g.Type == message.TypeMessage {
			in.entry.Counts.Read++
			in.stages.read[0]++ // what it holds is counted when it is decoded
			in.key = append(appendMessageKey(in.key[:0], g.Conversation, g.At, g.Key), byte(in.source))
			return in.sorter.Add(in.key, []byte(line))
		}
	}
	rec, err := in.decode(line)
	if err != nil {
		in.entry.Counts.Read++
		in.stages.read[unreadable]++
		return in.refuse(line, unreadable, "invalid_record", err.Error())
	}
	if err := in.sample(line); err != nil {
		return err
	}
	if err := in.watch.read(rec, line, in.source); err != nil {
		return err
	}
	if rec.Directory() != in.unit.directory {
		if in.unit.directory {
			in.entry.Counts.Read++
			in.stages.read[typeOf(rec)]++
			return in.refuse(line, typeOf(rec), "not_directory", "a message came in a directory shard")
		}
		in.entry.Late = append(in.entry.Late, ledger.Late{Key: lateKey(rec), Body: line})
		return nil
	}
	in.entry.Counts.Read++
	h := holdingOf(rec)
	in.stages.read.add(&h, 1)
	in.recs, in.lines = append(in.recs, rec), append(in.lines, line)
	return nil
}

// decode is the border: whatever comes from a plugin is decoded and checked before it counts as a record.
func (in *intake) decode(line string) (*message.Record, error) {
	rec, err := message.Decode(line)
	if err != nil {
		return nil, err
	}
	return rec, rec.Check()
}

// admit decodes and checks a message that was sorted in as it stood, under a key that a glance gave.
// It returns nil for one that is refused and booked as such. The record is good until the next call.
func (in *intake) admit(line string, key []byte) (*message.Record, string, error) {
	err := message.DecodeMessage(line, &in.one)
	if err == nil {
		err = in.one.Check()
	}
	if err == nil {
		m := in.one.Message
		in.key = appendMessageKey(in.key[:0], m.Conversation, m.Sent.UTC, m.Key)
		if !bytes.Equal(in.key, key) {
			err = errors.New("the record is not in canonical form")
		}
	}
	if err != nil {
		return nil, "", in.refuse(line, 0, "invalid_record", err.Error())
	}
	if err := in.sample(line); err != nil {
		return nil, "", err
	}
	line, err = in.count(&in.one, line)
	return &in.one, line, err
}

func (in *intake) sample(line string) error {
	in.sampled++
	job := in.run.job
	if job.Schema == nil || !job.ValidateAll && in.sampled > sampleFirst && in.sampled%sampleEvery != 0 {
		return nil
	}
	if err := job.Schema([]byte(line)); err != nil {
		return fault.New(fault.Bug, "check", in.unit.id, "the source plugin gives records that break the schema; report this to its author", err)
	}
	return nil
}

// sortIn takes a record that goes on: it is counted and handed to the sorter.
func (in *intake) sortIn(rec *message.Record, line string) error {
	if !in.first {
		var err error
		if line, err = in.count(rec, line); err != nil {
			return err
		}
	}
	return in.put(rec, line)
}

// count takes the media of a record that goes on and counts it by kind. The line changes where the
// state of an attachment does.
func (in *intake) count(rec *message.Record, line string) (string, error) {
	changed, err := in.adopt(rec)
	if err != nil {
		return "", err
	}
	if changed {
		line = string(rec.Append(nil))
	}
	c := &in.entry.Counts
	if m := rec.Message; m != nil {
		in.tallies.count("type", m.Kind, m.Subtype)
		if c.First == "" || m.Sent.UTC < c.First {
			c.First = strings.Clone(m.Sent.UTC)
		}
		if m.Sent.UTC > c.Last {
			c.Last = strings.Clone(m.Sent.UTC)
		}
	} else {
		in.tallies.count("type", rec.Type, "")
	}
	in.unmapped(rec)
	if in.run.look != nil {
		in.run.look(rec)
	}
	return line, nil
}

func (in *intake) put(rec *message.Record, line string) error {
	in.key = appendSortKey(in.key[:0], rec)
	in.key = append(in.key, byte(in.source))
	return in.sorter.Add(in.key, []byte(line))
}
