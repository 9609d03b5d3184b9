// Package census counts an archive without the reader: by what its header says of each file, after the
// file's digest has proven that it is the one the header speaks of. See core/census for what it must not
// share.
package census

import (
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
			Segments []segment `json:"segments"`
			Index    *segment  `json:"index"`
		} `json:"shards"`
	} `json:"generations"`
}

type segment struct {
	Path    string `json:"path"`
	SHA256  string `json:"sha256"`
	Records int64  `json:"records"`
}

// headerLimit bounds what is read of archive.json.
const headerLimit = 64 << 20

// Count lists an archive and, if asked, proves the digest of every file with records and gives what the
// header says is in it.
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
	known := map[string]segment{}
	if count {
		h, err := read(filepath.Join(conf.Path, "archive.json"))
		if err != nil {
			t.Broken = "archive.json cannot be read"
		}
		if len(h.Generations) > 1 {
			t.Silent = "the archive holds several deliveries, of which later ones replace records of earlier ones"
		}
		for _, g := range h.Generations {
			for _, s := range g.Shards {
				for _, f := range s.Segments {
					known[f.Path] = f
				}
				if s.Index != nil {
					known[s.Index.Path] = segment{SHA256: s.Index.SHA256, Records: census.NotCounted}
				}
			}
		}
	}
	err = c.Walk(ctx, func(e *census.Entry) error {
		t.Add(e.Path, e.Size, e.Mark)
		if !count {
			return nil
		}
		m, err := member(ctx, c, e, known)
		if err != nil {
			return err
		}
		delete(known, e.Path)
		return yield(m)
	})
	if err == nil && len(known) > 0 {
		t.Broken = "files that archive.json names are missing"
	}
	return t.Done(), err
}

func read(name string) (h header, err error) {
	f, err := os.Open(name)
	if err != nil {
		return h, err
	}
	defer f.Close()
	err = json.NewDecoder(io.LimitReader(f, headerLimit)).Decode(&h)
	return h, err
}

func member(ctx context.Context, c *census.Container, e *census.Entry, known map[string]segment) (census.Member, error) {
	m := census.Member{Path: e.Path, Size: e.Size, State: census.Unknown, Elements: census.NotCounted}
	top, _, _ := strings.Cut(e.Path, "/")
	s, listed := known[e.Path]
	switch {
	case e.Damage != "":
		m.State, m.Rule = census.Damaged, e.Damage
	case listed:
		h := sha256.New()
		damage, err := c.Read(ctx, e, h)
		if err != nil {
			return m, err
		}
		if m.State, m.Elements, m.Broken = census.Parsed, s.Records, damage; damage == "" && hex.EncodeToString(h.Sum(nil)) != s.SHA256 {
			m.Broken = "its digest is not the one in archive.json"
		}
	case e.Path == "archive.json" || e.Path == "manifest-sha256.txt":
		m.State = census.Parsed
	case e.Path == "README.txt" || top == "schema":
		m.State, m.Rule = census.Ignored, "description of the archive"
	case top == ".chatferry" || top == "evidence" || path.Ext(e.Path) == ".csv" && top == e.Path:
		m.State, m.Rule = census.Ignored, "books of the delivery"
	case top == "media":
		m.State = census.Media
	}
	return m, nil
}
