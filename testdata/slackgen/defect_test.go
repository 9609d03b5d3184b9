package slackgen_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

// damaged is an export with one defect, opened.
type damaged struct {
	t     *testing.T
	name  string
	path  string
	truth *slackgen.Truth
	d     dump
}

// bad is the text of the defect's second day file: the damaged one.
func (x *damaged) bad() string { return string(x.d["defect-"+x.name+"/2023-01-06.json"]) }

func (x *damaged) holds(part string) bool { return strings.Contains(x.bad(), part) }

// records decodes the damaged file, which must be sound JSON.
func (x *damaged) records() []map[string]any {
	var list []map[string]any
	if err := json.Unmarshal([]byte(x.bad()), &list); err != nil {
		x.t.Errorf("%s: %v", x.name, err)
	}
	return list
}

func (x *damaged) open(name string) error {
	z, err := zip.OpenReader(x.path)
	if err != nil {
		return err
	}
	defer z.Close()
	f, err := z.Open(name)
	if err != nil {
		return err
	}
	_, err = io.ReadAll(f)
	return err
}

func tsIs(v any) func(x *damaged) bool {
	return func(x *damaged) bool {
		l := x.records()
		return len(l) == 3 && l[1]["ts"] == v
	}
}

func holds(parts ...string) func(x *damaged) bool {
	return func(x *damaged) bool {
		for _, p := range parts {
			if !x.holds(p) {
				return false
			}
		}
		return true
	}
}

func notJSON(x *damaged) bool { return len(x.bad()) > 0 && !json.Valid([]byte(x.bad())) }

func unreadable(x *damaged) bool {
	return x.open("defect-"+x.name+"/2023-01-06.json") != nil && x.open("channels.json") == nil
}

