package archive

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // the archive's README.txt
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/schema"
)

//go:embed archive-readme.txt
var archiveReadme []byte

// Finish places the parts under their names and then writes the header and the manifest. Every step
// leaves alone what an interrupted Finish has done already.
func (s *sink) Finish(ctx context.Context, shards []plugin.ShardReceipt) error {
	number := max(s.run.Generation, 1)
	h, err := s.earlier(number)
	if err != nil {
		return err
	}
	p := newPlacer(s.run)
	g := generation{Number: number, Records: map[string]int64{}, Shards: []shard{}}
	keep := map[string]bool{}
	for _, sr := range shards {
		if err := ctx.Err(); err != nil {
			return err
		}
		sh, err := s.part(sr)
		if err != nil {
			return err
		}
		if number > 1 && len(sh.Segments) == 0 {
			continue // nothing new in it
		}
		if err := p.shard(ctx, s.donePath(sh.ID), sh, keep); err != nil {
			return err
		}
		for typ, n := range sh.Records {
			g.Records[typ] += n
		}
		g.Shards = append(g.Shards, *sh)
	}
	for _, dir := range []string{recordsDir, indexDir} {
		if err := p.sweep(fmt.Sprintf("%s/%04d", dir, number), keep); err != nil {
			return err
		}
	}
	h.Generations = append(h.Generations, g)
	return p.seal(ctx, h)
}

// earlier is the header of the generations before number.
func (s *sink) earlier(number int) (*header, error) {
	h := &header{}
	root, err := os.OpenRoot(s.run.Dir)
	if err != nil {
		return nil, storage("open archive", s.run.Dir, err)
	}
	defer root.Close()
	old, err := readHeader(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case len(old.Generations) > number:
		return nil, fault.New(fault.Config, "finish archive", s.run.Dir, "use an empty folder",
			fmt.Errorf("it holds %d deliveries already, and this is number %d", len(old.Generations), number))
	default:
		h.Generations = old.Generations[:min(len(old.Generations), number-1)]
	}
	if len(h.Generations) != number-1 {
		return nil, fault.New(fault.Corrupt, "finish archive", s.run.Dir, "restore the archive of the earlier runs, or use an empty folder for a full one",
			fmt.Errorf("this is delivery %d, and the folder holds %d", number, len(h.Generations)))
	}
	return h, nil
}

