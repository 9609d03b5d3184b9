package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/schema"
)

// readAll reads the whole archive as a source, checks that no conversation is in two shards and that no
// key comes twice, and gives the lines by key.
func readAll(t *testing.T, r *rig) map[string]string {
	t.Helper()
	src := r.source()
	lines, shardOf := map[string]string{}, map[string]string{}
	history := false
	ids := map[string]bool{}
	for _, sh := range discover(t, src) {
		if ids[sh.ID] {
			t.Fatalf("shard %s comes twice", sh.ID)
		}
		ids[sh.ID] = true
		if sh.Directory && history {
			t.Errorf("directory %s comes after messages", sh.ID)
		}
		history = history || !sh.Directory
		g, err := readShard(t, src, sh, nil)
		if err != nil || len(g.rejects) > 0 {
			t.Fatal(sh.ID, err, g.rejects)
		}
		if sh.Records >= 0 && sh.Records != int64(len(g.lines)) {
			t.Errorf("shard %s says %d records and gives %d", sh.ID, sh.Records, len(g.lines))
		}
		if i := len(g.lines) / 2; i > 0 {
			rest, err := readShard(t, src, sh, plugin.Cursor(fmt.Sprint(i)))
			if err != nil || len(rest.lines) != len(g.lines)-i || i < len(g.lines) && rest.lines[0] != g.lines[i] {
				t.Errorf("shard %s does not go on at %d: %v", sh.ID, i, err)
			}
		}
		for _, line := range g.lines {
			rec, err := message.Decode(line)
			if err != nil {
				t.Fatal(err)
			}
			if _, twice := lines[rec.Key()]; twice {
				t.Errorf("%s comes twice", rec.Key())
			}
			lines[rec.Key()] = line
			if c := rec.ConversationKey(); !sh.Directory && c != "" {
				if shardOf[c] != "" && shardOf[c] != sh.ID {
					t.Errorf("conversation %q is in %s and in %s", c, shardOf[c], sh.ID)
				}
				shardOf[c] = sh.ID
			}
		}
	}
	return lines
}

func sameState(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for k, line := range want {
		if got[k] != line {
			t.Errorf("%s: %s:\n got %s\nwant %s", what, k, got[k], line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d keys, want %d", what, len(got), len(want))
	}
}

// TestGenerationsGiveEachKeyOnceAndNewest delivers random changes, cut into shards differently each
// time, and compares what the archive says with a map.
func TestGenerationsGiveEachKeyOnceAndNewest(t *testing.T) {
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			r := newRig(t)
			state := map[string]string{}
			for g := range 2 + rnd.Intn(3) {
				loads := randomDelivery(rnd, g)
				for _, line := range linesOf(loads) {
					state[message.KeyOf(line)] = line
				}
				before := tree(t, r.dir)
				r.deliver(loads)
				after := tree(t, r.dir)
				for name, content := range before {
					if strings.HasPrefix(name, recordsDir) && after[name] != content {
						t.Errorf("%s of an earlier generation has changed", name)
					}
				}
				sameState(t, "source", readAll(t, r), state)
				back, err := r.readBack()
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{}
				for _, line := range back {
					got[message.KeyOf(line)] = line
				}
				if len(back) != len(got) {
					t.Error("the read-back gives a key twice")
				}
				sameState(t, "read-back", got, state)
			}
			sha256sum(t, r.dir)
		})
	}
}

func randomDelivery(rnd *rand.Rand, g int) []load {
	var loads []load
	if rnd.Intn(3) > 0 || g == 0 {
		d := load{Shard: plugin.Shard{ID: "directory", Directory: true}}
		for i := range 5 {
			if g == 0 || rnd.Intn(2) == 0 {
				d.records = append(d.records, person(fmt.Sprint("U", i), fmt.Sprint("name ", g)))
			}
		}
		loads = append(loads, d)
	}
	shards := 1 + rnd.Intn(5)
	for s := range shards {
		loads = append(loads, load{Shard: plugin.Shard{ID: fmt.Sprintf("%04d", s)}})
	}
	conversations := rnd.Perm(12)[:1+rnd.Intn(12)]
	sort.Ints(conversations)
	for i, c := range conversations {
		l := &loads[len(loads)-shards+i*shards/len(conversations)]
		for n := range 30 {
			if rnd.Intn(1+g*3) == 0 {
				l.records = append(l.records, msg(fmt.Sprint("C", c), n, fmt.Sprint("generation ", g)))
			}
		}
	}
	for i := range rnd.Intn(4) {
		l := &loads[len(loads)-1-rnd.Intn(shards)]
		l.records = append(l.records, message.Of(&message.Analysis{Key: fmt.Sprint("analysis:", i), Of: []string{"slack:T1:C1:1"}, Kind: "summary", Result: fmt.Sprint(g)}))
	}
	return append(loads, load{plugin.Shard{ID: "late", Directory: true}, []*message.Record{person(fmt.Sprint("B", rnd.Intn(3)), fmt.Sprint("bot ", g))}})
}

