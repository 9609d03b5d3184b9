package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// Names inside the zip. The importer takes the first *.jsonl, so ours beside it is named otherwise.
const (
	importName = "import.jsonl"
	keysName   = "chatferry.ndjson"
	dataDir    = "data/"
)

// finisher assembles the zip.
type finisher struct {
	s       *sink
	shards  []string
	rec     []receipt
	dirs    []string // parts of directory records
	places  *places
	head    *deflater // import.jsonl up to the users
	keys    *deflater // chatferry.ndjson
	files   *plugin.Part
	aliases map[string][]*slot // account → channels made from its large groups
}

func (s *sink) Finish(ctx context.Context, shards []plugin.ShardReceipt) error {
	f := &finisher{s: s}
	for _, sh := range shards {
		var r receipt
		if err := json.Unmarshal(sh.Receipt, &r); err != nil {
			return fault.New(fault.Bug, "finish", sh.Shard.ID, "", err)
		}
		f.shards, f.rec = append(f.shards, sh.Shard.ID), append(f.rec, r)
		if r.Dir {
			f.dirs = append(f.dirs, partPath(s.run.Work, sh.Shard.ID, "dir"))
		}
	}
	return f.run(ctx)
}

func (f *finisher) run(ctx context.Context) error {
	var err error
	if f.places, err = loadPlaces(&f.s.config, append([]string(nil), f.dirs...)); err != nil {
		return err
	}
	work := f.s.run.Work
	head, err := plugin.CreatePart(work, "finish-head")
	if err != nil {
		return err
	}
	defer head.Abort()
	keys, err := plugin.CreatePart(work, "finish-keys")
	if err != nil {
		return err
	}
	defer keys.Abort()
	direct, err := plugin.CreatePart(work, "finish-direct")
	if err != nil {
		return err
	}
	defer direct.Abort()
	if f.files, err = plugin.CreatePart(work, "finish-files"); err != nil {
		return err
	}
	defer f.files.Abort()
	f.head, f.keys = newDeflater(head), newDeflater(keys)
	if err := f.directory(ctx); err != nil {
		return err
	}
	directs := newDeflater(direct)
	if err := f.directChannels(directs); err != nil {
		return err
	}
	var pieces [3]piece
	for i, d := range []*deflater{f.head, f.keys, directs} {
		if pieces[i], err = d.finish(); err != nil {
			return err
		}
	}
	for _, p := range []*plugin.Part{head, keys, direct, f.files} {
		if _, _, err := p.Commit(); err != nil {
			return err
		}
	}
	return plugin.WriteFileAtomic(f.s.name(), func(w io.Writer) error {
		return f.zip(ctx, w, pieces[0], pieces[1], pieces[2])
	})
}

// span is a file that holds a piece.
type span struct {
	path string
	piece
}

func (f *finisher) zip(ctx context.Context, w io.Writer, head, keys, direct piece) error {
	work := f.s.run.Work
	z, err := newZipWriter(w, work)
	if err != nil {
		return storage("write", f.s.name(), err)
	}
	defer z.discard()
	lines := []span{{work + "/finish-head", head}}
	var lists []string
	lists = append(lists, work+"/finish-files")
	for i, r := range f.rec {
		if r.Post != nil {
			lines = append(lines, span{partPath(work, f.shards[i], "post"), *r.Post})
			lists = append(lists, partPath(work, f.shards[i], "post-files"))
		}
	}
	lines = append(lines, span{work + "/finish-direct", direct})
	for i, r := range f.rec {
		if r.Direct != nil {
			lines = append(lines, span{partPath(work, f.shards[i], "direct"), *r.Direct})
			lists = append(lists, partPath(work, f.shards[i], "direct-files"))
		}
	}
	if err := z.pieces(importName, lines); err != nil {
		return storage("write", f.s.name(), err)
	}
	if err := z.pieces(keysName, []span{{work + "/finish-keys", keys}}); err != nil {
		return storage("write", f.s.name(), err)
	}
	for _, l := range lists {
		if err := f.media(ctx, z, l); err != nil {
			return err
		}
	}
	return storageOrNil(z.close(), f.s.name())
}

func storageOrNil(err error, subject string) error {
	if err == nil {
		return nil
	}
	return storage("write", subject, err)
}

// pieces writes an entry made of compressed pieces.
func (z *zipWriter) pieces(name string, list []span) error {
	e := entry{name: name, method: methodDeflate, size: uint64(len(endOfData))}
	for _, s := range list {
		e.crc = combine(e.crc, s.CRC, s.Raw)
		e.raw += uint64(s.Raw)
		e.size += uint64(s.Size)
	}
	if err := z.start(e); err != nil {
		return err
	}
	for _, s := range list {
		in, err := os.Open(s.path)
		if err != nil {
			return err
		}
		n, err := z.copy(in)
		in.Close()
		if err == nil && n != s.Size {
			err = errors.New("a part of the run's work folder was changed")
		}
		if err != nil {
			return err
		}
	}
	return z.write(endOfData)
}

// media adds the files of one list, each line "digest path".
func (f *finisher) media(ctx context.Context, z *zipWriter, list string) error {
	in, err := os.Open(list)
	if err != nil {
		return storage("read part", list, err)
	}
	defer in.Close()
	return eachLine(in, func(line string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		sha, path, _ := strings.Cut(line, " ")
		err := z.file(dataDir+path, plugin.MediaPath(f.s.run.Media, sha))
		if errors.Is(err, os.ErrNotExist) {
			return fault.New(fault.Storage, "read attachment", sha, "the media store lacks a file it had: run again from the start", err)
		}
		if err != nil {
			return storage("write attachment", sha, err)
		}
		return nil
	})
}
