package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Parts of a shard stand in a folder of their own below Run.Work, "<id>.open" until Commit renames it
// to "<id>.done". In it:
const (
	openSuffix = ".open"
	doneSuffix = ".done"
	partHeader = "shard.json" // the shard as archive.json will list it
	partIndex  = "index.ndjson"
	partMedia  = "media.txt" // digests of present attachments, one a line
)

type sink struct {
	run     plugin.Run
	pool    *pool
	segment int64 // text after which a segment ends
}

func openSink(context.Context, struct{}) (plugin.Sink, error) {
	return &sink{pool: newPool(), segment: segmentText}, nil
}

func (s *sink) Open(_ context.Context, run plugin.Run) error {
	s.run = run
	s.run.Dir = filepath.Clean(run.Dir)
	if run.Work == "" {
		return nil // opened to be read back
	}
	entries, err := os.ReadDir(run.Work)
	if err != nil {
		return storage("open archive", run.Work, err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), openSuffix) || run.Fresh && strings.HasSuffix(e.Name(), doneSuffix) {
			if err := os.RemoveAll(filepath.Join(run.Work, e.Name())); err != nil {
				return storage("open archive", run.Work, err)
			}
		}
	}
	return nil
}

func (s *sink) Close() error { return nil }

func (s *sink) openPath(id string) string { return filepath.Join(s.run.Work, id+openSuffix) }
func (s *sink) donePath(id string) string { return filepath.Join(s.run.Work, id+doneSuffix) }

func (s *sink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	if !legalID(sh.ID) {
		return nil, fault.New(fault.Bug, "begin shard", fmt.Sprintf("%.80q", sh.ID), "", errors.New("the id cannot stand in a file name"))
	}
	for _, dir := range []string{s.openPath(sh.ID), s.donePath(sh.ID)} {
		if err := os.RemoveAll(dir); err != nil {
			return nil, storage("begin shard", dir, err)
		}
	}
	dir := s.openPath(sh.ID)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, storage("begin shard", dir, err)
	}
	w := &writer{sink: s, dir: dir, media: map[[sha256.Size]byte]bool{}, counts: map[string]int64{},
		shard: shard{ID: sh.ID, Label: sh.Label, Directory: sh.Directory, Segments: []segment{}}}
	if !sh.Directory {
		w.index = newIndex()
	}
	return w, nil
}

// writer writes the parts of one shard.
type writer struct {
	sink   *sink
	dir    string
	shard  shard
	counts map[string]int64
	open   *segmentWriter // nil between segments
	index  *index         // nil for directories
	media  map[[sha256.Size]byte]bool
	list   *plugin.Part // nil until media overflows
	line   []byte
	done   bool
}

// heldMedia is how many digests a writer remembers, so that most repetitions are not listed.
const heldMedia = 1 << 15

// WriteLine takes messages without media as they are; they are nearly all there is.
func (w *writer) WriteLine(line string) (plugin.Outcome, error) {
	g := message.GlanceAt(line)
	if g.Type != message.TypeMessage || strings.Contains(line, `"state":"present"`) {
		r, err := message.Decode(line)
		if err != nil {
			return plugin.Outcome{}, err
		}
		return w.Write(r)
	}
	w.line = append(append(w.line[:0], line...), '\n')
	if err := w.add(g.Type); err != nil {
		return plugin.Outcome{}, err
	}
	if w.index != nil {
		w.index.count(g.Conversation, g.At)
	}
	return plugin.Done, w.cut()
}

func (w *writer) Write(r *message.Record) (plugin.Outcome, error) {
	w.line = append(r.Append(w.line[:0]), '\n')
	if err := w.add(r.Type); err != nil {
		return plugin.Outcome{}, err
	}
	if w.index != nil {
		w.index.add(r)
	}
	for _, a := range r.Attachments() {
		if a.State == message.MediaPresent {
			if err := w.refer(a.SHA256); err != nil {
				return plugin.Outcome{}, err
			}
		}
	}
	return plugin.Done, w.cut()
}

// add puts the line at hand into the open segment.
func (w *writer) add(typ string) error {
	if w.open == nil {
		var err error
		if w.open, err = newSegment(w.sink.pool, w.dir, fmt.Sprintf("%04d.ndjson.zst", len(w.shard.Segments)+1)); err != nil {
			return err
		}
	}
	if err := w.open.add(w.line); err != nil {
		return err
	}
	w.counts[typ]++
	return nil
}

// cut ends a segment that is large enough.
func (w *writer) cut() error {
	if w.open.seg.TextBytes < w.sink.segment {
		return nil
	}
	return w.closeSegment()
}

