// Package census counts files of JSON lines without the reader: by their newlines. See core/census for what
// it must not share.
package census

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/census"
)

// lines counts lines; a last one without a newline is one.
type lines struct {
	n    int64
	open bool
}

// Write looks at the next piece.
func (l *lines) Write(p []byte) (int, error) {
	for _, c := range p {
		if l.open = c != '\n'; !l.open {
			l.n++
		}
	}
	return len(p), nil
}

// Count lists a file, or the .ndjson files of a folder, and if asked counts their lines.
func Count(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error) {
	var conf struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal(config, &conf); err != nil {
		return census.Facts{}, err
	}
	dir, only := conf.Path, ""
	if info, err := os.Stat(conf.Path); err != nil {
		return census.Facts{}, err
	} else if !info.IsDir() {
		dir, only = filepath.Split(conf.Path)
	}
	c, err := census.Open(filepath.Clean(dir))
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	var t census.Tally
	err = c.Walk(ctx, func(e *census.Entry) error {
		m := census.Member{Path: e.Path, Size: e.Size, State: census.Unknown, Elements: census.NotCounted}
		books := strings.HasPrefix(e.Path, ".chatferry/") || strings.HasPrefix(e.Path, "evidence/")
		switch {
		case only != "" && e.Path != only:
			return nil
		case books:
			t.Beside(e.Size)
			m.State, m.Rule = census.Ignored, "books of the delivery"
		default:
			t.Add(e.Path, e.Size, e.Mark)
		}
		if !count {
			return nil
		}
		if e.Damage != "" {
			m.State, m.Rule = census.Damaged, e.Damage
		} else if only != "" || strings.HasSuffix(e.Path, ".ndjson") && !strings.Contains(e.Path, "/") {
			var l lines
			damage, err := c.Read(ctx, e, &l)
			if err != nil {
				return err
			}
			if l.open {
				l.n++
			}
			m.State, m.Elements, m.Broken = census.Parsed, l.n, damage
		}
		return yield(m)
	})
	return t.Done(), err
}
