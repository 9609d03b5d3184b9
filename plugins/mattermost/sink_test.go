package mattermost

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/projection"
)

// world is a small history and where it goes.
type world struct {
	t     *testing.T
	conf  config
	run   plugin.Run
	list  []*message.Record // projected
	lines []string
}

func newWorld(t *testing.T, conf config, records ...any) *world {
	t.Helper()
	var all []*message.Record
	for _, r := range records {
		all = append(all, message.Of(r))
	}
	list, err := projection.Project(keeps(), all)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	w := &world{t: t, conf: conf, list: list, run: plugin.Run{Dir: filepath.Join(root, "out"), Work: filepath.Join(root, "work"), Media: filepath.Join(root, "media"), Generation: 1}}
	for _, d := range []string{w.run.Dir, w.run.Work, w.run.Media} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// file puts bytes into the media store.
func (w *world) file(content string) string {
	sum := sha256.Sum256([]byte(content))
	sha := hex.EncodeToString(sum[:])
	path := plugin.MediaPath(w.run.Media, sha)
	os.MkdirAll(filepath.Dir(path), 0o700)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return sha
}

// deliver writes everything, messages one shard for each conversation, and validates what came out.
func (w *world) deliver() (rejected map[string]string, err error) {
	w.t.Helper()
	s := &sink{config: w.conf}
	if err := s.Open(w.t.Context(), w.run); err != nil {
		return nil, err
	}
	shards := [][]*message.Record{{}}
	for i, r := range w.list {
		if r.Type != message.TypeMessage {
			shards[0] = append(shards[0], r)
			continue
		}
		if i == 0 || w.list[i-1].Type != message.TypeMessage || w.list[i-1].Message.Conversation != r.Message.Conversation {
			shards = append(shards, nil)
		}
		shards[len(shards)-1] = append(shards[len(shards)-1], r)
	}
	rejected = map[string]string{}
	var receipts []plugin.ShardReceipt
	for i, list := range shards {
		sh := plugin.Shard{ID: fmt.Sprintf("s%d", i), Directory: i == 0}
		wr, err := s.Begin(w.t.Context(), sh)
		if err != nil {
			return nil, err
		}
		for _, r := range threads(list) {
			o, err := wr.Write(r)
			if err != nil {
				return nil, err
			}
			if o.Status == plugin.Rejected {
				rejected[r.Key()] = o.Reason
			}
		}
		rec, err := wr.Commit()
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, plugin.ShardReceipt{Shard: sh, Receipt: rec})
	}
	if err := s.Finish(w.t.Context(), receipts); err != nil {
		return nil, err
	}
	checkZip(w.t, s.name())
	w.lines = strings.Split(w.member(importName), "\n")
	w.compare(s, rejected)
	return rejected, nil
}

// threads brings messages into the order that the sink asks for.
func threads(list []*message.Record) []*message.Record {
	var out []*message.Record
	for _, r := range list {
		if r.Message == nil || r.Message.Thread == "" || r.Message.Thread == r.Key() {
			out = append(out, r)
		}
		for _, reply := range list {
			if reply.Message != nil && reply.Message.Thread == r.Key() && reply != r {
				out = append(out, reply)
			}
		}
	}
	return out
}