// part reads the description of a committed shard.
func (s *sink) part(sr plugin.ShardReceipt) (*shard, error) {
	var rc receipt
	if err := json.Unmarshal(sr.Receipt, &rc); err != nil || !legalID(sr.Shard.ID) {
		return nil, fault.New(fault.Bug, "finish archive", fmt.Sprintf("%.80q", sr.Shard.ID), "", errors.New("the receipt is not one of this sink"))
	}
	b, err := os.ReadFile(filepath.Join(s.donePath(sr.Shard.ID), partHeader))
	if err != nil {
		return nil, storage("finish archive", sr.Shard.ID, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != rc.SHA256 {
		return nil, fault.New(fault.Storage, "finish archive", sr.Shard.ID, "the run's work folder was changed; delete the run's folder and run again",
			errors.New("its parts are not the committed ones"))
	}
	sh := new(shard)
	if err := json.Unmarshal(b, sh); err != nil {
		return nil, fault.New(fault.Bug, "finish archive", sr.Shard.ID, "", err)
	}
	return sh, nil
}

// placer puts files under their final names in an archive.
type placer struct {
	run   plugin.Run
	made  map[string]bool // folders made or seen
	dirty map[string]bool // folders whose names are not durable yet
}

func newPlacer(run plugin.Run) *placer {
	return &placer{run: run, made: map[string]bool{}, dirty: map[string]bool{}}
}

func (p *placer) path(name string) string { return filepath.Join(p.run.Dir, filepath.FromSlash(name)) }

// folder makes the folder that name is in.
func (p *placer) folder(name string) error {
	dir := filepath.Dir(p.path(name))
	if p.made[dir] {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return storage("finish archive", dir, err)
	}
	p.made[dir] = true
	for d := dir; len(d) >= len(p.run.Dir); d = filepath.Dir(d) {
		p.dirty[d] = true
		if d == p.run.Dir {
			break
		}
	}
	return nil
}

// place makes name the file from. Hard links leave the part where it is, so that Finish can be
// repeated; where there are none the file is moved.
func (p *placer) place(from, name string, f *file) error {
	if err := p.folder(name); err != nil {
		return err
	}
	to := p.path(name)
	src, err := os.Lstat(from)
	dst, dstErr := os.Lstat(to)
	if errors.Is(err, fs.ErrNotExist) && dstErr == nil && dst.Size() == f.Bytes {
		return nil // moved by an interrupted Finish; the read-back proves its bytes
	}
	if err != nil {
		return storage("finish archive", name, err)
	}
	if dstErr == nil {
		if os.SameFile(src, dst) {
			return nil
		}
		if err := os.Remove(to); err != nil {
			return storage("finish archive", name, err)
		}
	}
	if os.Link(from, to) == nil {
		return nil
	}
	if err := os.Rename(from, to); err != nil {
		return storage("finish archive", name, err)
	}
	return nil
}

func (p *placer) shard(ctx context.Context, dir string, sh *shard, keep map[string]bool) error {
	for i := range sh.Segments {
		seg := &sh.Segments[i]
		keep[seg.Path] = true
		if err := p.place(filepath.Join(dir, fmt.Sprintf("%04d.ndjson.zst", i+1)), seg.Path, &seg.file); err != nil {
			return err
		}
	}
	if sh.Index != nil {
		keep[sh.Index.Path] = true
		if err := p.place(filepath.Join(dir, partIndex), sh.Index.Path, sh.Index); err != nil {
			return err
		}
	}
	list, err := os.Open(filepath.Join(dir, partMedia))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return storage("finish archive", sh.ID, err)
	}
	defer list.Close()
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.object(lines.Text()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return storage("finish archive", sh.ID, err)
	}
	return nil
}

// object puts one media object into the archive: as a second name of the store's file where the file
// system has such, else as a copy.
func (p *placer) object(digest string) error {
	from := plugin.MediaPath(p.run.Media, digest)
	name := mediaName(digest)
	if err := p.folder(name); err != nil {
		return err
	}
	to := p.path(name)
	src, err := os.Lstat(from)
	dst, dstErr := os.Lstat(to)
	switch {
	case dstErr == nil && (err != nil || dst.Size() == src.Size()):
		return nil
	case err != nil:
		return fault.New(fault.Storage, "finish archive", name, "the run's media store was changed; run again from the source", err)
	case dstErr == nil:
		if err := os.Remove(to); err != nil {
			return storage("finish archive", name, err)
		}
	}
	if os.Link(from, to) == nil {
		return nil
	}
	return copyObject(from, to, digest)
}

func copyObject(from, to, digest string) error {
	in, err := os.Open(from)
	if err != nil {
		return storage("finish archive", digest, err)
	}
	defer in.Close()
	return plugin.WriteFileAtomic(to, func(w io.Writer) error {
		h := sha256.New()
		if _, err := io.Copy(io.MultiWriter(w, h), in); err != nil {
			return storage("finish archive", digest, err)
		}
		if hex.EncodeToString(h.Sum(nil)) != digest {
			return fault.New(fault.Corrupt, "finish archive", digest, "the run's media store was changed or the disk is damaged; run again from the source", media.ErrAbsent)
		}
		return nil
	})
}

func mediaName(digest string) string {
	return mediaDir + "/" + digest[:2] + "/" + digest[2:4] + "/" + digest
}

// sweep removes what an interrupted Finish of other parts left in a folder of this generation.
func (p *placer) sweep(dir string, keep map[string]bool) error {
	entries, err := os.ReadDir(p.path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return storage("finish archive", dir, err)
	}
	for _, e := range entries {
		if name := dir + "/" + e.Name(); !keep[name] {
			if err := os.Remove(p.path(name)); err != nil {
				return storage("finish archive", name, err)
			}
		}
	}
	return nil
}

// small are the files of an archive that are neither records nor media, by name.
func small() (map[string][]byte, error) {
	files := map[string][]byte{readmeName: archiveReadme}
	names, err := fs.Glob(schema.Files(), "*.schema.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(schema.Files(), name)
		if err != nil {
			return nil, err
		}
		files[schemaDir+"/"+name] = b
	}
	return files, nil
}

// seal writes everything but records and media, the manifest last.
func (p *placer) seal(ctx context.Context, h *header) error {
	files, err := small()
	if err != nil {
		return err
	}
	for name, b := range files {
		if err := p.folder(name); err != nil {
			return err
		}
		if err := plugin.WriteFileAtomic(p.path(name), func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
			return err
		}
	}
	var head bytes.Buffer
	if err := h.writeTo(&head); err != nil {
		return err
	}
	files[headerName] = head.Bytes()
	for dir := range p.dirty {
		if err := plugin.SyncDir(dir); err != nil {
			return err
		}
	}
	// The manifest of an earlier generation does not know the new header. It goes first, so that an
	// interrupted Finish leaves an archive without a manifest rather than one that contradicts it.
	if err := os.Remove(p.path(manifestName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return storage("finish archive", manifestName, err)
	}
	err = plugin.WriteFileAtomic(p.path(headerName), func(w io.Writer) error { _, err := w.Write(head.Bytes()); return err })
	if err != nil {
		return err
	}
	return plugin.WriteFileAtomic(p.path(manifestName), func(w io.Writer) error { return writeManifest(ctx, w, p.run.Dir, h, files) })
}
