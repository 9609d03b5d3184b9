package rsmf

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const settings = `{"version":"2.0","zone":"UTC","language":"en","addresses":"invalid","max_events":10000,"max_mb":2000}`

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "zone": "Asia/Shanghai", "version": "1.0"}})
}

func TestEveryFileIsProved(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	for i := range chapters {
		for _, r := range chapters[i].Records {
			if r.Message != nil && len(r.Message.Text) > 10000 { // it takes time and shows nothing
				r.Message.Text = r.Message.Text[:99]
			}
		}
	}
	ferrytest.FinishedEdition(t, Plugin(), settings, media, chapters).EveryFileIsProved()
}

// TestEveryRecordIsOneEvent counts the events of all slices against the records, in both versions, as they are and
// with hostile words in every field.
func TestEveryRecordIsOneEvent(t *testing.T) {
	for _, poison := range []string{"", "\r\nX-RSMF-Version: 9\r\n\r\n--=_0\r\n\"},{\"type\":\"message\u2028\x00\x1b[2J\u202e =?utf-8?q?=0aBcc=3a_x?=, </script>"} {
		for _, version := range []string{"2.0", "1.0"} {
			media := t.TempDir()
			chapters := ferrytest.Corpus(t, media)
			if poison != "" {
				ferrytest.Poison(chapters, poison)
			}
			want, analyses := map[string]*message.Record{}, 0
			for _, ch := range chapters {
				for _, r := range ch.Records {
					if r.Analysis != nil {
						analyses++
					} else if !r.Directory() {
						want[r.Key()] = r
					}
				}
			}
			total, files := 0, 0
			for _, s := range sheets(t, ferrytest.FinishedEdition(t, Plugin(), strings.Replace(settings, "2.0", version, 1), media, chapters)) {
				own := 0
				for i := range s.manifest.Events {
					v := &s.manifest.Events[i]
					if v.pair("Context")+v.pair("Same event")+v.pair("Told by") != "" {
						continue
					}
					own++
					r := want[v.ID]
					if r == nil {
						t.Errorf("%s: no record %s, or twice", s.name, v.ID)
						continue
					}
					delete(want, v.ID)
					files += len(v.Attachments)
					if r.Message != nil && poison == "" {
						compare(t, version, v, r.Message)
					}
				}
				if got := s.header.Get("X-RSMF-RecordCount"); version == "2.0" && got != strconv.Itoa(own) {
					t.Errorf("%s: %s records, not %d", s.name, got, own)
				}
				total += own
			}
			if len(want) > 0 || total < 60 || analyses != 1 || files != 5 {
				t.Errorf("%d records are in no slice, %d are; %d files", len(want), total, files)
			}
		}
	}
}

// compare says what of a message must be in its event.
func compare(t *testing.T, version string, v *event, m *message.Message) {
	t.Helper()
	if len(v.Reactions) != len(m.Reactions) || v.Deleted != (m.Deleted != nil || m.Kind == "tombstone") || v.Timestamp != m.Sent.UTC {
		t.Errorf("%s: %+v", v.ID, v)
	}
	if plain := strings.TrimRight(m.Text, "\n"); len(m.Rich) == 0 && m.Event == nil && v.Body != plain && !strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x2028 }) {
		t.Errorf("%s says %q, not %q", v.ID, v.Body, plain)
	}
	if version != "2.0" {
		if len(m.Revisions) > 0 && !strings.Contains(fmt.Sprint(v.Custom), "first version") {
			t.Errorf("%s has lost its earlier texts: %v", v.ID, v.Custom)
		}
		return
	}
	if len(v.Receipts) != len(m.Receipts) || len(v.Edits) != len(m.Revisions) {
		t.Errorf("%s: %+v", v.ID, v)
	}
	for i, e := range v.Edits {
		if *e.Previous != m.Revisions[i].Previous.Text || i+1 == len(v.Edits) && *e.New != m.Text {
			t.Errorf("%s: edit %d: %q to %q", v.ID, i, *e.Previous, *e.New)
		}
	}
}

func said(id, when, thread string) *message.Message {
	m := &message.Message{Key: "acme:a:c:" + id, ID: id, Conversation: "acme:a:c", Kind: "text", Author: "acme:a:ada", Sent: message.Time{UTC: when}, Text: "text of " + id}
	if thread != "" {
		m.Thread = "acme:a:c:" + thread
	}
	return m
}

