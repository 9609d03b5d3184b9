package tui

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	uni "unicode"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/core/verify"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// dock answers as a program would for one small dump, so that frames are the same on every machine. What
// the real program answers is tested in cmd/chatferry.
type dock struct {
	name   string // stands wherever text from outside can
	block  bool   // Run waits until it is interrupted
	runErr error
	ran    int
	saved  int
}

func (d *dock) Targets() []Target {
	return []Target{
		{Name: "archive", Summary: "an archive"},
		{Name: "mattermost", Summary: "an import", Settings: []plugin.Setting{{Name: "team", Type: "string", Help: "one team"}}},
	}
}

func (d *dock) Look(context.Context, string, progress.Printer) (job.Content, error) {
	months := map[string]int64{"2023-11": 12, "2023-12": 40, "2024-01": 96, "2024-02": 88, "2024-03": 7}
	return job.Content{Source: job.Recognised{Plugin: "slack"}, Inventory: report.Inventory{Format: "slack-export-zip", People: 3, PeopleByKind: map[string]int64{"human": 2, "bot": 1},
		Conversations: 2, ConversationsByKind: map[string]int64{"public": 1, "direct": 1}, Messages: 243, Replies: 31, Reactions: 17, Attachments: 5,
		AttachmentsByState: map[string]report.Media{"present": {Count: 4}, "missing": {Count: 1}}, MessagesByMonth: months, First: "2023-11-02T08:00:00Z", Last: "2024-03-01T09:00:00Z",
		Rejected: 1, Notes: []string{"a note: " + d.name}},
		People:        []job.Item{{Name: d.name, Kind: "human", Ref: "ann", Messages: 200}, {Name: "Ben", Kind: "human", Ref: "ben", Messages: 43}},
		Conversations: []job.Item{{Name: "general", Kind: "public", Ref: "general", Messages: 240}, {Name: d.name, Kind: "direct", Ref: "slack:T:D1", Messages: 3}}}, nil
}

func (d *dock) losses() []report.LossRow {
	return []report.LossRow{
		{Sink: "mattermost", Field: "message.reactions.at", Action: "degrade", Count: 17, Why: "a reaction needs a time " + d.name, Samples: []string{"slack:T:C1:1700000000.000100", d.name}},
		{Sink: "mattermost", Field: "revision", Action: "drop", Count: 2, Why: "the last text only"},
		{Sink: "mattermost", Field: "person.tenant", Action: "drop", Count: 3},
	}
}

func (d *dock) Plan(_ context.Context, c Choice, _ progress.Printer) (Plan, error) {
	if c.Rules.Since == "soon" {
		return Plan{}, fault.New(fault.Config, "configure", "since", "write 2024-01-31", errors.New("is no date"))
	}
	p := Plan{HCL: "source \"slack\" \"dump\" {\n  path = \"" + d.name + "\"\n}\n", Forecast: job.Forecast{Losses: d.losses()}}
	p.Inventory.Messages, p.Inventory.Attachments = 243, 5
	if c.Rules.Since != "" {
		p.Inventory.Messages = 95
		p.FilteredBy = []report.RuleCount{{Rule: "transform.filter.scope/since", Count: 148}}
	}
	m := people.New()
	list := func(yield func(*message.Person) bool) {
		_ = yield(&message.Person{Key: "slack:T:U1", Kind: "human", Name: d.name, Username: "ann", Emails: []string{"ann@example.com"}}) &&
			yield(&message.Person{Key: "slack:T:U2", Kind: "bot", Name: "Robot", Username: "robot"})
	}
	if err := m.Suggest(plugin.AccountRule{Min: 2, Max: 20, Start: "letter", Allowed: "-_."}, people.Policy{}, list); err != nil {
		return p, err
	}
	p.Accounts = []job.Accounts{{Sink: "mattermost", File: "people.csv", Map: m}}
	return p, nil
}

func (d *dock) Save(c Choice, _ Plan, _ bool) (string, error) {
	d.saved++
	return filepath.Join(c.Out, PipelineName), nil
}

func (d *dock) Run(ctx context.Context, _, _ string, show progress.Printer) (report.Summary, error) {
	d.ran++
	show.Event(progress.Event{Plan: &progress.Plan{Stage: progress.Copy, Shards: []progress.Shard{
		{ID: "directory", Label: "people and conversations", Bytes: 2000, Done: true}, {ID: "c1", Label: d.name, Bytes: 12_000_000}, {ID: "c2", Label: "#general", Bytes: 400}}}})
	show.Event(progress.Event{Shard: &progress.ShardEvent{ID: "c1", State: progress.Started}})
	show.Event(progress.Event{Reject: &progress.Reject{Shard: "c1", Reason: "not_json", File: d.name, Index: "7"}})
	show.Event(progress.Event{Log: &progress.LogEvent{Level: progress.Warn, Text: "slow " + d.name}})
	show.Tick(progress.Snapshot{Stage: progress.Copy, Delta: progress.Delta{Read: 120, Delivered: 110, Rejected: 1, Losses: 9, Media: 2, MediaBytes: 5000}, Percent: 42,
		PerSecond: 3400, BytesRate: 2_100_000, Elapsed: 12 * time.Second, Left: 16 * time.Second, LeftKnown: true, Active: []string{"c1"}, Behind: []float64{0.5}})
	if d.block {
		<-ctx.Done()
		return report.Summary{}, ctx.Err()
	}
	return d.summary(), d.runErr
}

