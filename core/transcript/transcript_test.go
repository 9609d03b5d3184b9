package transcript_test

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/transcript"
)

var update = os.Getenv("UPDATE") != ""

// render is a format of one test.
type render func(ctx context.Context, h *edition.History) error

func (f render) Render(ctx context.Context, h *edition.History, _ *edition.Folder) error {
	return f(ctx, h)
}

// with gives a test the history of some chapters.
func with(t *testing.T, media string, chapters []ferrytest.Chapter, f render) {
	t.Helper()
	kind := edition.NewSink("test", "1", edition.ByThread, func(context.Context, struct{}) (edition.Format, error) { return f, nil })
	s, err := kind.Open(t.Context(), json.RawMessage(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(t.Context(), plugin.Run{ID: "1", Dir: t.TempDir(), Work: t.TempDir(), Media: media, Generation: 1}); err != nil {
		t.Fatal(err)
	}
	var receipts []plugin.ShardReceipt
	for _, ch := range chapters {
		w, err := s.Begin(t.Context(), ch.Shard)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ch.Records {
			if _, err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		rc, err := w.Commit()
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, plugin.ShardReceipt{Shard: ch.Shard, Receipt: rc})
	}
	if err := s.Finish(t.Context(), receipts); err != nil {
		t.Fatal(err)
	}
}

func options(t *testing.T, zone, language string) transcript.Options {
	t.Helper()
	o, err := transcript.NewOptions(zone, language)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// told is every passage of a history, each with its record.
func told(t *testing.T, media string, chapters []ferrytest.Chapter, o transcript.Options, f func(r *message.Record, p *transcript.Passage)) {
	t.Helper()
	with(t, media, chapters, func(ctx context.Context, h *edition.History) error {
		teller := transcript.New(h, o)
		tell := func(r *message.Record) error {
			p, err := teller.Tell(r)
			if err == nil {
				f(r, p)
			}
			return err
		}
		for r, err := range h.DirectoryRecords(ctx) {
			if err != nil || tell(r) != nil {
				return err
			}
		}
		for e, err := range h.Entries(ctx) {
			if err != nil {
				return err
			}
			if err := tell(e.Record); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestTheCorpusInWords compares the whole corpus with what a person has read and approved.
func TestTheCorpusInWords(t *testing.T) {
	for _, x := range []struct{ zone, language string }{{"UTC", "en"}, {"Asia/Shanghai", "zh"}} {
		media := t.TempDir()
		var b []byte
		told(t, media, ferrytest.Corpus(t, media), options(t, x.zone, x.language), func(_ *message.Record, p *transcript.Passage) {
			for _, c := range p.Pieces {
				if len(c.Text) > 10000 {
					return
				}
			}
			b = p.Append(b, "", true)
		})
		name := "testdata/corpus." + x.language + ".txt"
		if update {
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(b) {
			t.Errorf("%s differs: run with UPDATE=1 and read what changed", name)
		}
	}
}

// head is how the first line of a passage of the history begins; fact, of a piece.
var (
	head = regexp.MustCompile(`^(\d{4}-\d\d-\d\d [0-9:]{5,8} UTC\S*|time not known)  \S`)
	fact = regexp.MustCompile(`^  \* \S`)
)

// TestNoTextPassesForAHead looks at the lines of every passage: one head, and all others behind their indents,
// without a character that drives a terminal or turns a line around.
func TestNoTextPassesForAHead(t *testing.T) {
	lines := 0
	hostile := "\r\n2019-04-02 09:00:00 UTC  Ada Example\n    I resign\r  * file: x\x1b[2J\u202e\u2066\u2028  * This message was deleted\v\f\u0085 x"
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	ferrytest.Poison(chapters, hostile)
	told(t, media, chapters, options(t, "UTC", "en"), func(r *message.Record, p *transcript.Passage) {
		for _, prefix := range []string{"", "  | "} {
			n, files := 0, 0
			for line := range strings.Lines(string(p.Append(nil, prefix, true))) {
				line, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), strings.TrimRight(prefix, " "))
				line = strings.TrimPrefix(line, prefix[min(len(prefix), len(strings.TrimRight(prefix, " "))):])
				if !ok {
					t.Fatalf("%s: a line without its prefix: %q", r.Key(), line)
				}
				n++
				lines++
				switch {
				case n == 1 && (p.Sort == transcript.Listed || head.MatchString(line)):
				case n > 1 && (line == "" || strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "  >")):
				case n > 1 && fact.MatchString(line):
					if strings.HasPrefix(line, "  * file: ") {
						files++
					}
				default:
					t.Fatalf("%s: line %d is neither head nor indented: %q", r.Key(), n, line)
				}
				for _, c := range line {
					if unicode.IsControl(c) && c != '\t' || c >= 0x202a && c <= 0x202e || c == 0x2066 || c == 0x2067 || c == 0x2028 || c == 0x2029 {
						t.Fatalf("%s: %U in %q", r.Key(), c, line)
					}
				}
			}
			if want := len(r.Attachments()); files != want {
				t.Fatalf("%s: %d lines that say file, of %d attachments", r.Key(), files, want)
			}
		}
	})
	if lines < 700 {
		t.Errorf("only %d lines were looked at", lines)
	}
}

// TestWhatAPersonWouldMissIsThere puts a word of its own into every field that the package promises to show.
func TestWhatAPersonWouldMissIsThere(t *testing.T) {
	m := &message.Message{Key: "acme:a:general:1", ID: "1", Conversation: "acme:a:general", Kind: "odd-kind", Author: "acme:a:author-name", Sent: message.Time{UTC: "2019-04-02T09:00:00Z"},
		ShownAs: &message.ShownAs{Name: "shown-as"}, Received: &message.Time{UTC: "2019-04-03T10:00:00Z"}, ReplyTo: "acme:a:general:reply-to",
		Quoted: &message.Quote{AuthorName: "quoted-author", Text: "quoted-text", Conversation: "acme:a:quoted-place"}, Forwarded: &message.Quote{Message: "acme:a:general:forwarded-id", Text: "forwarded-text"},
		Subject: "the-subject", Text: "the-text", Links: []message.Link{{URL: "https://link-url", Title: "link-title", Description: "link-words", Service: "link-service"}},
		Cards:       []message.Card{{Kind: "k", Author: "card-author", Title: "card-title", Text: "card-text", URL: "card-url"}},
		Attachments: []message.Attachment{{Name: "file-name", Title: "file-title", MIME: "file/type", Size: "4711", SHA256: strings.Repeat("ab", 32), State: "expired", Reason: "file-reason", Alt: "file-alt", Transcript: "file-words", Preview: "file-excerpt", URL: "file-url", External: "file-service", Uploader: "acme:a:file-uploader", Duration: "12.5", Width: 640, Height: 480, Uploaded: &message.Time{UTC: "2019-04-01T08:00:00Z"}}},
		Reactions:   []message.Reaction{{Emoji: "reaction-name", Unicode: "🎈", By: []string{"acme:a:reaction-by"}, At: []string{"2019-04-04T11:00:00Z"}, Count: 41}},
		Event:       &message.Event{Action: "event-action", Targets: []string{"acme:a:event-target"}, Old: "event-old", New: "event-new", Item: "acme:a:general:event-item"},
		Call:        &message.Call{Name: "call-name", By: "acme:a:call-by", Started: &message.Time{UTC: "2019-04-05T12:00:00Z"}, Ended: &message.Time{UTC: "2019-04-05T13:00:00Z"}, Participants: []string{"acme:a:call-with"}, Outcome: "call-outcome"},
		Poll:        &message.Poll{Question: "poll-question", Options: []message.PollOption{{Text: "poll-option", Votes: 17, By: []string{"acme:a:poll-by"}}}, Multiple: true, Closed: true, Total: 18},
		Location:    &message.Location{Latitude: "52.5", Longitude: "13.4", Name: "place-name", Address: "place-address", URL: "place-url"},
		Contact:     &message.Contact{Name: "contact-name", Phones: []string{"contact-phone"}, Emails: []string{"contact-mail"}},
		AI: &message.AI{Role: "assistant", Model: "ai-model", Provider: "ai-provider", PromptRef: "ai-prompt", Branch: "ai-branch", Reasoning: "ai-reasoning", Finish: "ai-finish", Usage: map[string]string{"in": "ai-usage"},
			ToolCalls: []message.ToolCall{{Name: "tool-name", Arguments: "tool-arguments", Result: "tool-result", State: "tool-state"}}},
		Edited: &message.Edit{At: &message.Time{UTC: "2019-04-06T14:00:00Z"}, By: "acme:a:edited-by"}, Revisions: []message.Edit{{By: "acme:a:version-by", Previous: &message.Content{Text: "version-text"}}},
		Deleted: &message.Deletion{At: &message.Time{UTC: "2019-04-07T15:00:00Z"}, By: "acme:a:deleted-by", Mode: "deleted-mode"}, Pins: []message.Pin{{By: "acme:a:pinned-by"}}, Flagged: []message.Receipt{{By: "acme:a:flagged-by"}},
		Receipts: []message.Receipt{{By: "acme:a:receipt-by", Action: "receipt-action"}}, HiddenFrom: []string{"acme:a:hidden-from"}, Importance: "very-important", Expires: &message.Time{UTC: "2019-04-08T16:00:00Z"},
		Undecryptable: true, Labels: []string{"the-label"}, Part: &message.Part{Number: 2, Of: 3}, Custom: []message.Pair{{Name: "custom-name", Value: "custom-value"}}, ThreadInfo: &message.ThreadInfo{Replies: 55, People: 44, Locked: true}, TextB64: "//8=",
	}
	var text string
	told(t, "", []ferrytest.Chapter{{Shard: plugin.Shard{ID: "1"}, Records: []*message.Record{message.Of(m)}}}, options(t, "UTC", "en"), func(_ *message.Record, p *transcript.Passage) {
		text = string(p.Append(nil, "", true))
	})
	line, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`[a-z]+-[a-z-]+`).FindAllString(string(line), -1)
	words = append(words, "4,711 B", strings.Repeat("ab", 32), "640 × 480", "12.5 s", "🎈", "41", "2019-04-01 08:00:00 UTC", "2019-04-03 10:00:00 UTC", "2019-04-04 11:00:00 UTC", "2019-04-05 12:00:00 UTC", "2019-04-05 13:00:00 UTC",
		"2019-04-06 14:00:00 UTC", "2019-04-07 15:00:00 UTC", "2019-04-08 16:00:00 UTC", "52.5, 13.4", "17", "18", "several answers", "closed", "could not decrypt", "part 2 of 3", "55 replies by 44 people", "locked", "not valid characters", "expired before")
	for _, w := range words {
		if !strings.Contains(text, w) && w != "assistant" {
			t.Errorf("%q is not in the transcript", w)
		}
	}
	if len(words) < 80 || t.Failed() {
		t.Errorf("%d words in:\n%s", len(words), text)
	}
}

// TestEveryLanguageIsWhole: all words, the same tables, the same blanks.
func TestEveryLanguageIsWhole(t *testing.T) {
	blanks := regexp.MustCompile(`%[1-9]`)
	same := func(name, a, b string) {
		x, y := blanks.FindAllString(a, -1), blanks.FindAllString(b, -1)
		slices.Sort(x)
		slices.Sort(y)
		if !slices.Equal(x, y) {
			t.Errorf("%s: %q has other blanks than %q", name, b, a)
		}
	}
	en, zh := reflect.ValueOf(*transcript.Language("en")), reflect.ValueOf(*transcript.Language("zh"))
	for i := range en.NumField() {
		name := en.Type().Field(i).Name
		switch en.Field(i).Kind() {
		case reflect.String:
			if en.Field(i).String() == "" || zh.Field(i).String() == "" {
				t.Errorf("%s is missing", name)
			}
			same(name, en.Field(i).String(), zh.Field(i).String())
		case reflect.Map:
			a, b := en.Field(i).Interface().(map[string]string), zh.Field(i).Interface().(map[string]string)
			if len(a) != len(b) || len(a) == 0 {
				t.Errorf("%s: %d and %d words", name, len(a), len(b))
			}
			for k := range a {
				if _, ok := b[k]; !ok {
					t.Errorf("%s: no word for %s", name, k)
				}
				same(name, a[k], b[k])
			}
		case reflect.Func:
			if zh.Field(i).IsNil() {
				t.Errorf("%s is missing", name)
			}
		}
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"Ada", "שלום", "a\nb", "\u202egnp.exe", "\xff", "می\u200cخواهم", " x\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := transcript.Name(s)
		if strings.ContainsAny(got, "\n\r\t\x1b\u202e\u2028") || strings.Count(got, "\u2068") != strings.Count(got, "\u2069") {
			t.Errorf("%q", got)
		}
	})
}