func slicesOf(t *testing.T, config, media string, list ...any) []*sheet {
	t.Helper()
	directory, talk := ferrytest.Chapter{}, ferrytest.Chapter{}
	directory.Shard.ID, directory.Shard.Directory, talk.Shard.ID = "d", true, "c"
	for _, x := range list {
		if r := message.Of(x); r.Directory() {
			directory.Records = append(directory.Records, r)
		} else {
			talk.Records = append(talk.Records, r)
		}
	}
	return sheets(t, ferrytest.FinishedEdition(t, Plugin(), config, media, []ferrytest.Chapter{directory, talk}))
}

func (s *sheet) ids() (list []string) {
	for _, v := range s.manifest.Events {
		list = append(list, strings.TrimPrefix(v.ID, "acme:a:c:"))
	}
	return list
}

// TestDaysAndThreads: a slice is a day of the zone, and a reply of another day has its first message with it, marked
// and counted apart, once.
func TestDaysAndThreads(t *testing.T) {
	list := slicesOf(t, strings.Replace(settings, `"UTC"`, `"Asia/Shanghai"`, 1), t.TempDir(),
		said("1", "2024-07-01T15:00:00Z", "1"), said("2", "2024-07-01T15:59:59Z", "1"), said("3", "2024-07-01T16:00:00Z", "1"), said("4", "2024-07-01T17:00:00Z", "1"), said("5", "2024-07-01T18:00:00Z", "elsewhere"))
	if len(list) != 2 || !strings.HasSuffix(list[0].name, "/2024-07-01.rsmf") || !strings.HasSuffix(list[1].name, "/2024-07-02.rsmf") {
		t.Fatalf("%d slices", len(list))
	}
	if got := list[0].ids(); !slices.Equal(got, []string{"1", "2"}) || list[0].manifest.Events[1].Parent != "acme:a:c:1" {
		t.Error(got)
	}
	two := list[1]
	if got := two.ids(); !slices.Equal(got, []string{"1", "3", "4", "5"}) || len(two.having("Context")) != 1 || two.header.Get("X-RSMF-ContextCount") != "1" || two.header.Get("X-RSMF-RecordCount") != "3" {
		t.Error(got, two.header)
	}
	if e := two.manifest.Events; e[1].Parent != e[0].ID || e[3].Parent != "" || e[3].pair("Thread") == "" {
		t.Errorf("%+v", e)
	}
	if strings.Count(list[0].text, "text of") != 2 || strings.Count(two.text, "text of") != 3 || !strings.Contains(two.text, "in reply to ada, 2024-07-01 23:00:00 UTC+08:00") {
		t.Error(two.text)
	}
}

// TestLimits: a day is continued in another slice, by events and by text.
func TestLimits(t *testing.T) {
	var list []any
	for i := range 25 {
		list = append(list, said(fmt.Sprintf("%02d", i), fmt.Sprintf("2024-07-01T15:00:%02dZ", i), "00"))
	}
	got := slicesOf(t, strings.Replace(settings, "10000", "10", 1), t.TempDir(), list...)
	slices.SortFunc(got, func(a, b *sheet) int {
		return strings.Compare(a.header.Get("X-RSMF-EndDate"), b.header.Get("X-RSMF-EndDate"))
	})
	var counts []int
	for _, s := range got {
		counts = append(counts, len(s.manifest.Events))
	}
	if !slices.Equal(counts, []int{10, 10, 7}) || !strings.HasSuffix(got[2].name, "2024-07-01-3.rsmf") { // of the last two, one is the context
		t.Errorf("%v, %s", counts, got[2].name)
	}
	other := []any{said("a", "2024-07-01T10:00:00Z", "a"), said("b", "2024-07-01T10:00:01Z", "b"), said("c", "2024-07-01T10:00:02Z", "")}
	for i := range 9 { // replies to two threads in turn, which are repeated for them
		other = append(other, said(fmt.Sprint(i), fmt.Sprintf("2024-07-01T11:00:0%dZ", i), string("ab"[i%2])))
	}
	for _, s := range slicesOf(t, strings.Replace(settings, "10000", "3", 1), t.TempDir(), other...) {
		if len(s.manifest.Events) > 3 {
			t.Errorf("%s has %d events", s.name, len(s.manifest.Events))
		}
	}
	for _, x := range list {
		x.(*message.Message).Text = strings.Repeat("long ", 100000)
	}
	if got := slicesOf(t, settings, t.TempDir(), list...); len(got) < 4 || len(got) > 7 {
		t.Errorf("%d slices of long texts", len(got))
	}
}