func (d *dock) summary() report.Summary {
	s := report.Summary{Read: 243, Delivered: 242, Rejected: 1, Losses: d.losses(), Evidence: "/out/evidence", ExitCode: fault.ExitDamaged,
		Sinks:    []report.SinkResult{{Name: "mattermost", Offered: 242, Delivered: 242, Check: &report.Check{Compared: 240, Missing: 1, Differing: 1}}},
		Findings: []report.Finding{{ID: "GAP", Text: "a file is not there", Count: 1, Samples: []string{d.name}}}}
	s.Verdicts = report.Verdicts{Source: report.SourceDamaged, Books: report.BooksBalanced, Loss: report.LossDeclared, ReadBack: report.ReadBackDiffers, Report: report.ReportUnsigned}
	return s
}

func (d *dock) Check(context.Context, string, progress.Printer) (report.Summary, error) {
	return d.summary(), nil
}

func (d *dock) Open(out string) (Past, error) {
	p := Past{Out: out, Summary: d.summary(), Folder: job.Folder{Done: filepath.Base(out) != "cut", Last: ledger.Run{Started: "2024-05-06T07:08:09Z"}}}
	if filepath.Base(out) == "gone" {
		return p, errors.New("gone")
	}
	return p, nil
}

func (d *dock) Losses(string) ([]report.LossRow, error) { return d.losses(), nil }

func (d *dock) Exceptions(_, verdict string) ([]ledger.Exception, error) {
	return []ledger.Exception{{Verdict: verdict, Reason: "not_json", Key: "slack:T:C1:" + d.name, File: d.name, Index: "7", Blob: "ab/cd"}}, nil
}

func (d *dock) Differences(string, string) ([]verify.Difference, error) {
	return []verify.Difference{{Kind: verify.Differs, Type: "message", Key: "slack:T:C1:" + d.name, Day: "2024-01-02",
		Fields: []verify.Field{{Name: "message.text", Expected: `"a"`, Found: `"` + d.name + `"`}}}}, nil
}

func (d *dock) Explain(_ context.Context, _, key string) ([]string, error) {
	return []string{key, "  was delivered to " + d.name}, nil
}

// pilot presses keys and carries out what they lead to.
type pilot struct {
	t *testing.T
	m *Model
	d *dock
}

func environ(language string) func(string) string {
	return func(name string) string {
		return map[string]string{"LC_ALL": language + ".UTF-8", "NO_COLOR": "1", "TERM": "xterm", "HOME": "/home"}[name]
	}
}

// newPilot begins at home, with two recent folders, in a folder with one dump.
func newPilot(t *testing.T, language, name string) *pilot {
	t.Helper()
	t.Chdir(t.TempDir()) // so that no frame holds a path of this machine
	dir, config := "exports", t.TempDir()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "acme.zip"), []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{"/gone", "/runs/cut", "/runs/acme"} {
		if err := remember(config, out); err != nil {
			t.Fatal(err)
		}
	}
	d := &dock{name: name}
	m := NewModel(Options{Ferry: d, Config: config, Dir: dir, Getenv: environ(language), Out: os.Stderr})
	m.st, m.pause = newStyles(termenv.Ascii, true), 0
	p := &pilot{t, m, d}
	m.send = func(msg tea.Msg) { p.update(msg) }
	p.do(m.Init())
	return p
}

func (p *pilot) update(msg tea.Msg) {
	_, cmd := p.m.Update(msg)
	p.do(cmd)
}

func (p *pilot) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			p.do(c)
		}
	default:
		p.update(msg)
	}
}

var named = map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "tab": tea.KeyTab, "space": tea.KeySpace,
	"ctrl+n": tea.KeyCtrlN, "ctrl+p": tea.KeyCtrlP, "ctrl+u": tea.KeyCtrlU, "ctrl+c": tea.KeyCtrlC, "f1": tea.KeyF1, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace}