func (w *world) member(name string) string {
	w.t.Helper()
	z, err := zip.OpenReader((&sink{run: w.run}).name())
	if err != nil {
		w.t.Fatal(err)
	}
	defer z.Close()
	in, err := z.Open(name)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := io.ReadAll(in)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) compare(s *sink, rejected map[string]string) {
	w.t.Helper()
	var want, got []string
	for _, r := range w.list {
		if rejected[r.Key()] == "" {
			want = append(want, string(r.Append(nil)))
		}
	}
	err := s.ReadBack(w.t.Context(), func(r *message.Record) error {
		got = append(got, string(r.Append(nil)))
		return r.Check()
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	for i := range max(len(want), len(got)) {
		a, b := "", ""
		if i < len(want) {
			a = want[i]
		}
		if i < len(got) {
			b = got[i]
		}
		if a != b {
			w.t.Fatalf("went in   %.700s\ncame back %.700s", a, b)
		}
	}
}

// has wants a line with all these pieces.
func (w *world) has(pieces ...string) {
	w.t.Helper()
	if !slices.ContainsFunc(w.lines, func(l string) bool {
		return !slices.ContainsFunc(pieces, func(p string) bool { return !strings.Contains(l, p) })
	}) {
		w.t.Errorf("no line has %q", pieces)
	}
}

func key(parts ...string) string { return message.Key(append([]string{"slack", "T1"}, parts...)...) }

func person(id, kind, username string) *message.Person {
	return &message.Person{Key: key(id), ID: id, Kind: kind, Username: username, Name: username, Emails: []string{id + "@x.test"}}
}

func conversation(id, kind, name string, people ...string) *message.Conversation {
	c := &message.Conversation{Key: key(id), ID: id, System: "slack", Instance: "T1", Kind: kind, Name: name, Parent: key()}
	for _, p := range people {
		c.Participants = append(c.Participants, key(p))
	}
	return c
}

func workspace() *message.Conversation {
	return &message.Conversation{Key: key(), ID: "T1", System: "slack", Instance: "T1", Kind: "workspace", Name: "acme"}
}

func member(conv, id string) *message.Membership {
	return &message.Membership{Key: key(conv, "member", id), Conversation: key(conv), Person: key(id)}
}

func say(conv string, n int, author, text string) *message.Message {
	id := fmt.Sprintf("%d.%06d", 1554206400+n, n)
	return &message.Message{Key: key(conv, id), ID: id, Conversation: key(conv), Kind: "text", Author: author,
		Sent: message.Time{UTC: fmt.Sprintf("2019-04-02T12:%02d:%02d.%06dZ", n/60%60, n%60, n)}, Text: text}
}

func TestPeople(t *testing.T) {
	gone := person("U2", "human", "bob")
	gone.Deactivated, gone.Updated = true, &message.Time{UTC: "2020-05-01T00:00:00Z"}
	twin := person("U3", "human", "ada2")
	twin.Emails = []string{"U1@x.test"}
	w := newWorld(t, config{}, workspace(), conversation("C1", "public", "general"), conversation("C2", "private", "secret"),
		person("U1", "human", "ada"), member("C1", "U1"), gone, member("C1", "U2"), twin, member("C2", "U3"),
		person("U4", "guest", "visitor"), person("U5", "guest", "inside"), member("C1", "U5"), person("B1", "bot", "ci"), member("C1", "B1"),
		say("C1", 1, key("U9"), "by somebody in no list"), say("C1", 2, "", "by nobody"), say("C1", 3, key("B1"), "by a bot"))
	if _, err := w.deliver(); err != nil {
		t.Fatal(err)
	}
	w.has(`"username":"ada","email":"U1@x.test"`, `"channels":[{"name":"general","roles":"channel_user"},{"name":"secret"`)
	w.has(`"username":"bob"`, `"delete_at":1588291200000`)
	w.has(`"username":"visitor"`, `"roles":"system_user","delete_at":1`)
	w.has(`"username":"inside"`, `"roles":"system_guest"`, `"roles":"team_guest"`, `"roles":"channel_guest"`)
	w.has(`"username":"ci"`, `"nickname":"ci"`)
	w.has(`"username":"x-u9-`, `@chatferry.invalid`, `"delete_at":1`)
	w.has(`"username":"unknown-author"`, `"delete_at":1`)
	w.has(`"user":"unknown-author","message":"by nobody"`)
	if n := strings.Count(strings.Join(w.lines, "\n"), `"username":"ada"`); n != 1 {
		t.Errorf("the merged account has %d lines", n)
	}

	w = newWorld(t, config{BotOwner: "ada"}, workspace(), person("B1", "bot", "ci"), person("U1", "human", "ada"))
	if _, err := w.deliver(); err != nil {
		t.Fatal(err)
	}
	w.has(`{"type":"bot","bot":{"username":"ci","owner":"ada","display_name":"ci"}}`)
}

func TestConversations(t *testing.T) {
	var many []any
	var ids []string
	for i := range 9 {
		id := fmt.Sprintf("U%d", i)
		ids = append(ids, id)
		many = append(many, person(id, "human", "user"+fmt.Sprint(i)))
	}
	archived := conversation("C2", "public", "Old Stuff!")
	archived.Archived, archived.Topic, archived.Purpose = true, &message.Note{Text: strings.Repeat("é", 2000)}, &message.Note{Text: "p"}
	records := append([]any{workspace(), conversation("C1", "public", "general"), archived, conversation("D1", "direct", "", "U0", "U1"),
		conversation("D2", "direct", "", "U0"), conversation("G1", "group", "mpdm-a", ids[:8]...), conversation("G2", "group", "mpdm-b", ids...)}, many...)
	for i, c := range []string{"C1", "C2", "D1", "D2", "G1", "G2"} {
		records = append(records, say(c, i, key("U0"), "hello"))
	}
	w := newWorld(t, config{}, records...)
	if _, err := w.deliver(); err != nil {
		t.Fatal(err)
	}
	w.has(`{"type":"team","team":{"name":"acme","display_name":"acme","type":"I"`)
	w.has(`"name":"old-stuff","display_name":"Old Stuff!","type":"O"`, `"purpose":"p","deleted_at":1}`)
	w.has(`"direct_channel":{"members":["user0","user1"]}`)
	w.has(`"direct_channel":{"members":["user0","user0"]}`)
	w.has(`"direct_post":{"channel_members":["user0","user0"]`)
	w.has(`"name":"mpdm-b"`, `"type":"P"`)
	w.has(`"username":"user8"`, `{"name":"mpdm-b","roles":"channel_user"}`)
	order := []string{"version", "team", "channel", "user", "post", "direct_channel", "direct_post"}
	at := 0
	for _, l := range w.lines[:len(w.lines)-1] {
		for at < len(order) && !strings.HasPrefix(l, `{"type":"`+order[at]+`"`) {
			at++
		}
		if at == len(order) {
			t.Fatalf("out of order: %.60s", l)
		}
	}

	two := workspace()
	two.Key, two.ID, two.Name = message.Key("slack", "T2"), "T2", "other"
	clash := conversation("C9", "public", "general")
	clash.Parent = two.Key
	w = newWorld(t, config{Team: "all-in"}, workspace(), two, conversation("C1", "public", "general"), clash, say("C1", 1, "", "x"))
	var f *fault.Error
	if _, err := w.deliver(); !errors.As(err, &f) || f.Class != fault.Config {
		t.Errorf("two channels became one: %v", err)
	}
	w = newWorld(t, config{Team: "all-in", Display: "All"}, workspace(), two, conversation("C1", "public", "general"), say("C1", 1, "", "x"))
	if _, err := w.deliver(); err != nil {
		t.Fatal(err)
	}
	w.has(`"team":{"name":"all-in","display_name":"All"`)
}

func TestFilesAndPosts(t *testing.T) {
	w := newWorld(t, config{}, workspace(), conversation("C1", "public", "general"), person("U1", "human", "ada"))
	sha, other := w.file("hello"), w.file("other")
	m := say("C1", 1, key("U1"), "with files @all")
	m.Attachments = []message.Attachment{{ID: "F1", Name: "../../etc/pass\x00wd.txt", State: "present", SHA256: sha, Size: "5"}, {ID: "F2", Name: "gone", State: "missing", Reason: "404"}, {ID: "F3", Name: "", State: "present", SHA256: other}}
	m.Reactions = []message.Reaction{{Emoji: "+1::skin-tone-2", By: []string{key("U1"), key("U7")}}}
	m.Pins, m.Edited, m.ShownAs = []message.Pin{{By: key("U1")}}, &message.Edit{By: key("U1")}, &message.ShownAs{Name: "Jenkins"}
	again := say("C1", 2, key("U1"), "the same file in the same place")
	again.Attachments = []message.Attachment{{ID: "F1", Name: "../../etc/pass\x00wd.txt", State: "present", SHA256: sha}}
	join := say("C1", 3, key("U1"), "joined")
	join.Kind, join.Subtype = message.KindJoin, "channel_join"
	more := newWorld(t, config{}, workspace(), conversation("C1", "public", "general"), person("U1", "human", "ada"), m, again, join)
	more.run.Media = w.run.Media
	if _, err := more.deliver(); err != nil {
		t.Fatal(err)
	}
	more.has(`/_.._etc_pass_wd.txt"},{"path":"`, `"state":"missing"`, `"emoji_name":"+1_light_skin_tone"`, `"is_pinned":true`, `"edit_at":`, `"override_username":"Jenkins"`)
	more.has(`"type":"system_join_channel"`, `"message":"joined"`)
	more.has("`@all`")
}

func TestAThreadLongerThanALineGoesOnBelowItsRoot(t *testing.T) {
	root := say("C1", 0, key("U1"), "root")
	root.Thread = root.Key
	records := []any{workspace(), conversation("C1", "public", "general"), person("U1", "human", "ada"), root}
	for i := range 1200 {
		m := say("C1", i+1, key("U1"), strings.Repeat("x", 15_000))
		m.Thread = root.Key
		records = append(records, m)
	}
	records = append(records, say("C1", 2000, key("U1"), "after"))
	w := newWorld(t, config{}, records...)
	if _, err := w.deliver(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range w.lines {
		if strings.Contains(l, `"message":"root"`) {
			n++
		}
		if len(l) > maxLine {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
	if n != 2 {
		t.Errorf("the root stands in %d lines", n)
	}
}

func TestWhatNoLineCanHoldIsRejected(t *testing.T) {
	huge := say("C1", 1, key("U1"), "x")
	huge.Attachments = []message.Attachment{{State: "missing", Reason: strings.Repeat("r", maxProps)}}
	orphan := say("C9", 2, key("U1"), "x")
	w := newWorld(t, config{}, workspace(), conversation("C1", "public", "general"), person("U1", "human", "ada"), huge, orphan, say("C1", 3, key("U1"), "ok"))
	rejected, err := w.deliver()
	if err != nil || rejected[huge.Key] != "too_long" || rejected[orphan.Key] != "no_conversation" || len(rejected) != 2 {
		t.Error(rejected, err)
	}
}

func TestDamageIsFound(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"a byte":    func(b []byte) []byte { b[200] ^= 1; return b },
		"empty":     func([]byte) []byte { return nil },
	} {
		w := newWorld(t, config{}, workspace(), conversation("C1", "public", "general"), person("U1", "human", "ada"), say("C1", 1, key("U1"), strings.Repeat("hello world ", 500)))
		if _, err := w.deliver(); err != nil {
			t.Fatal(err)
		}
		s := &sink{run: w.run}
		b, _ := os.ReadFile(s.name())
		os.WriteFile(s.name(), damage(b), 0o600)
		if err := s.ReadBack(t.Context(), func(*message.Record) error { return nil }); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestFilesAreFoundMissing(t *testing.T) {
	m := say("C1", 1, key("U1"), "x")
	w := newWorld(t, config{}, workspace(), conversation("C1", "public", "general"), person("U1", "human", "ada"), m)
	s := &sink{run: w.run}
	m.Attachments = []message.Attachment{{State: "present", SHA256: strings.Repeat("ab", 32)}}
	w = newWorld(t, config{}, workspace(), conversation("C1", "public", "general"), person("U1", "human", "ada"), m)
	_, err := w.deliver()
	if fault.ClassOf(err) != fault.Storage {
		t.Errorf("a file that the store lacks: %v", err)
	}
	if _, err := os.Stat(s.name()); err == nil {
		t.Error("an unfinished archive has its final name")
	}
}
