package gap_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/gap"
	"github.com/chatferry/chatferry/core/message"
)

var (
	monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	now    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// history builds conversations; the messages of each must be added in order of time.
type history struct {
	lists  []*message.Record
	places map[string][]*message.Record
	n      int
}

func stamp(t time.Time) message.Time {
	return message.Time{UTC: t.UTC().Format("2006-01-02T15:04:05.000000Z")}
}

func (h *history) list(name string, created time.Time) {
	c := &message.Conversation{Key: "t:" + name, Kind: "public"}
	if !created.IsZero() {
		at := stamp(created)
		c.Created = &at
	}
	h.lists = append(h.lists, message.Of(c))
}

func (h *history) say(place string, at time.Time, change ...func(*message.Message)) *message.Message {
	h.n++
	m := &message.Message{Conversation: "t:" + place, Key: fmt.Sprintf("t:%s:%09d", place, h.n), Kind: message.KindText, Author: "t:known", Sent: stamp(at)}
	for _, c := range change {
		c(m)
	}
	if h.places == nil {
		h.places = map[string][]*message.Record{}
	}
	h.places[place] = append(h.places[place], message.Of(m))
	return m
}

// days adds per messages a day at noon and later, for all days from one to another that keep wants.
func (h *history) days(place string, from, to, per int, keep func(day int) bool) {
	for d := from; d < to; d++ {
		for i := range per {
			if keep == nil || keep(d) {
				h.say(place, monday.AddDate(0, 0, d).Add(12*time.Hour+time.Duration(7*i+1)*time.Second))
			}
		}
	}
}

// judge observes the conversations in units and gives the findings as text.
func (h *history) judge(t *testing.T, units [][]string) []gap.Finding {
	t.Helper()
	known := func(p string) bool { return p == "t:known" }
	j := gap.NewJudge(now)
	add := func(o *gap.Observer) {
		b, err := o.State().Encode()
		if err != nil {
			t.Fatal(err)
		}
		s, err := gap.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		j.Add(s)
	}
	directory := gap.NewObserver(known)
	for _, r := range h.lists {
		directory.Record(r)
	}
	add(directory)
	for _, unit := range units {
		o := gap.NewObserver(known)
		for _, place := range unit {
			for _, r := range h.places[place] {
				o.Record(r)
			}
		}
		add(o)
	}
	return j.Findings()
}

func (h *history) names() []string {
	var all []string
	for name := range h.places {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (h *history) found(t *testing.T) string {
	var out []string
	for _, f := range h.judge(t, [][]string{h.names()}) {
		out = append(out, fmt.Sprintf("%s %d", f.Rule.ID, f.Count))
	}
	return strings.Join(out, ", ")
}

func seq(n int) func(*message.Message) { return func(m *message.Message) { m.Seq = strconv.Itoa(n) } }

func reply(root string) func(*message.Message) { return func(m *message.Message) { m.Thread = root } }

func claims(n int, latest time.Time) func(*message.Message) {
	at := stamp(latest)
	return func(m *message.Message) { m.ThreadInfo = &message.ThreadInfo{Replies: n, Latest: &at} }
}

func numbered(h *history, numbers func(yield func(int) bool)) {
	i := 0
	for n := range numbers {
		h.say("a", monday.Add(time.Duration(i)*time.Minute+7*time.Second), seq(n))
		i++
	}
}

// count yields the numbers from 1 to n that keep wants.
func upTo(n int, keep func(int) bool) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := 1; i <= n; i++ {
			if keep(i) && !yield(i) {
				return
			}
		}
	}
}

func text(n int) func(*message.Message) {
	return func(m *message.Message) { m.Text = strings.Repeat("ä", n) }
}

func file(a message.Attachment) func(*message.Message) {
	return func(m *message.Message) { m.Attachments = []message.Attachment{a} }
}

// cases are, for each rule, what sets it off and what comes near and must not.
var cases = []struct {
	name string
	make func(h *history)
	want string
}{
	{"a long hole in dense numbers", func(h *history) { numbered(h, upTo(300, func(i int) bool { return i < 100 || i > 130 })) }, "GAP-SEQ 31"},
	{"a hole of nineteen", func(h *history) { numbered(h, upTo(300, func(i int) bool { return i < 100 || i > 118 })) }, ""},
	{"sparse deletions", func(h *history) { numbered(h, upTo(300, func(i int) bool { return i%7 != 0 })) }, ""},
	{"numbers that are not dense", func(h *history) {
		numbered(h, upTo(3000, func(i int) bool { return i%10 == 0 && (i < 1000 || i > 1400) }))
	}, ""},
	{"a lower number later", func(h *history) { numbered(h, slices.Values([]int{1, 2, 4, 3, 5})) }, "CLK-ORDER 1"},
	{"a missing day of a busy conversation", func(h *history) { h.days("a", 0, 40, 30, func(d int) bool { return d != 20 }) }, "GAP-TIME 1"},
	{"a missing day of a quiet conversation", func(h *history) { h.days("a", 0, 40, 15, func(d int) bool { return d != 20 }) }, ""},
	{"weekends off", func(h *history) { h.days("a", 0, 60, 300, func(d int) bool { return d%7 < 5 }) }, ""},
	{"a conversation that dies and comes back once", func(h *history) { h.days("a", 0, 60, 30, func(d int) bool { return d < 30 || d == 55 }) }, ""},
	{"one busy day among quiet ones", func(h *history) {
		h.days("a", 0, 60, 1, func(d int) bool { return d < 25 || d > 35 })
		h.places["a"] = h.places["a"][:25]
		h.days("a", 25, 26, 900, nil)
		h.days("a", 36, 60, 1, nil)
	}, ""},
	{"three weeks without anybody", func(h *history) {
		for i := range 6 {
			h.days(fmt.Sprint(i), 0, 80, 5, func(d int) bool { return d < 30 || d >= 51 })
		}
	}, "GAP-TIME-ALL 1"},
	{"a week without anybody", func(h *history) {
		for i := range 6 {
			h.days(fmt.Sprint(i), 0, 80, 5, func(d int) bool { return d < 30 || d >= 37 })
		}
	}, "GAP-PAUSE 1"},
	{"all begin on one day, long after they were made", func(h *history) {
		for i := range 8 {
			h.list(fmt.Sprint(i), monday.AddDate(0, -6, 0))
			h.days(fmt.Sprint(i), i/6*3, 20, 1, nil)
		}
	}, "GAP-HEAD 6"},
	{"all begin on the day they were made", func(h *history) {
		for i := range 8 {
			h.list(fmt.Sprint(i), monday.AddDate(0, 0, -20))
			h.days(fmt.Sprint(i), 0, 20, 1, nil)
		}
	}, ""},
	{"most begin long before", func(h *history) {
		for i := range 14 {
			h.list(fmt.Sprint(i), monday.AddDate(0, -6, 0))
			h.days(fmt.Sprint(i), -120-9*i, -119-9*i, 1, func(int) bool { return i > 5 })
			h.days(fmt.Sprint(i), 0, 20, 1, nil)
		}
	}, ""},
	{"a thousand messages that begin late", func(h *history) {
		h.list("a", monday.AddDate(0, -2, 0))
		h.days("a", 0, 10, 100, nil)
	}, "GAP-CAP 1"},
	{"a thousand from the beginning", func(h *history) {
		h.list("a", monday)
		h.days("a", 0, 10, 100, nil)
	}, ""},
	{"a thousand, but another has more", func(h *history) {
		h.days("a", 0, 10, 100, nil)
		h.days("b", 0, 10, 101, nil)
	}, ""},
	{"texts that end at a limit", func(h *history) {
		for i := range 3 {
			h.say("a", monday.Add(time.Duration(i)*time.Hour), text(4000))
		}
	}, "GAP-TEXT 3"},
	{"texts at a limit and a longer one", func(h *history) {
		for i := range 4 {
			h.say("a", monday.Add(time.Duration(i)*time.Hour), text(4000+i/3))
		}
	}, ""},
	{"a reply to nothing", func(h *history) { h.say("a", monday, reply("t:a:none")) }, "REF-THREAD 1"},
	{"a reply to a message that does not know its thread", func(h *history) {
		m := h.say("a", monday)
		h.say("a", monday.Add(time.Hour), reply(m.Key))
	}, ""},
	{"fewer replies than claimed, the newest among them absent", func(h *history) {
		m := h.say("a", monday, claims(3, monday.Add(9*time.Hour)))
		h.say("a", monday.Add(time.Hour), reply(m.Key))
	}, "REF-LATEST 1, REF-REPLIES 1"},
	{"fewer replies than claimed, the newest there", func(h *history) {
		m := h.say("a", monday, claims(3, monday.Add(time.Hour)))
		h.say("a", monday.Add(time.Hour), reply(m.Key))
	}, "REF-REPLIES 1"},
	{"all replies that are claimed", func(h *history) {
		m := h.say("a", monday, claims(1, monday.Add(time.Hour)))
		h.say("a", monday.Add(time.Hour), reply(m.Key))
	}, ""},
	{"an answer to nothing", func(h *history) { h.say("a", monday, func(m *message.Message) { m.ReplyTo = "t:a:none" }) }, "REF-REPLY 1"},
	{"an answer into another conversation", func(h *history) { h.say("a", monday, func(m *message.Message) { m.ReplyTo = "t:b:none" }) }, ""},
	{"an author in no list", func(h *history) { h.say("a", monday, func(m *message.Message) { m.Author = "t:x" }) }, "REF-AUTHOR 1"},
	{"a mention of somebody in no list", func(h *history) {
		h.say("a", monday, func(m *message.Message) {
			m.Mentions = []message.Mention{{Kind: "person", Target: "t:x"}, {Kind: "person", Target: "t:known"}}
		})
	}, "REF-MENTION 1"},
	{"more reactions than names", func(h *history) {
		h.say("a", monday, func(m *message.Message) {
			m.Reactions = []message.Reaction{{Emoji: "x", By: []string{"t:known"}, Count: 2}}
		})
	}, "REF-REACTION 1"},
	{"a web page in place of an image", func(h *history) {
		h.say("a", monday, file(message.Attachment{State: message.MediaPresent, MIME: "image/png", Sniffed: "text/html; charset=utf-8"}))
	}, "REF-MEDIA 1"},
	{"a web page that is one", func(h *history) {
		h.say("a", monday, file(message.Attachment{State: message.MediaPresent, MIME: "text/html", Sniffed: "text/html"}))
	}, ""},
	{"a file that is withheld", func(h *history) { h.say("a", monday, file(message.Attachment{State: message.MediaWithheld})) }, "ACL-MEDIA 1"},
	{"a message that may not be read", func(h *history) { h.say("a", monday, func(m *message.Message) { m.Kind = message.KindWithheld }) }, "ACL-MESSAGE 1"},
	{"a time in 1970", func(h *history) { h.say("a", time.Unix(86400, 0)) }, "CLK-EPOCH 1"},
	{"a time in 1972", func(h *history) { h.say("a", time.Unix(2*365*86400+86400, 0)) }, ""},
	{"a time after the run", func(h *history) { h.say("a", now.AddDate(0, 0, 4)) }, "CLK-FUTURE 1"},
	{"a clock that is a day ahead", func(h *history) { h.say("a", now.AddDate(0, 0, 1)) }, ""},
	{"whole minutes", func(h *history) {
		for i := range 20 {
			h.say("a", monday.Add(time.Duration(i)*time.Minute))
		}
	}, "CLK-MINUTE 1"},
	{"a few whole minutes", func(h *history) {
		for i := range 19 {
			h.say("a", monday.Add(time.Duration(i)*time.Minute))
		}
	}, ""},
	{"many at one instant", func(h *history) {
		for range 25 {
			h.say("a", monday.Add(7*time.Second))
		}
	}, "CLK-TWIN 25"},
	{"one message seen often", func(h *history) {
		m := h.say("a", monday.Add(7*time.Second), reply("t:a:none"), seq(4))
		for range 30 {
			h.places["a"] = append(h.places["a"], message.Of(m))
		}
	}, "REF-THREAD 1"},
	{"fewer messages than the source says", func(h *history) {
		for name, claim := range map[string]string{"a": "3", "b": "1", "c": "many", "d": ""} {
			h.lists = append(h.lists, message.Of(&message.Conversation{Key: "t:" + name, Kind: "public", Ext: map[string]string{message.ExtClaimed: claim}}))
			h.say(name, monday)
		}
	}, "GAP-COUNT 2"},
	{"an empty conversation", func(h *history) { h.list("a", monday) }, "GAP-LISTED 1"},
	{"a conversation that the reader made", func(h *history) {
		h.lists = append(h.lists, message.Of(&message.Conversation{Key: "t:a", Kind: "public", Synthesised: true}))
		h.say("a", monday)
	}, "GAP-UNLISTED 1"},
	{"an edit of nothing", func(h *history) {
		h.say("a", monday)
		h.places["a"] = append(h.places["a"], message.Of(&message.Revision{Key: "t:a:rev:1", Of: "t:a:none", Conversation: "t:a", Action: "edit"}))
	}, "REF-REVISION 1"},
	{"a deletion of nothing", func(h *history) {
		h.say("a", monday)
		h.places["a"] = append(h.places["a"], message.Of(&message.Revision{Key: "t:a:rev:1", Of: "t:a:none", Conversation: "t:a", Action: "delete"}))
	}, ""},
}

func TestEachRule(t *testing.T) {
	spoken := map[string]bool{"GAP-TAIL": true, "GAP-FILE": true} // of files: TestFilesThatEndEarly
	for _, c := range cases {
		h := &history{}
		c.make(h)
		if got := h.found(t); got != c.want {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
		for _, f := range strings.Split(c.want, ", ") {
			spoken[strings.Fields(f + " -")[0]] = true
		}
	}
	for _, r := range gap.Rules {
		if !spoken[r.ID] {
			t.Errorf("no case sets off %s", r.ID)
		}
	}
}

func TestFilesThatEndEarly(t *testing.T) {
	o := gap.NewObserver(func(string) bool { return true })
	o.Reject("a.json", "700", "the file ends inside the array")
	o.Reject("b.json", "0", "no JSON")
	o.Reject("c.json", "12", "no JSON")
	j := gap.NewJudge(now)
	j.Add(o.State())
	got := j.Findings()
	if len(got) != 2 || got[0].Rule.ID != "GAP-TAIL" || got[0].Samples[0] != "a.json" || got[1].Rule.ID != "GAP-FILE" || got[1].Samples[0] != "b.json" {
		t.Errorf("found %+v", got)
	}
}

// TestPartitionDoesNotMatter puts all cases into one history and deals its conversations to units in many
// ways: the findings stay the same, subjects and samples included.
func TestPartitionDoesNotMatter(t *testing.T) {
	h := &history{}
	for i, c := range cases {
		x := &history{n: i * 100_000}
		c.make(x)
		rename := func(s string) string { return strings.Replace(s, "t:", fmt.Sprintf("t:c%02d-", i), 1) }
		for _, r := range x.lists {
			r.Conversation.Key = rename(r.Conversation.Key)
			h.lists = append(h.lists, r)
		}
		for name, list := range x.places {
			for k, r := range list {
				if m := r.Message; m != nil && (k == 0 || list[k-1].Message != m) {
					m.Conversation, m.Key = rename(m.Conversation), rename(m.Key)
					if m.Thread != "" {
						m.Thread = rename(m.Thread)
					}
				}
			}
			if h.places == nil {
				h.places = map[string][]*message.Record{}
			}
			h.places[fmt.Sprintf("c%02d-%s", i, name)] = list
		}
	}
	names := h.names()
	want := h.judge(t, [][]string{names})
	if len(want) < 15 {
		t.Fatalf("only %d rules speak", len(want))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		rnd.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
		rnd.Shuffle(len(h.lists), func(a, b int) { h.lists[a], h.lists[b] = h.lists[b], h.lists[a] })
		units := make([][]string, 1+rnd.IntN(9))
		for _, name := range names {
			u := rnd.IntN(len(units))
			units[u] = append(units[u], name)
		}
		if got := h.judge(t, units); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d units give other findings:\n%+v\n%+v", len(units), got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	h := &history{}
	cases[0].make(h)
	o := gap.NewObserver(func(string) bool { return false })
	for _, r := range h.places["a"] {
		o.Record(r)
	}
	b, err := o.State().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"places":[{"key":"a","slots":"AAEAAQ=="}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := gap.Decode(b)
		if err != nil {
			return
		}
		j := gap.NewJudge(now)
		j.Add(s)
		if s, err = gap.Decode(b); err != nil {
			t.Fatal("the same bytes are refused at the second time")
		}
		j.Add(s) // conversations in two pieces
		j.Findings()
	})
}

// TestREADMEListsTheRules compares README with the rules.
func TestREADMEListsTheRules(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range gap.Rules {
		if row := fmt.Sprintf("| %s | %s | %s | %s |", r.ID, r.Severity, r.Means, r.Do); !strings.Contains(string(text), row) {
			t.Errorf("README lacks the row %q", row)
		}
	}
}
