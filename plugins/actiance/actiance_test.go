package actiance

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

const settings = `{"zone":"UTC","language":"en","addresses":"history","window":"day","members":"all","times":"ms","package":"folder","max_mb":32}`

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "zone": "Asia/Shanghai", "package": "zip", "times": "s", "window": "month"}})
}

// corpus is the kit's without its two longest texts.
func corpus(t *testing.T, media string) []ferrytest.Chapter {
	chapters := ferrytest.Corpus(t, media)
	for i := range chapters {
		for _, r := range chapters[i].Records {
			if r.Message != nil && len(r.Message.Text) > 10000 {
				r.Message.Text = r.Message.Text[:70]
			}
		}
	}
	return chapters
}

func TestEveryFileIsProved(t *testing.T) {
	for _, config := range []string{settings, strings.Replace(settings, `"folder"`, `"zip"`, 1)} {
		media := t.TempDir()
		ferrytest.FinishedEdition(t, Plugin(), config, media, corpus(t, media)).EveryFileIsProved()
	}
}

// room is a Conversation as a reader sees it.
type room struct {
	Perspective string `xml:",attr"`
	RoomID      string
	Start       int64      `xml:"StartTimeUTC"`
	End         int64      `xml:"EndTimeUTC"`
	Entered     []presence `xml:"ParticipantEntered"`
	Left        []presence `xml:"ParticipantLeft"`
	Messages    []struct {
		ID      string `xml:"MessageId"`
		Who     string `xml:"LoginName"`
		At      int64  `xml:"DateTimeUTC"`
		Type    string `xml:"UpdatedType"`
		Updated int64  `xml:"UpdatedDateTimeUTC"`
		New     string `xml:"EditedNewMsgId"`
		Content string
	} `xml:"Message"`
	Files []struct {
		Name, Path, Status string
		UserFileName       string
		FileName           string
	} `xml:"FileTransferEnded"`
}

type presence struct {
	Who       string `xml:"LoginName"`
	At        int64  `xml:"DateTimeUTC"`
	Corporate string `xml:"CorporateEmailID"`
}

// read gives all Conversation elements, each with what must hold of every one. Files that they name are there.
func read(t *testing.T, config, media string, chapters []ferrytest.Chapter) (list []room) {
	t.Helper()
	e := ferrytest.FinishedEdition(t, Plugin(), config, media, chapters)
	for _, name := range e.Files() {
		if !strings.HasPrefix(name, "conversations/") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		has := func(path string) bool {
			_, err := os.Stat(filepath.Join(e.Dir, filepath.FromSlash(path)))
			return err == nil
		}
		if strings.HasSuffix(name, ".zip") {
			b, has = unzip(t, b)
		}
		var dump struct{ Conversation []room }
		if err := xml.Unmarshal(b, &dump); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range dump.Conversation {
			check(t, name, &dump.Conversation[i], has)
		}
		list = append(list, dump.Conversation...)
	}
	return list
}

func unzip(t *testing.T, b []byte) (dump []byte, has func(string) bool) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	in, err := z.Open(exportName)
	if err != nil {
		t.Fatal(err)
	}
	if dump, err = io.ReadAll(in); err != nil {
		t.Fatal(err)
	}
	return dump, func(path string) bool { _, err := z.Open(path); return err == nil }
}