// TestAFileThatIsTooLargeStaysOutside: and its event says so.
func TestAFileThatIsTooLargeStaysOutside(t *testing.T) {
	media := t.TempDir()
	files := ferrytest.Corpus(t, media)
	var one *message.Message
	for _, r := range files[3].Records {
		if r.Message != nil && len(r.Message.Attachments) > 5 {
			one = r.Message
		}
	}
	one.Conversation, one.Author = "acme:a:c", "acme:a:ada"
	if err := os.Truncate(plugin.MediaPath(media, one.Attachments[1].SHA256), 30<<20); err != nil {
		t.Fatal(err)
	}
	list := slicesOf(t, strings.Replace(settings, "2000", "32", 1), media, one)
	v := list[0].manifest.Events[0]
	if len(v.Attachments) != 4 || !strings.Contains(fmt.Sprint(v.Custom), "too large") || !strings.Contains(list[0].text, "too large") || len(list[0].raw) > 1<<20 {
		t.Errorf("%+v", v)
	}
	if list = slicesOf(t, settings, media, one); len(list[0].manifest.Events[0].Attachments) != 5 || len(list[0].raw) < 40<<20 {
		t.Errorf("%+v", list[0].manifest.Events[0])
	}
}

// TestMembers: who was there at the beginning, who came and went, and that nothing is told twice.
func TestMembers(t *testing.T) {
	member := func(who, joined, left string) *message.Membership {
		m := &message.Membership{Key: "acme:a:c:m:" + who, Conversation: "acme:a:c", Person: "acme:a:" + who}
		if joined != "" {
			m.Joined = &message.Time{UTC: joined}
		}
		if left != "" {
			m.Left = &message.Time{UTC: left}
		}
		return m
	}
	join := said("2", "2024-07-01T12:00:00Z", "")
	join.Kind, join.Event = "join", &message.Event{Action: "join", Actor: "acme:a:ada", Targets: []string{"acme:a:bob", "acme:a:eve"}}
	list := slicesOf(t, settings, t.TempDir(), &message.Conversation{Key: "acme:a:c", ID: "c", System: "acme", Kind: "public"},
		member("ada", "", ""), member("bob", "2024-07-01T12:00:00Z", ""), member("cid", "2024-07-01T13:00:00Z", "2024-07-02T09:00:00Z"), member("old", "", "2020-01-01T00:00:00Z"), member("eve", "", ""),
		said("1", "2024-07-01T11:00:00Z", ""), join, said("3", "2024-07-01T15:00:00Z", ""), said("4", "2024-07-03T15:00:00Z", ""))
	if len(list) != 4 { // 2020 and 2 July have a leave only
		t.Fatalf("%d slices", len(list))
	}
	var moves [][]string
	for _, s := range list {
		var m []string
		for _, v := range s.manifest.Events {
			if v.Type != "message" {
				m = append(m, v.Type+" "+v.Participant[7:]+" "+v.pair("Told by")+v.pair("Same event"))
			}
		}
		moves = append(moves, m)
	}
	want := [][]string{{"leave old the list of members"}, {"join bob ", "join eve acme:a:c:2", "join cid the list of members"}, {"leave cid the list of members"}, nil}
	if fmt.Sprint(moves) != fmt.Sprint(want) {
		t.Errorf("%v", moves)
	}
	if got := list[1].manifest.Conversations[0].Participants; !slices.Equal(got, []string{"acme:a:ada"}) {
		t.Errorf("at the beginning: %v", got)
	}
	if got := list[2].manifest.Conversations[0].Participants; !slices.Equal(got, []string{"acme:a:ada", "acme:a:bob", "acme:a:eve", "acme:a:cid"}) {
		t.Errorf("on the last day of one: %v", got)
	}
	if got := list[3].manifest.Conversations[0].Participants; !slices.Equal(got, []string{"acme:a:ada", "acme:a:bob", "acme:a:eve"}) {
		t.Errorf("at the end: %v", got)
	}
}
