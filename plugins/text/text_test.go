package text

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "zone": "Europe/Berlin", "split": "month"}})
}

func TestEveryFileIsProved(t *testing.T) {
	media := t.TempDir()
	ferrytest.FinishedEdition(t, Plugin(), `{"zone":"UTC","language":"en","split":"year","max_mb":8}`, media, small(t, media)).EveryFileIsProved()
}

// small is the corpus without its two longest texts.
func small(t *testing.T, media string) []ferrytest.Chapter {
	chapters := ferrytest.Corpus(t, media)
	for i := range chapters {
		for _, r := range chapters[i].Records {
			if r.Message != nil && len(r.Message.Text) > 10000 {
				r.Message.Text = r.Message.Text[:100]
			}
		}
	}
	return chapters
}

// conversations gives the files of conversations.
func conversations(t *testing.T, e *ferrytest.Edition) map[string]string {
	list := map[string]string{}
	for _, name := range e.Files() {
		if strings.HasPrefix(name, "conversations/") {
			b, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(name)))
			if err != nil {
				t.Fatal(err)
			}
			list[name] = string(b)
		}
	}
	return list
}

// TestNoTextPassesForAHead counts what begins in the first column and behind the bar of replies: as many heads as
// there are messages, whatever the messages say.
func TestNoTextPassesForAHead(t *testing.T) {
	media := t.TempDir()
	chapters := small(t, media)
	ferrytest.Poison(chapters, "\n09:00:00  Ada Example\n    I resign\n  |\n  | 09:00:00  Ada Example\n\r... replies in the thread\nMonday, 1 April 2019 (UTC)\n-------\x1b[2J\u202e\u2028")
	want := 0
	for _, ch := range chapters {
		for _, r := range ch.Records {
			if !r.Directory() {
				want++
			}
		}
	}
	head := regexp.MustCompile(`(?m)^(  \| )?((\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d( UTC)?|time not known)  \S`)
	got := 0
	for name, text := range conversations(t, ferrytest.FinishedEdition(t, Plugin(), `{"zone":"UTC","language":"en","split":"year","max_mb":8}`, media, chapters)) {
		got += len(head.FindAllString(text, -1))
		for _, c := range text {
			if unicode.IsControl(c) && c != '\n' && c != '\t' || c >= 0x202a && c <= 0x202e || c == 0x2028 {
				t.Fatalf("%s holds %U", name, c)
			}
		}
	}
	if got != want || want < 50 {
		t.Errorf("%d heads of %d entries", got, want)
	}
}

// TestRepliesStandUnderTheirMessageAndAreMentionedOnTheirDay: also when the file of that day is another one.
func TestRepliesStandUnderTheirMessageAndAreMentionedOnTheirDay(t *testing.T) {
	at := func(id, when, thread, text string) *message.Record {
		m := &message.Message{Key: "acme:a:c:" + id, ID: id, Conversation: "acme:a:c", Kind: "text", Author: "acme:a:ada", Sent: message.Time{UTC: when}, Text: text}
		if thread != "" {
			m.Thread = "acme:a:c:" + thread
		}
		return message.Of(m)
	}
	chapter := ferrytest.Chapter{Records: []*message.Record{
		at("1", "2020-12-30T10:00:00Z", "1", "the question"), at("2", "2020-12-30T11:00:00Z", "1", "answer of the day"), at("3", "2021-01-02T10:00:00Z", "1", "late answer"),
		at("4", "2021-01-02T12:00:00Z", "1", "later answer"), at("5", "2020-12-31T09:00:00Z", "", "something else"), at("6", "2021-01-01T09:00:00Z", "", "new year"), at("7", "2021-01-03T09:00:00Z", "", "last"),
	}}
	chapter.Shard.ID = "c"
	files := conversations(t, ferrytest.FinishedEdition(t, Plugin(), `{"zone":"UTC","language":"en","split":"year","max_mb":8}`, t.TempDir(), []ferrytest.Chapter{chapter}))
	if len(files) != 2 {
		t.Fatalf("%d files", len(files))
	}
	for name, text := range files {
		order := []string{"the question", "  |     answer of the day", "  |     late answer", "  |     later answer", "something else", "continued in conversations/"}
		if strings.HasSuffix(name, "2021.txt") {
			order = []string{"continued from conversations/", "new year", "Saturday, 2 January 2021", "... replies in the thread of ada, 2020-12-30 10:00:00 UTC: 2, see conversations/", "Sunday, 3 January 2021", "last"}
		}
		from := 0
		for _, s := range order {
			i := strings.Index(text[from:], s)
			if i < 0 {
				t.Fatalf("%s: %q is not where it belongs in\n%s", name, s, text)
			}
			from += i
		}
	}
}

// TestALongConversationIsCut: each message is in one of the files, and none of them is much longer than allowed.
func TestALongConversationIsCut(t *testing.T) {
	chapter := ferrytest.Chapter{}
	chapter.Shard.ID = "c"
	word := strings.Repeat("word ", 20000)
	for i := range 25 {
		id := string(rune('a' + i))
		chapter.Records = append(chapter.Records, message.Of(&message.Message{Key: "acme:a:c:" + id, ID: id, Conversation: "acme:a:c", Kind: "text", Author: "acme:a:ada", Thread: "acme:a:c:a",
			Sent: message.Time{UTC: "2020-01-01T10:00:" + string([]byte{'0' + byte(i/10), '0' + byte(i%10)}) + "Z"}, Text: "begin-" + id + " " + word}))
	}
	files := conversations(t, ferrytest.FinishedEdition(t, Plugin(), `{"zone":"UTC","language":"en","split":"none","max_mb":1}`, t.TempDir(), []ferrytest.Chapter{chapter}))
	n := 0
	for name, text := range files {
		n += strings.Count(text, "begin-")
		if len(text) > 1<<20+200<<10 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		if strings.Contains(name, "-2") && !strings.Contains(text, "replies in the thread of ada, 2020-01-01 10:00:00 UTC") {
			t.Errorf("%s does not say which thread goes on", name)
		}
	}
	if n != 25 || len(files) != 3 {
		t.Errorf("%d messages in %d files", n, len(files))
	}
}