// proofs tell for each defect that the damage is done.
var proofs = map[string]func(x *damaged) bool{
	"zip-slip": func(x *damaged) bool {
		n := 0
		for _, name := range slackgen.SlipNames() {
			if _, ok := x.d[name]; ok {
				n++
			}
		}
		return n == len(slackgen.SlipNames())
	},
	"zip-symlink": func(x *damaged) bool {
		z, err := zip.OpenReader(x.path)
		if err != nil {
			return false
		}
		defer z.Close()
		for _, f := range z.File {
			if f.Mode()&os.ModeSymlink != 0 {
				return true
			}
		}
		return false
	},
	"zip-bomb": func(x *damaged) bool {
		info, err := os.Stat(x.path)
		return err == nil && int64(len(x.bad())) == 1<<24 && info.Size() < 1<<21
	},
	"lying-size": unreadable, "bad-checksum": unreadable,
	"encrypted-member": func(x *damaged) bool {
		z, err := zip.OpenReader(x.path)
		if err != nil {
			return false
		}
		defer z.Close()
		for _, f := range z.File {
			if f.Flags&1 == 1 {
				return true
			}
		}
		return false
	},
	"duplicate-members": func(x *damaged) bool {
		second := x.d["defect-duplicate-members/2023-01-06.json#2"]
		return len(second) > 0 && string(second) != x.bad()
	},
	"missing-users": func(x *damaged) bool {
		return x.d["users.json"] == nil && x.truth.People == 0 && len(x.truth.Unlisted) > 10
	},
	"missing-channels": func(x *damaged) bool { return x.d["channels.json"] == nil && x.truth.Room("general").ID == "" },
	"same-names":       func(x *damaged) bool { return bytes.Count(x.d["users.json"], []byte(`"name": "sam.same"`)) == 3 },
	"same-folder": func(x *damaged) bool {
		return bytes.Count(x.d["channels.json"], []byte(`"name": "defect-same-folder"`)) == 2
	},
	"not-json":       notJSON,
	"not-an-array":   func(x *damaged) bool { return strings.HasPrefix(x.bad(), "{") },
	"cut-record":     notJSON,
	"empty-file":     func(x *damaged) bool { b, ok := x.d["defect-empty-file/2023-01-06.json"]; return ok && len(b) == 0 },
	"empty-array":    func(x *damaged) bool { return x.bad() == "[]" },
	"bom":            func(x *damaged) bool { return strings.HasPrefix(x.bad(), "\ufeff[") },
	"utf-16":         func(x *damaged) bool { return strings.HasPrefix(x.bad(), "\xff\xfe[\x00") },
	"trailing-comma": func(x *damaged) bool { return notJSON(x) && strings.HasSuffix(x.bad(), ",\n]") },
	"concatenated-arrays": func(x *damaged) bool {
		dec := json.NewDecoder(strings.NewReader(x.bad()))
		var a, b []any
		return dec.Decode(&a) == nil && dec.Decode(&b) == nil && notJSON(x)
	},
	"bad-record":     notJSON,
	"not-an-object":  holds("\n42,", `"a string",`, "null,"),
	"bare-post":      holds("application/vnd.slack-docs"),
	"ts-empty":       tsIs(""),
	"ts-letters":     tsIs("yesterday"),
	"ts-negative":    tsIs("-12.000100"),
	"ts-missing":     tsIs(nil),
	"ts-huge":        tsIs("99999999999999999999.000100"),
	"ts-short-tail":  func(x *damaged) bool { s, _ := x.records()[1]["ts"].(string); return len(s) == 16 },
	"ts-no-fraction": func(x *damaged) bool { s, _ := x.records()[1]["ts"].(string); return len(s) == 10 },
	"deep-nesting":   func(x *damaged) bool { return strings.Contains(x.bad(), strings.Repeat("[", 100_000)) },
	"huge-string":    func(x *damaged) bool { return len(x.bad()) > 1<<22 && len(x.records()) == 3 },
	"many-reactions": func(x *damaged) bool { return strings.Count(x.bad(), `"U0`) > 300_000 && len(x.records()) == 3 },
	"invalid-utf8":   func(x *damaged) bool { return x.holds("caf\xe9") },
	"lone-surrogates": func(x *damaged) bool {
		s, _ := x.records()[1]["text"].(string)
		return strings.Count(s, "\ufffd") == 3
	},
	"control-characters": holds(`\u0000`, `\u001b`, `\u202e`),
	"hostile-text":       holds(`<script>`, `=HYPERLINK`, `..\/..\/`),
	"duplicate-keys":     holds(`"text": "one", "text": "two"`),
	"duplicate-same": func(x *damaged) bool {
		l := x.records()
		return l[1]["ts"] == l[2]["ts"] && l[1]["text"] == l[2]["text"] && x.truth.Duplicates == 1 && x.truth.Conflicts == 0
	},
	"duplicate-different": func(x *damaged) bool {
		l := x.records()
		return l[1]["ts"] == l[2]["ts"] && l[1]["text"] != l[2]["text"] && x.truth.Conflicts == 1
	},
	"unknown-subtype": func(x *damaged) bool {
		return x.truth.BySubtype["quantum_wave"] == 1 && x.truth.ByKind["unknown"] == 4 && len(x.records()) == 6
	},
	"unknown-fields": func(x *damaged) bool { l := x.records(); return l[1]["x_nested"] != nil && l[1][""] == "empty name" },
	"null-fields":    func(x *damaged) bool { l := x.records(); v, ok := l[1]["user"]; return ok && v == nil },
	"reply-count-lies": func(x *damaged) bool {
		l := x.records()
		return l[1]["reply_count"] == 9.0 && l[2]["thread_ts"] == l[1]["ts"]
	},
	"dangling": func(x *damaged) bool {
		return x.holds("U0GHOST001") && x.records()[2]["thread_ts"] == "1500000000.999999"
	},
	"thread-cycle": func(x *damaged) bool {
		l := x.records()
		return l[1]["thread_ts"] == l[2]["ts"] && l[2]["thread_ts"] == l[1]["ts"]
	},
	"missing-day": func(x *damaged) bool {
		room := x.d["defect-missing-day/2023-01-21.json"]
		return room != nil && x.d["defect-missing-day/2023-01-22.json"] == nil && x.d["defect-missing-day/2023-01-23.json"] != nil
	},
	"silent-weeks": func(x *damaged) bool {
		before, within, after := false, false, false // 60 days from 2 January, silent from day 30 on
		for name := range x.d {
			day := strings.TrimSuffix(filepath.Base(name), ".json")
			before = before || day > "2023-01-20" && day < "2023-02-01"
			within = within || day >= "2023-02-01" && day < "2023-02-22"
			after = after || day >= "2023-02-22" && day < "2023-03-05"
		}
		return before && !within && after
	},
	"retention-90": func(x *damaged) bool {
		return x.truth.First >= "1677715200" && x.truth.Messages < 400 && x.truth.Messages > 100
	},
	"capped":       func(x *damaged) bool { return x.truth.Room("defect-capped").Messages == 1000 },
	"clock-epoch":  holds(`"0.000100"`, `"1.000200"`),
	"clock-future": holds(`"4102444800.000100"`),
	"clock-minutes": func(x *damaged) bool {
		for _, r := range x.records() {
			ts, _ := r["ts"].(string)
			if sec, err := strconv.ParseInt(strings.Split(ts, ".")[0], 10, 64); err != nil || sec%60 != 0 {
				return false
			}
		}
		return len(x.records()) == 30
	},
	"orphan-thread": func(x *damaged) bool {
		l := x.records()
		return l[1]["thread_ts"] == l[2]["thread_ts"] && l[1]["thread_ts"] != l[3]["thread_ts"] && x.truth.OrphanReply >= 3
	},
}

