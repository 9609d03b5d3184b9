//go:build real

package html

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// seen is what testdata/browser.js saw.
type seen struct {
	Pages, Threads, Sidebar, Person        int
	Requests, Fired, Complaints, Axe, Wide []string
	Slowest                                float64
	Searches                               []struct {
		Query string
		IDs   []string `json:"ids"`
	}
}

// browse opens a site in Chromium, looks at some pages at so many sizes of the screen, and lets the Nu HTML checker
// read all pages.
func browse(t *testing.T, dir string, sizes int, searches []string) seen {
	t.Helper()
	valid(t, dir)
	list := filepath.Join(t.TempDir(), "searches.json")
	b, err := json.Marshal(append([]string{}, searches...))
	if err == nil {
		err = os.WriteFile(list, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"testdata/browser.js", dir, list, strconv.Itoa(sizes)}
	if shots := os.Getenv("CHATFERRY_SHOTS"); shots != "" {
		shots = filepath.Join(shots, t.Name())
		if err := os.MkdirAll(shots, 0o700); err != nil {
			t.Fatal(err)
		}
		args = append(args, shots)
	}
	cmd := exec.Command("node", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var s seen
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatal(err)
	}
	for what, list := range map[string][]string{"a request left the site": s.Requests, "something ran": s.Fired, "the browser complains": s.Complaints, "not accessible": s.Axe, "wider than the screen": s.Wide} {
		for _, x := range list {
			t.Errorf("%s: %s", what, x)
		}
	}
	t.Logf("%d pages, %d threads, slowest search %.1f ms", s.Pages, s.Threads, s.Slowest)
	return s
}

// valid reads every page with the Nu HTML checker, which must find no error.
func valid(t *testing.T, dir string) {
	t.Helper()
	args := []string{"-jar", filepath.Join(os.Getenv("NODE_PATH"), "vnu-jar", "build", "dist", "vnu.jar"), "--errors-only", "--skip-non-html", "--format", "gnu"}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".html" {
			args = append(args, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("java", args...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%d files are not valid: %v\n%.3000s", len(args)-6, err, out)
	}
}

// attacks are texts that would run, load or track if a page took them as anything but text.
var attacks = []string{
	`<script>alert('canary')</script>`, `"><img src=x onerror=alert('canary')>`, `'><svg/onload=alert('canary')>`, `<img src="https://canary.test/x.png">`,
	`<iframe srcdoc="<script>parent.alert('canary')</script>">`, `<a href="javascript:alert('canary')">x</a>`, `javascript:alert('canary')`, `JaVaScRiPt:alert('canary')`, `java&#115;cript:alert('canary')`,
	`data:text/html,<script>alert('canary')</script>`, `<style>@import 'https://canary.test/x.css'</style>`, `<link rel=stylesheet href=https://canary.test/x>`, `<meta http-equiv=refresh content="0;url=https://canary.test">`,
	`<base href="https://canary.test/">`, `</title><script>alert('canary')</script>`, `</textarea><script>alert('canary')</script>`, `--><script>alert('canary')</script>`, `]]><script>alert('canary')</script>`,
	"`);alert('canary');//", "${alert('canary')}", "\\`${alert('canary')}", `\u0060);alert('canary')//`, `","x");alert('canary');//`, `</script><script>alert('canary')</script>`, `<!--<script>`,
	"\u2028alert('canary')\u2029", `{{constructor.constructor('alert("canary")')()}}`, `" onmouseover="alert('canary')" x="`, `' onfocus='alert("canary")' autofocus='`, "\x00<script>alert('canary')</script>",
	`<math><mtext></p><img src=x onerror=alert('canary')>`, `<form action=https://canary.test><button>go</button></form>`, `<video autoplay src=https://canary.test/v.mp4>`, `<object data=https://canary.test>`,
	`[x](javascript:alert('canary'))`, `http://canary.test/"onclick="alert('canary')`, `https://canary.test/<script>alert('canary')</script>`, `__proto__`, `constructor`, `../../../etc/passwd`, "\u202e\u2066evil",
	`<details open ontoggle=alert('canary')>`, `<body onload=alert('canary')>`, `%3Cscript%3Ealert('canary')%3C/script%3E`, `&lt;script&gt;alert('canary')&lt;/script&gt;`, `+ADw-script+AD4-alert('canary')+ADw-/script+AD4-`,
}

func TestRealBrowserRunsAndLoadsNothingFromMessages(t *testing.T) {
	r := newRig(t)
	var dir, list []*message.Record
	put := func(content string) message.Attachment { return r.put(content) }
	svg := put(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert('canary')"/>`)
	page := put(`<html><script>alert('canary')</script>`)
	polyglot := put("GIF89a/*" + strings.Repeat("x", 30) + "*/=alert('canary')")
	text := put("plain\n<script>alert('canary')</script>")
	for i, x := range attacks {
		who, room := fmt.Sprintf("acme:%d:%s", i, x), fmt.Sprintf("acme:room%d", i/8)
		name := put("\x89PNG\r\n\x1a\n" + x)
		name.Name, name.Title, name.Alt, name.MIME = x, x, x, "image/svg+xml"
		dir = append(dir, message.Of(&message.Person{Key: who, ID: x, Kind: "human", Name: x, Title: x, Username: x, Emails: []string{x}, Status: x, Roles: []string{x}, Avatar: &name}),
			message.Of(&message.Emoji{Key: "e" + x, Name: x, Image: &name}))
		if i%8 == 0 {
			dir = append(dir, message.Of(&message.Conversation{Key: room, ID: x, System: "acme", Kind: "public", Name: x, DisplayName: x, Topic: &message.Note{Text: x}, Purpose: &message.Note{Text: x}}))
		}
		inlines := []message.Inline{{Kind: "text", Text: x, Bold: true}, {Kind: "link", URL: x, Text: x}, {Kind: "person", Target: who, Name: x}, {Kind: "conversation", Target: room, Name: x},
			{Kind: "emoji", Name: x}, {Kind: "date", Time: "2020-01-01T00:00:00Z", Text: x}, {Kind: "broadcast", Name: x}, {Kind: "group", Target: x, Name: x}, {Kind: "color", Text: x}}
		for j, m := range []*message.Message{
			{Text: x, Format: "plain", Subject: x},
			{Text: x, Format: "html"}, {Text: x, Format: "mrkdwn"}, {Text: x, Format: "markdown"},
			{Rich: []message.Block{{Kind: "paragraph", Inlines: inlines}, {Kind: "code", Lang: x, Text: x, Inlines: inlines}, {Kind: "item", List: x, Inlines: inlines}, {Kind: "image", URL: x, Text: x}, {Kind: "opaque", Text: x, JSON: x}, {Kind: x, Text: x, Inlines: inlines}}},
			{ShownAs: &message.ShownAs{Name: x, Icon: x, Emoji: x}, Attachments: []message.Attachment{named(svg, x), named(page, x), named(polyglot, x), named(text, x), name, {State: "missing", Name: x, Reason: x, URL: x}, {State: x, Name: x}}},
			{Cards: []message.Card{{Kind: x, Title: x, Text: x, URL: x, Author: x, JSON: x}}, Links: []message.Link{{URL: x, Title: x, Description: x, Image: x}}, Reactions: []message.Reaction{{Emoji: x, Unicode: x, By: []string{who}}}},
			{Poll: &message.Poll{Question: x, Options: []message.PollOption{{Text: x, Votes: 1, By: []string{who}}}}, Call: &message.Call{Name: x, Outcome: x, Participants: []string{who}}, Quoted: &message.Quote{Text: x, AuthorName: x}},
			{Kind: "topic", Event: &message.Event{Action: x, Actor: who, Old: x, New: x, Targets: []string{who}}},
			{Location: &message.Location{Name: x, URL: x}, Contact: &message.Contact{Name: x, Emails: []string{x}, VCard: x}, AI: &message.AI{Model: x, Reasoning: x, ToolCalls: []message.ToolCall{{Name: x, Arguments: x, Result: x}}}, Importance: x,
				Edited: &message.Edit{By: who}, Revisions: []message.Edit{{By: who, Previous: &message.Content{Text: x}}}, Ext: map[string]string{x: x}, Labels: []string{x}},
		} {
			m.Key, m.ID, m.Conversation, m.Author = fmt.Sprintf("%s:%d:%s", room, i*100+j, x), x, room, who
			m.Sent.UTC = fmt.Sprintf("2020-01-%02dT00:00:%02dZ", 1+i%28, j)
			if m.Kind == "" {
				m.Kind = "text"
			}
			if j > 4 {
				m.Thread = fmt.Sprintf("%s:%d:%s", room, i*100, x)
			}
			list = append(list, message.Of(m))
		}
	}
	r.deliver([]ferrytest.Chapter{{Shard: plugin.Shard{ID: "d", Directory: true}, Records: dir}, {Shard: plugin.Shard{ID: "u"}, Records: list}})
	for name := range r.files("media") {
		if ext := filepath.Ext(name); ext == ".svg" || ext == ".html" || ext == ".htm" || ext == ".xml" || ext == ".js" {
			t.Errorf("there is %s", name)
		}
	}
	var searches []string
	for _, x := range attacks {
		searches = append(searches, "q="+url.QueryEscape(x))
	}
	got := browse(t, r.dir, 1, append(searches, "q=canary"))
	if got.Pages < 50 || got.Threads < 30 || got.Sidebar < 4 || len(got.Searches[len(got.Searches)-1].IDs) < 200 {
		t.Errorf("%d pages, %d threads, %d conversations beside, %d hits", got.Pages, got.Threads, got.Sidebar, len(got.Searches[len(got.Searches)-1].IDs))
	}
}

func named(a message.Attachment, name string) message.Attachment {
	a.Name, a.Title, a.Sniffed = name, name, "image/png" // what the record claims does not count
	return a
}

func TestRealBrowserFindsWhatIsThere(t *testing.T) {
	r := newRig(t)
	words := strings.Fields("deploy deployment Deploying rollback 部署完成 今天部署 完成了 潮汐表 tide harbour Größe naïve 港口调度 résumé v2 1234 سلام")
	dir := []*message.Record{conversation("acme:one"), conversation("acme:two"),
		message.Of(&message.Person{Key: "acme:ada", ID: "ada", Kind: "human", Name: "Ada Example"}), message.Of(&message.Person{Key: "acme:bo", ID: "bo", Kind: "human", Name: "博 Wang"})}
	var all []*message.Message
	for i := range 900 {
		m := say([]string{"acme:one", "acme:two"}[i%2], fmt.Sprintf("k%04d", i), fmt.Sprintf("2021-%02d-%02dT%02d:%02d:00Z", 1+i*7%12, 1+i%28, i%24, i%60), words[i%len(words)]+" "+words[i*i%len(words)]+", "+words[(i/3)%len(words)])
		m.Author = []string{"acme:ada", "acme:bo"}[i/2%2]
		if i%10 == 0 {
			m.Attachments = []message.Attachment{{State: "missing", Name: "plan.pdf"}}
		}
		all = append(all, m)
	}
	byRoom := func(room string) (list []*message.Message) {
		for _, m := range all {
			if m.Conversation == room {
				list = append(list, m)
			}
		}
		return list
	}
	r.deliver([]ferrytest.Chapter{{Shard: plugin.Shard{ID: "d", Directory: true}, Records: dir}, chapter("one", byRoom("acme:one")...), chapter("two", byRoom("acme:two")...)})
	has := func(s string) func(*message.Message) bool {
		return func(m *message.Message) bool { return strings.Contains(strings.ToLower(m.Text), s) }
	}
	both := func(fs ...func(*message.Message) bool) func(*message.Message) bool {
		return func(m *message.Message) bool {
			return !slices.ContainsFunc(fs, func(f func(*message.Message) bool) bool { return !f(m) })
		}
	}
	ada := func(m *message.Message) bool { return m.Author == "acme:ada" }
	cases := []struct {
		query string
		want  func(*message.Message) bool
	}{
		{"q=rollback", has("rollback")}, {"q=DEPLOY", has("deploy")}, {"q=deploym", has("deployment")}, {"q=" + url.QueryEscape("部署"), has("部署")}, {"q=" + url.QueryEscape("完成了"), has("完成了")},
		{"q=" + url.QueryEscape("港"), has("港")}, {"q=" + url.QueryEscape("署完"), has("署完")}, {"q=" + url.QueryEscape("größe"), has("größe")}, {"q=" + url.QueryEscape("سلا"), has("سلام")},
		{"q=" + url.QueryEscape("tide 部署"), both(has("tide"), has("部署"))}, {"q=" + url.QueryEscape(`"tide harbour"`), func(m *message.Message) bool {
			return strings.Contains(strings.ReplaceAll(m.Text, ",", ""), "tide harbour")
		}},
		{"q=deploy&from=" + digest("acme:ada"), both(has("deploy"), ada)}, {"q=deploy&from=ada", both(has("deploy"), ada)}, {"q=deploy&in=" + digest("acme:two"), both(has("deploy"), func(m *message.Message) bool { return m.Conversation == "acme:two" })},
		{"q=deploy&after=2021-03-05&before=2021-05-20", both(has("deploy"), func(m *message.Message) bool {
			return m.Sent.UTC[:10] >= "2021-03-05" && m.Sent.UTC[:10] <= "2021-05-20"
		})},
		{"q=deploy&file=1", both(has("deploy"), func(m *message.Message) bool { return len(m.Attachments) > 0 })}, {"q=plan", func(m *message.Message) bool { return len(m.Attachments) > 0 }},
		{"from=" + digest("acme:ada"), ada}, {"q=absent", has("absent")}, {"q=loy", has("loy ,")},
	}
	var queries []string
	for _, c := range cases {
		queries = append(queries, c.query)
	}
	got := browse(t, r.dir, 1, queries)
	for i, c := range cases {
		var want []*message.Message
		for _, m := range all {
			if c.want(m) {
				want = append(want, m)
			}
		}
		times := map[string]string{}
		var ids []string
		for _, m := range want {
			times[anchor(m.Key)] = m.Sent.UTC
			ids = append(ids, anchor(m.Key))
		}
		found := slices.Clone(got.Searches[i].IDs)
		if !slices.IsSortedFunc(found, func(a, b string) int { return strings.Compare(times[b], times[a]) }) {
			t.Errorf("%s: the newest are not first", c.query)
		}
		slices.Sort(found)
		slices.Sort(ids)
		if !slices.Equal(found, ids) {
			t.Errorf("%s: found %d, want %d", c.query, len(found), len(ids))
		}
	}
	if got.Person != 20 { // as many as come at first
		t.Errorf("the page of a person shows %d messages", got.Person)
	}
	if got.Slowest > 1000 { // the bar is 100 ms on a quiet machine; this one may be busy
		t.Errorf("a search took %.1f ms", got.Slowest)
	}
}

func TestRealBrowserShowsTheKitsCorpusWell(t *testing.T) {
	r := newRig(t)
	r.config.Language = "zh"
	r.deliver(ferrytest.Corpus(t, r.root))
	browse(t, r.dir, 4, []string{"q=hello"})
}
