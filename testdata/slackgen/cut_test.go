package slackgen_test

import (
	"encoding/json"
	"path"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

var token = regexp.MustCompile(`xoxe-[0-9a-f]+`)

// rawRecords are all records by key, each as it stands in the dump.
func rawRecords(t *testing.T, d dump, truth *slackgen.Truth) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, data := range d {
		if !dayFile.MatchString("/" + name) {
			continue
		}
		var list []json.RawMessage
		parse(t, name, data, &list)
		room := truth.Room(path.Dir(name))
		key := room.ID
		if key == "" {
			key = room.Folder
		}
		for _, raw := range list {
			var m record
			parse(t, name, raw, &m)
			all[key+":"+m.TS] = string(raw)
		}
	}
	return all
}

func TestNewerExportExtendsTheOlder(t *testing.T) {
	for _, name := range []string{"full", "uploads", "grid"} {
		c := preset(t, name)
		c.PerMessageTruth, c.Messages = true, 2000
		c.Cut = 0.7
		olderPath, olderTruth := generate(t, c)
		c.Cut, c.Older = 1, 0.7
		newerPath, newerTruth := generate(t, c)
		older := rawRecords(t, readDump(t, olderPath, c.Wrap), olderTruth)
		newer := rawRecords(t, readDump(t, newerPath, c.Wrap), newerTruth)

		var fresh, changed []string
		for key, raw := range newer {
			was, ok := older[key]
			switch {
			case !ok:
				fresh = append(fresh, key)
			case was != raw && token.ReplaceAllString(was, "") != token.ReplaceAllString(raw, ""):
				changed = append(changed, key)
			}
		}
		for key := range older {
			if _, ok := newer[key]; !ok {
				t.Errorf("%s: %s is gone from the newer export", name, key)
			}
		}
		d := newerTruth.Delta
		same(t, name+": new", d.NewKeys, fresh)
		same(t, name+": changed", d.Keys, changed)
		if d.New != len(fresh) || d.Changed != len(changed) {
			t.Errorf("%s: counts %d and %d, found %d and %d", name, d.New, d.Changed, len(fresh), len(changed))
		}
		for why, list := range map[string][]string{"edited": d.Edited, "reacted": d.Reacted, "replied": d.Replied} {
			if len(list) == 0 {
				t.Errorf("%s: nothing old was %s", name, why)
			}
		}
		prefix(t, name, older, newer)
	}
}

// prefix tells whether no new record is earlier than an old one, over the whole dump.
func prefix(t *testing.T, name string, older, newer map[string]string) {
	t.Helper()
	last := ""
	for key := range older {
		last = max(last, key[strings.LastIndexByte(key, ':')+1:])
	}
	for key := range newer {
		if _, ok := older[key]; !ok && key[strings.LastIndexByte(key, ':')+1:] <= last {
			t.Errorf("%s: %s is new but not later than %s", name, key, last)
		}
	}
}

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	sort.Strings(want)
	sort.Strings(got)
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s: the truth has %d keys, the dumps differ in %d", what, len(want), len(got))
	}
}

func TestTokensDifferBetweenExports(t *testing.T) {
	c := preset(t, "full")
	c.Cut = 0.7
	a, _ := generate(t, c)
	c.Cut = 1
	b, _ := generate(t, c)
	find := func(path string) string {
		for _, data := range readDump(t, path, "") {
			if m := token.Find(data); m != nil {
				return string(m)
			}
		}
		t.Fatal("no token")
		return ""
	}
	if find(a) == find(b) {
		t.Error("both exports have one token")
	}
}

func TestDirectoryGrowsWithTheHistory(t *testing.T) {
	c := preset(t, "full")
	c.Cut = 0.7
	_, older := generate(t, c)
	c.Cut = 1
	_, newer := generate(t, c)
	if newer.People <= older.People || len(newer.Rooms) <= len(older.Rooms) {
		t.Errorf("people %d → %d, conversations %d → %d", older.People, newer.People, len(older.Rooms), len(newer.Rooms))
	}
	if older.Room("timetable-old") == nil || newer.Room("timetable-old") != nil {
		t.Error("no channel was renamed between the exports")
	}
}
