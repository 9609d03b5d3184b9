// Package census counts an archive without the reader. It decompresses nothing: that the files are those
// that the archive's manifest names is proven by their digests, and how many records are in each is what
// archive.json, itself in the manifest, says. See core/census for what it must not share.
package census

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/census"
)

// header is what must be known of archive.json.
type header struct {
	Generations []struct {
		Shards []struct {
			Segments []struct {
				Path    string `json:"path"`
				Records int64  `json:"records"`
			} `json:"segments"`
		} `json:"shards"`
	} `json:"generations"`
}

// Names in an archive, and how much is read of the two files that describe it.
const (
	headerName   = "archive.json"
	manifestName = "manifest-sha256.txt"
	mediaDir     = "media/"
	headerLimit  = 64 << 20
)

// archive is what its own two lists say of it.
type archive struct {
	digests map[string]string // by path, without media, whose names are their digests
	media   int64             // how many media the manifest lists
	records map[string]int64  // by path of a segment
}

// Count lists an archive and, if asked, proves the digest of every file of it.
func Count(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error) {
	var conf struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal(config, &conf); err != nil {
		return census.Facts{}, err
	}
	c, err := census.Open(conf.Path)
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	var t census.Tally
	var a archive
	if count {
		t.Broken, t.Silent = a.load(conf.Path)
	}
	err = c.Walk(ctx, func(e *census.Entry) error {
		m := census.Member{Path: e.Path, Size: e.Size, Elements: census.NotCounted}
		if top, _, _ := strings.Cut(e.Path, "/"); top == ".chatferry" || top == "evidence" || path.Ext(e.Path) == ".csv" && top == e.Path {
			t.Beside(e.Size)
			m.State, m.Rule = census.Ignored, "books of the delivery"
		} else {
			t.Add(e.Path, e.Size, e.Mark)
			if !count {
				return nil
			}
			if err := a.member(ctx, c, e, &m); err != nil {
				return err
			}
		}
		if !count {
			return nil
		}
		return yield(m)
	})
	if t.Broken == "" && (len(a.digests) > 0 || a.media != 0) {
		t.Broken = "its files are not those in its manifest"
	}
	return t.Done(), err
}

// load reads both lists and tells what is wrong with the archive, and why its counts can't be compared.
func (a *archive) load(dir string) (broken, silent string) {
	a.digests, a.records = map[string]string{}, map[string]int64{}
	if err := a.manifest(filepath.Join(dir, manifestName)); err != nil {
		return "its manifest cannot be read", ""
	}
	var h header
	f, err := os.Open(filepath.Join(dir, headerName))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(f, headerLimit)).Decode(&h)
		f.Close()
	}
	if err != nil {
		return headerName + " cannot be read", ""
	}
	for _, g := range h.Generations {
		for _, s := range g.Shards {
			for _, x := range s.Segments {
				if a.digests[x.Path] == "" || x.Records < 0 {
					broken = headerName + " names a file that is not in the manifest"
				}
				a.records[x.Path] = max(x.Records, 0)
			}
		}
	}
	if len(h.Generations) > 1 {
		silent = "the archive holds several deliveries, of which later ones replace records of earlier ones"
	}
	return broken, silent
}

// manifest reads lines "digest  path", as sha256sum prints them.
func (a *archive) manifest(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for size := 0; lines.Scan() && size < headerLimit; {
		digest, name, _ := strings.Cut(lines.Text(), "  ")
		if strings.HasPrefix(name, mediaDir) {
			a.media++
			continue
		}
		size += len(digest) + len(name)
		a.digests[name] = digest
	}
	return lines.Err()
}

// member says what an entry is and proves its digest.
func (a *archive) member(ctx context.Context, c *census.Container, e *census.Entry, m *census.Member) error {
	want, listed := a.digests[e.Path]
	delete(a.digests, e.Path)
	switch {
	case e.Damage != "":
		m.State, m.Rule = census.Damaged, e.Damage
		return nil
	case e.Path == manifestName:
		m.State = census.Parsed
		return nil
	case strings.HasPrefix(e.Path, mediaDir):
		a.media--
		m.State, want = census.Media, path.Base(e.Path)
	case !listed:
		m.State, m.Rule = census.Unknown, "not in the manifest"
		return nil
	case strings.HasPrefix(e.Path, "schema/") || e.Path == "README.txt":
		m.State, m.Rule = census.Ignored, "description of the archive"
	default:
		m.State = census.Parsed
	}
	if n, ok := a.records[e.Path]; ok {
		m.Elements = n
	}
	h := sha256.New()
	damage, err := c.Read(ctx, e, h)
	if m.Broken = damage; damage == "" && hex.EncodeToString(h.Sum(nil)) != want {
		m.Broken = "its digest is not the one in the manifest"
	}
	return err
}