func check(t *testing.T, name string, r *room, has func(string) bool) {
	t.Helper()
	if r.Start > r.End || len(r.Entered) != len(r.Left) {
		t.Errorf("%s: from %d to %d, %d entered and %d left", name, r.Start, r.End, len(r.Entered), len(r.Left))
	}
	from := map[string]int64{}
	for i, p := range r.Entered {
		if l := r.Left[i]; l.Who != p.Who || l.At < p.At || p.At < r.Start || l.At > r.End {
			t.Errorf("%s: %v entered, %v left", name, p, l)
		}
		if _, again := from[p.Who]; !again {
			from[p.Who] = p.At
		}
	}
	for _, m := range r.Messages {
		if at, ok := from[m.Who]; !ok || at > m.At && m.At != 0 {
			t.Errorf("%s: %s writes %s and is not there", name, m.Who, m.ID)
		}
	}
	for _, f := range r.Files {
		if (f.FileName != "") != (f.Status == "Completed") || f.FileName != "" && !has(f.FileName) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestEveryRecordHasAnElement, in both packages, as it is and with hostile words in every field.
func TestEveryRecordHasAnElement(t *testing.T) {
	for _, poison := range []string{"", "]]></Content></Message><Message>&lt;\x00\ufffe\x1b[2J\u202e\r\n<!--"} {
		for _, pack := range []string{"folder", "zip"} {
			media := t.TempDir()
			chapters := corpus(t, media)
			if poison != "" {
				ferrytest.Poison(chapters, poison)
			}
			letters, _ := ferrytest.Letters(t, chapters)
			texts, ids, files, failed := map[string]string{}, map[string]bool{}, 0, 0
			for _, r := range read(t, strings.Replace(settings, "folder", pack, 1), media, chapters) {
				for _, m := range r.Messages {
					ids[m.ID] = true
					if m.Type == "" || m.Type == "EditedNewMsg" {
						texts[m.ID] = m.Content
					}
				}
				for _, f := range r.Files {
					if f.Status == "Completed" {
						files++
					} else {
						failed++
					}
				}
			}
			missing := 0
			for _, l := range letters {
				if l.Text != nil && texts[l.Key] != strings.TrimRight(*l.Text, "\n") {
					t.Errorf("%s says %q, not %q", l.Key, texts[l.Key], *l.Text)
				}
				if !ids[l.Key] {
					missing++ // an analysis
				}
			}
			if missing != 1 || len(letters) < 60 || files != 5 || failed != 7 {
				t.Errorf("%d records of %d have no element; %d files, %d failed", missing, len(letters), files, failed)
			}
		}
	}
}

func spoken(id, who, when string) *message.Message {
	return &message.Message{Key: "acme:a:c:" + id, ID: id, Conversation: "acme:a:c", Kind: "text", Author: "acme:a:" + who, Sent: message.Time{UTC: when}, Text: "text of " + id}
}

func rooms(t *testing.T, config string, list ...any) []room {
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
	return read(t, config, t.TempDir(), []ferrytest.Chapter{directory, talk})
}

// TestChainsOfUpdates: earlier texts lead to the message, a deletion follows it, reactions change no text.
func TestChainsOfUpdates(t *testing.T) {
	m := spoken("1", "ada", "2024-07-01T10:00:00Z")
	m.Text = "third"
	m.Edited = &message.Edit{At: &message.Time{UTC: "2024-07-01T12:00:00Z"}}
	m.Revisions = []message.Edit{{At: &message.Time{UTC: "2024-07-01T11:00:00Z"}, Previous: &message.Content{Text: "first"}}, {At: &message.Time{UTC: "2024-07-01T12:00:00Z"}, Previous: &message.Content{Text: "second"}}}
	m.Deleted = &message.Deletion{At: &message.Time{UTC: "2024-07-02T10:00:00Z"}}
	m.Reactions = []message.Reaction{{Emoji: "tada", Count: 3}}
	got := ""
	for _, x := range rooms(t, settings, m)[0].Messages {
		first, _, _ := strings.Cut(x.Content, "\n")
		got += fmt.Sprintln(strings.TrimPrefix(x.ID, "acme:a:c:"), x.Type, (x.Updated-x.At)/3600000, strings.TrimPrefix(x.New, "acme:a:c:"), first)
	}
	want := "1#1 EditedOriginalMsg 1 1 first\n1#2 EditedOriginalMsg 2 1 second\n1 EditedNewMsg 2  third\n1 Deleted 24  third\n1 UpdatedNoMsgChange 0    * this message was deleted, 2024-07-02 10:00:00 UTC\n"
	if !strings.EqualFold(got, want) {
		t.Errorf("\n%s", got)
	}
}

// TestWindows: days of the zone, each with who was there and from when until when.
func TestWindows(t *testing.T) {
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
	join := spoken("2", "dan", "2024-07-01T12:00:00Z")
	join.Kind, join.Event = "join", &message.Event{Action: "join", Actor: "acme:a:dan"}
	history := []any{&message.Person{Key: "acme:a:ada", ID: "ada", Kind: "human", Emails: []string{"ada@example.test"}, Corporate: "A.Example@corp.test"},
		member("ada", "", ""), member("bob", "2024-06-30T16:30:00Z", "2024-07-02T17:00:00Z"), member("old", "", "2020-01-01T00:00:00Z"),
		spoken("1", "ada", "2024-07-01T11:00:00Z"), join, spoken("3", "eve", "2024-07-01T15:59:59Z"), spoken("4", "ada", "2024-07-01T16:00:00Z")}
	short := func(list []room) (out []string) {
		for _, r := range list {
			s := fmt.Sprint(len(r.Messages))
			for i, p := range r.Entered {
				s += fmt.Sprintf(" %s %d-%d", strings.Split(p.Who, "@")[0], (p.At-r.Start)/60000, (r.Left[i].At-r.Start)/60000)
			}
			out = append(out, s)
		}
		return out
	}
	list := rooms(t, strings.Replace(settings, `"UTC"`, `"Asia/Shanghai"`, 1), history...)
	want := []string{"0 ada 0-1439 old 0-480", "3 ada 0-1439 eve 0-1439 bob 30-1439 dan 1200-1439", "1 ada 0-1439 bob 0-1439", "0 ada 0-1439 bob 0-60"}
	if got := short(list); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if p := list[1].Entered[0]; p.Who != "ada@example.test" || p.Corporate != "A.Example@corp.test" || list[1].Start != 1719763200000 || list[1].End != 1719849599999 {
		t.Errorf("%+v", list[1])
	}
	list = rooms(t, strings.NewReplacer(`"all"`, `"active"`, `"ms"`, `"s"`, `"day"`, `"month"`).Replace(settings), history...)
	if len(list) != 1 || list[0].Start != 1719792000 || list[0].End != 1722470399 || len(list[0].Entered) != 3 {
		t.Errorf("%+v", list)
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"plain", "]]>", "\x00\x01\ufffe\uffff", "<&\"'\r\n\t", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var v struct {
			A string `xml:",attr"`
			T string `xml:",chardata"`
		}
		e := string(escape(s))
		if err := xml.Unmarshal([]byte(`<x A="`+e+`">`+e+`</x>`), &v); err != nil || v.A != v.T || !strings.ContainsRune(s, '\ufffd') && !strings.ContainsRune(v.T, '\ufffd') && v.T != s {
			t.Errorf("%q is read as %q and %q, %v", s, v.A, v.T, err)
		}
	})
}