func TestEachDefectDoesItsDamage(t *testing.T) {
	for _, d := range slackgen.Defects() {
		if d.Name == "truncated-zip" {
			continue // has its own test
		}
		proof := proofs[d.Name]
		if proof == nil {
			t.Errorf("%s: no proof that it does anything", d.Name)
			continue
		}
		switch d.Name {
		case "huge-string":
			d.Size = 1 << 22
		case "zip-bomb":
			d.Size = 1 << 24
		}
		c := preset(t, "full")
		c.Messages, c.PerMessageTruth, c.Defects = 400, true, []slackgen.Defect{d}
		if d.Name == "retention-90" {
			c.Days = 150
		}
		x := &damaged{t: t, name: d.Name}
		x.path, x.truth = generate(t, c)
		x.d = readDump(t, x.path, "")
		if !proof(x) {
			t.Errorf("%s: the damage is not there: %.300q", d.Name, x.bad())
		}
		if sum := x.truth.Messages + x.truth.Revisions + x.truth.Duplicates + inArrays(x.truth); sum != x.truth.Records {
			t.Errorf("%s: %d records, but the parts make %d", d.Name, x.truth.Records, sum)
		}
		if !d.Whole {
			soundBeside(t, x)
		}
	}
}

// inArrays are the rejects that Records counts.
func inArrays(t *slackgen.Truth) int {
	n := 0
	for _, r := range t.Rejects {
		if r.Index >= 0 && !r.Optional {
			n++
		}
	}
	return n
}

// soundBeside checks that the damage stays where it is: all other files give the truth's log.
func soundBeside(t *testing.T, x *damaged) {
	t.Helper()
	if x.name == "missing-users" || x.name == "missing-channels" || x.name == "same-names" {
		return // these change the lists, and have their own recount
	}
	room := x.truth.Room("defect-" + x.name)
	if room == nil || room.ID == "" {
		t.Errorf("%s: no conversation is listed for it", x.name)
		return
	}
	good := 0
	for _, m := range x.truth.Log {
		if m.Folder == room.Folder {
			good++
		}
	}
	if good != room.Messages || good < 2 {
		t.Errorf("%s: %d good records in the log, %d counted", x.name, good, room.Messages)
	}
	var day []record
	parse(t, "the day before", x.d[room.Folder+"/2023-01-05.json"], &day)
	if len(day) != 2 {
		t.Errorf("%s: the day before has %d records", x.name, len(day))
	}
}

func TestTruncatedZipCannotBeOpened(t *testing.T) {
	c := preset(t, "full")
	c.Defects = []slackgen.Defect{{Name: "truncated-zip"}}
	path, _ := generate(t, c)
	if z, err := zip.OpenReader(path); err == nil {
		z.Close()
		t.Error("the truncated zip opens")
	}
}

func TestDefectsCombine(t *testing.T) {
	for _, dir := range []bool{false, true} {
		c := preset(t, "full")
		c.Dir, c.PerMessageTruth = dir, true
		for _, d := range slackgen.Defects() {
			if d.Name == "truncated-zip" || d.Whole || dir && d.Zip || strings.HasPrefix(d.Name, "missing") {
				continue
			}
			d.Size = min(d.Size, 1<<16)
			c.Defects = append(c.Defects, d)
		}
		path := filepath.Join(t.TempDir(), "export")
		truth, err := slackgen.Generate(path, c)
		if err != nil {
			t.Fatal(err)
		}
		d := readDump(t, path, "")
		plain := preset(t, "full")
		plain.PerMessageTruth = true
		_, want := generate(t, plain)
		for _, name := range slackgen.SlipNames() {
			delete(d, name) // some look like day files
		}
		r := newRecount(t, d)
		if r.Records != want.Records || r.Messages != want.Messages {
			t.Errorf("beside the damage stand %d records, not %d", r.Records, want.Records)
		}
		if sum := truth.Messages + truth.Revisions + truth.Duplicates + inArrays(truth); sum != truth.Records {
			t.Errorf("%d records, but the parts make %d", truth.Records, sum)
		}
	}
}