func (w *writer) closeSegment() error {
	seg, err := w.open.commit()
	w.open = nil
	w.shard.Segments = append(w.shard.Segments, seg)
	return err
}

// refer notes that the archive must hold an object. One that the store does not hold fails the shard
// now rather than the whole run at its end.
func (w *writer) refer(digest string) error {
	var key [sha256.Size]byte
	if !media.Valid(digest) {
		return fault.New(fault.Bug, "write shard", w.shard.ID, "", errors.New("an attachment is present without a SHA-256"))
	}
	if _, err := hex.Decode(key[:], []byte(digest)); err != nil {
		return err
	}
	if w.media[key] {
		return nil
	}
	if info, err := os.Lstat(plugin.MediaPath(w.sink.run.Media, digest)); err != nil || !info.Mode().IsRegular() {
		return fault.New(fault.Storage, "write shard", w.shard.ID, "do not change the run's folder while it runs; run again",
			fmt.Errorf("the media store does not hold %s", digest))
	}
	if len(w.media) >= heldMedia {
		if err := w.flushMedia(); err != nil {
			return err
		}
	}
	w.media[key] = true
	return nil
}

func (w *writer) flushMedia() error {
	if w.list == nil {
		var err error
		if w.list, err = plugin.CreatePart(w.dir, partMedia); err != nil {
			return err
		}
	}
	for key := range w.media { // a set: Finish does not care for its order
		if _, err := fmt.Fprintf(w.list, "%x\n", key); err != nil {
			return err
		}
	}
	clear(w.media)
	return nil
}

// receipt lets Finish find a shard's parts and know that they are the committed ones.
type receipt struct {
	SHA256 string `json:"sha256"` // of shard.json, which has the digests of the rest
}

func (w *writer) Commit() (plugin.Receipt, error) {
	if w.open != nil {
		if err := w.closeSegment(); err != nil {
			return nil, err
		}
	}
	generation := max(w.sink.run.Generation, 1)
	for i := range w.shard.Segments {
		w.shard.Segments[i].Path = segmentPath(generation, w.shard.ID, i+1)
	}
	w.shard.Records = w.counts
	if w.index != nil && len(w.index.places) > 0 {
		f, err := w.index.write(w.dir)
		if err != nil {
			return nil, err
		}
		f.Path = indexPath(generation, w.shard.ID)
		w.shard.Index = &f
	}
	if len(w.media) > 0 {
		if err := w.flushMedia(); err != nil {
			return nil, err
		}
	}
	if w.list != nil {
		if _, _, err := w.list.Commit(); err != nil {
			return nil, err
		}
	}
	digest, err := w.describe()
	if err != nil {
		return nil, err
	}
	if err := os.Rename(w.dir, w.sink.donePath(w.shard.ID)); err != nil {
		return nil, storage("commit shard", w.shard.ID, err)
	}
	if err := plugin.SyncDir(w.sink.run.Work); err != nil {
		return nil, err
	}
	w.done = true
	return json.Marshal(receipt{digest})
}

func (w *writer) describe() (digest string, err error) {
	p, err := plugin.CreatePart(w.dir, partHeader)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(&w.shard)
	if err == nil {
		_, err = p.Write(b)
	}
	if err != nil {
		p.Abort()
		return "", err
	}
	_, digest, err = p.Commit()
	return digest, err
}

func (w *writer) Abort() {
	if w.done {
		return
	}
	if w.open != nil {
		w.open.abort()
	}
	if w.list != nil {
		w.list.Abort()
	}
	// Nothing better can be done about an error here: Begin and Open clear what is left.
	_ = os.RemoveAll(w.dir)
	_ = os.RemoveAll(w.sink.donePath(w.shard.ID))
}

func (s *sink) ReadBack(ctx context.Context, yield func(*message.Record) error) error {
	a, err := open(s.run.Dir, s.pool)
	if err != nil {
		return err
	}
	defer a.close()
	if err := a.checkManifest(ctx); err != nil {
		return err
	}
	bad, err := a.damagedMedia(ctx)
	if err != nil {
		return err
	}
	plan, err := a.plan()
	if err != nil {
		return err
	}
	for i := range plan {
		err := a.read(ctx, &plan[i], 0, func(line []byte) error {
			r, err := message.Decode(string(line))
			if err != nil {
				return corrupt(plan[i].id, err)
			}
			for _, at := range r.Attachments() {
				if at.State == message.MediaPresent && (bad[at.SHA256] || !a.holds(at.SHA256)) {
					at.State, at.Reason = message.MediaMissing, reasonDigest
				}
			}
			return yield(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func storage(op, subject string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.New(fault.Storage, op, subject, "check that the disk works, has space and can be written, then run again: what is committed is kept", err)
}