func TestALaterGenerationMayBeInterruptedAnywhere(t *testing.T) {
	second := func(r *rig) []load {
		return []load{{plugin.Shard{ID: "0001"}, []*message.Record{r.attach(msg("C1", 3, "edited"), "new picture"), msg("C7", 1, "new place")}}, {plugin.Shard{ID: "0002"}, nil}}
	}
	want := newRig(t)
	want.deliver(want.sample())
	want.deliver(second(want))
	for _, leave := range []bool{true, false} {
		r := newRig(t)
		r.deliver(r.sample())
		s := r.sink(true)
		var receipts []plugin.ShardReceipt
		for _, l := range second(r) {
			receipts = append(receipts, r.commit(s, l))
		}
		for n := 0; ; n++ {
			if err := s.Finish(&countdown{context.Background(), n}, receipts); err == nil {
				break
			}
			if leave { // what an interrupted Finish of other parts might have left
				stray := filepath.Join(r.dir, recordsDir, "0002", "9999.0001.ndjson.zst")
				if err := os.MkdirAll(filepath.Dir(stray), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(stray, []byte("x"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := s.Finish(context.Background(), receipts); err != nil {
			t.Fatal(err)
		}
		sameTree(t, tree(t, r.dir), tree(t, want.dir))
	}
}

func TestALaterGenerationNeedsTheEarlierOnes(t *testing.T) {
	r := newRig(t)
	r.generation = 2
	s := r.sink(true)
	if err := s.Finish(context.Background(), []plugin.ShardReceipt{r.commit(s, r.sample()[0])}); fault.ClassOf(err) != fault.Corrupt || fault.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	r = newRig(t)
	r.deliver(r.sample())
	r.deliver(r.sample())
	r.generation = 1
	s = r.sink(true)
	if err := s.Finish(context.Background(), []plugin.ShardReceipt{r.commit(s, r.sample()[0])}); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
}

func TestAHostileHeaderIsRefused(t *testing.T) {
	r := newRig(t)
	r.deliver(r.sample())
	path := filepath.Join(r.dir, headerName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config, _ := json.Marshal(map[string]string{"path": r.dir})
	for what, change := range map[string][2]string{
		"path outside":     {`"path":"records/0001/0001.0001`, `"path":"../../../etc/0001.0001`},
		"path inside":      {`"path":"records/0001/0001.0001`, `"path":"records/0001/0002.0001`},
		"index outside":    {`"path":"index/0001/0001.ndjson"`, `"path":"/etc/passwd"`},
		"id with a slash":  {`"id":"0003"`, `"id":"../0003"`},
		"id twice":         {`"id":"0003"`, `"id":"0001"`},
		"negative count":   {`"records":700,`, `"records":-1,`},
		"other count":      {`"records":700,`, `"records":701,`},
		"digest":           {`"sha256":"`, `"sha256":"/`},
		"generation":       {`"number":1`, `"number":2`},
		"format version":   {`"format_version":1`, `"format_version":2`},
		"schema version":   {schema.Base, "https://chatferry.org/schema/v9/"},
		"format":           {formatName, "chatferry-archiv2"},
		"cut":              {"]}\n", ""},
		"number as string": {`"number":1`, `"number":"1"`},
	} {
		b := strings.Replace(string(good), change[0], change[1], 1)
		if b == string(good) {
			t.Fatalf("%s: nothing to change", what)
		}
		if err := os.WriteFile(path, []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Plugin().Source.Open(context.Background(), config); err == nil {
			t.Errorf("%s: opened", what)
		} else if c := fault.ClassOf(err); c != fault.Corrupt && c != fault.Config || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", path); err != nil {
		t.Fatal(err)
	}
	if _, err := Plugin().Source.Open(context.Background(), config); err == nil {
		t.Error("a link out of the archive is followed")
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(headerStart + `"format_version":1,"schema":"https://chatferry.org/schema/v1/","generations":[{"number":1,"records":{},"shards":[]}]}`))
	f.Add([]byte(headerStart + `"format_version":1,"schema":"https://chatferry.org/schema/v1/","generations":[{"number":1,"shards":[` +
		`{"id":"a","records":{"emoji":1},"segments":[{"path":"records/0001/a.0001.ndjson.zst","sha256":"` + strings.Repeat("0", 64) + `","records":1}]}]}]}`))
	f.Add([]byte(`{"format":"chatferry-archive"}`))
	f.Add([]byte(strings.Repeat("[", 100000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeader(b)
		if err != nil {
			return
		}
		for _, g := range h.Generations {
			for _, s := range g.Shards {
				for _, seg := range s.Segments {
					if !filepath.IsLocal(seg.Path) || !strings.HasPrefix(seg.Path, "records/") || strings.Contains(seg.Path, "..") && !strings.Contains(s.ID, "..") {
						t.Fatalf("path %q is taken", seg.Path)
					}
				}
			}
		}
		var again strings.Builder
		if err := h.writeTo(&again); err != nil {
			t.Fatal(err)
		}
		if _, err := parseHeader([]byte(again.String())); err != nil {
			t.Fatalf("own header is refused: %v", err)
		}
	})
}
