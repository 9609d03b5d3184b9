package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chatferry/chatferry/core/census"
)

// counted is what the census says of an export.
func counted(t testing.TB, config json.RawMessage) (census.Facts, []census.Member) {
	t.Helper()
	var list []census.Member
	facts, err := Plugin().Source.Census(context.Background(), config, true, func(m census.Member) error {
		list = append(list, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Plugin().Source.Census(context.Background(), config, false, nil)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(facts) {
		t.Errorf("listing gives %+v, counting %+v: %v", again, facts, err)
	}
	bytes := int64(0)
	for _, m := range list {
		bytes += m.Size
	}
	if facts.Members != int64(len(list)) || facts.Bytes != bytes {
		t.Errorf("%d members of %d bytes came, it says %+v", len(list), bytes, facts)
	}
	return facts, list
}

// agrees compares the census of an export with what the reader made of it, file by file: it holds for every
// export of every test.
func agrees(t testing.TB, config json.RawMessage, r *result) {
	t.Helper()
	type place struct{ file, index string }
	elements, rejects := map[string]int64{}, map[string]int64{}
	seen := map[place]bool{}
	for _, x := range r.records {
		if src := *x.RawSource(); src != nil && (src.Index == "" || !seen[place{src.File, src.Index}]) {
			seen[place{src.File, src.Index}] = true
			elements[src.File]++
		}
	}
	for _, x := range r.rejects {
		elements[x.At.File]++
		rejects[x.At.File]++
	}
	facts, list := counted(t, config)
	if facts.Silent != "" {
		return
	}
	times := map[string]int{}
	for _, m := range list {
		if times[m.Path]++; times[m.Path] > 1 {
			m.Path = fmt.Sprintf("%s~%d", m.Path, times[m.Path])
		}
		switch {
		case m.Broken != "" && rejects[m.Path] == 0:
			t.Errorf("census: %s is broken (%s), and nothing of it was rejected", m.Path, m.Broken)
		case m.Broken == "" && m.Elements >= 0 && m.Elements != elements[m.Path]:
			t.Errorf("census: %s has %d elements, read %d of which %d rejected", m.Path, m.Elements, elements[m.Path], rejects[m.Path])
		case m.Elements < 0 && elements[m.Path] > rejects[m.Path]:
			t.Errorf("census: %s is %s (%s), read %d", m.Path, m.State, m.Rule, elements[m.Path])
		}
		delete(elements, m.Path)
	}
	for file, n := range elements {
		if n > rejects[file] && facts.Broken == "" {
			t.Errorf("census: %s is not there, read %d", file, n)
		}
	}
}