// press presses keys by name; everything else is typed.
func (p *pilot) press(keys ...string) *pilot {
	for _, k := range keys {
		if typ, ok := named[k]; ok {
			msg := tea.KeyMsg{Type: typ}
			if k == "space" {
				msg.Runes = []rune(" ")
			}
			p.update(msg)
			continue
		}
		for _, r := range k {
			p.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	return p
}

// frame is what is shown at a size.
func (p *pilot) frame(width, height int) string {
	p.update(tea.WindowSizeMsg{Width: width, Height: height})
	return p.m.View()
}

// at wants the page on top to have a name.
func (p *pilot) at(name string) *pilot {
	p.t.Helper()
	if got := p.m.page().name(); got != name {
		p.t.Fatalf("the page is %s, not %s:\n%s", got, name, p.frame(80, 24))
	}
	return p
}

// journey visits every page; see is called on each.
func journey(t *testing.T, language, name string, see func(page string, p *pilot)) {
	p := newPilot(t, language, name)
	look := func(page string) { see(page, p) }
	look("home")
	p.press("?").at("help")
	look("help")
	p.press("esc", "ctrl+p").at("palette")
	look("palette")
	p.press("esc", "enter").at("pick")
	look("pick")
	p.press("/")
	look("path")
	p.press("esc", "down", "enter").at("content")
	look("content")
	p.press("enter").at("keep")
	look("keep")
	p.press("soon")
	look("mistake")
	p.press("ctrl+u", "2024-01-01", "down", "down", "enter").at("choose.conversations")
	look("choose")
	p.press("space", "enter").at("keep").press("ctrl+n").at("target")
	p.press("down", "space", "down")
	look("folder")
	p.press("up")
	look("target")
	p.press("ctrl+n").at("people")
	look("people")
	p.press("enter").at("person")
	look("person")
	p.press("esc", "c").at("plan")
	look("plan")
	p.press("l").at("losses")
	look("losses")
	p.press("enter")
	look("loss")
	p.press("esc", "esc").at("plan").press("enter").at("confirm.start")
	look("start")
	p.press("enter").at("run")
	look("run")
	p.press("2")
	look("rejects")
	p.press("3")
	look("log")
	p.press("1", "enter").at("result")
	look("result")
	p.press("enter").at("evidence.source")
	look("source")
	p.press("down", "enter").at("record")
	look("record")
	p.press("esc", "esc", "down", "enter").at("evidence.books")
	look("books")
	p.press("esc", "down", "down", "enter").at("evidence.readback")
	look("readback")
	p.press("enter").at("differences")
	p.press("enter")
	look("differences")
	p.press("esc", "esc", "esc", "down", "enter").at("evidence.report")
	look("report")
	p.press("esc", "x").at("lookup").press("slack:T:C1:1", "enter").at("record")
	look("explained")
}

var sizes = [][2]int{{60, 18}, {80, 24}, {140, 45}}

// TestFrames compares every page at three sizes with what is kept in testdata.
func TestFrames(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "zh"} {
		t.Run(language, func(t *testing.T) {
			journey(t, language, "Ann Ashford", func(page string, p *pilot) {
				var b strings.Builder
				for _, size := range sizes {
					b.WriteString("== " + strconv.Itoa(size[0]) + "x" + strconv.Itoa(size[1]) + "\n")
					for _, l := range strings.Split(p.frame(size[0], size[1]), "\n") {
						b.WriteString(strings.TrimRight(l, " ") + "\n")
					}
				}
				got := b.String()
				golden := filepath.Join(home, "testdata", page+"."+language+".golden")
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s differs from %s; look at it, then -update:\n%s", page, golden, got)
				}
			})
		})
	}
}

// hostile are names as somebody would write them to harm who reads them.
var hostile = []string{
	"a\x1b[31m\x1b]0;title\x07b", "\u202egpj.exe\u2066", "c\u009b2Jd", strings.Repeat("e\u0301\u0301\u0301", 40), strings.Repeat("東京都", 30),
	"x\r\ny\tz\x00", "\u200b\u200f\ufeff", strings.Repeat("w", 4000), "👩\u200d👧\u200d👦🏽 " + strings.Repeat("🏴", 30), "\xff\xfe{n}{of}",
}

// TestHostileNamesStayInTheirPlace draws every page with names that try to move the cursor, reorder the
// line or break out of it.
func TestHostileNamesStayInTheirPlace(t *testing.T) {
	colours := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, name := range hostile {
		for _, profile := range []termenv.Profile{termenv.Ascii, termenv.ANSI} {
			journey(t, "zh", name, func(page string, p *pilot) {
				p.m.st = newStyles(profile, true)
				for _, size := range append(sizes, [2]int{40, 10}, [2]int{300, 90}) {
					lines := strings.Split(p.frame(size[0], size[1]), "\n")
					if len(lines) != size[1] {
						t.Errorf("%q: %s has %d lines at %v", name, page, len(lines), size)
					}
					for _, l := range lines {
						bare := colours.ReplaceAllString(l, "")
						if i := strings.IndexFunc(bare, unsafeRune); i >= 0 {
							t.Fatalf("%q: %s lets a control pass: %q", name, page, bare)
						}
						if w := safe.Width(bare); w > size[0] {
							t.Fatalf("%q: %s has a line of %d columns at %v: %q", name, page, w, size, bare)
						}
					}
				}
			})
		}
	}
}

func unsafeRune(r rune) bool {
	return r != 0x200d && (uni.Is(uni.Cc, r) || uni.Is(uni.Cf, r) || r == 0x2028 || r == 0x2029)
}
