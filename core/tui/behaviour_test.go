package tui

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
)

var braces = regexp.MustCompile(`\{[a-z]+\}`)

// TestLanguagesSayTheSame compares the catalogues: the same keys, and the same things filled in.
func TestLanguagesSayTheSame(t *testing.T) {
	en, err := loadTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range Languages() {
		other, err := loadTexts(language)
		if err != nil {
			t.Fatal(err)
		}
		for key, text := range en.text {
			got, ok := other.text[key]
			want, have := braces.FindAllString(text, -1), braces.FindAllString(got, -1)
			slices.Sort(want)
			slices.Sort(have)
			if !ok || !slices.Equal(want, have) || strings.Count(text, " | ") != strings.Count(got, " | ") {
				t.Errorf("%s: %q is %q, in English %q", language, key, got, text)
			}
		}
		for key := range other.text {
			if !en.has(key) {
				t.Errorf("%s: %q is not in English", language, key)
			}
		}
	}
}

// TestEverySentenceIsInTheCatalogue looks for keys in the source, and for those made of values of the core.
func TestEverySentenceIsInTheCatalogue(t *testing.T) {
	en, err := loadTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`say\("([a-z.]+[a-z])"[,)]|"((?:key|button|evidence)\.[a-z]+)"`)
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			if n++; !en.has(m[1]+m[2]) && !en.has(m[2]+".title") {
				t.Errorf("%s: there is no text %q", f, m[1]+m[2])
			}
		}
	}
	if n < 150 {
		t.Errorf("only %d keys found", n)
	}
	var made []string
	for _, v := range []string{report.SourceComplete, report.SourceUnproven, report.SourceGaps, report.SourceDamaged} {
		made = append(made, "verdict.source."+v)
	}
	made = append(made, "verdict.books."+report.BooksBalanced, "verdict.books."+report.BooksUnbalanced, "verdict.loss."+report.LossNone, "verdict.loss."+report.LossDeclared, "verdict.loss."+report.LossUndeclared)
	for _, v := range []string{report.ReadBackFull, report.ReadBackSampled, report.ReadBackNone, report.ReadBackDiffers} {
		made = append(made, "verdict.readback."+v)
	}
	for _, v := range []string{report.ReportUnsigned, report.ReportSigned, report.ReportTimestamped, report.ReportTampered} {
		made = append(made, "verdict.report."+v)
	}
	for _, name := range resultRows {
		made = append(made, "result."+name, "result."+name+".question")
	}
	for _, s := range []runState{running, stopping, paused, failed, finished} {
		made = append(made, "run."+string(s))
	}
	for _, s := range []progress.Stage{progress.Survey, progress.Copy, progress.Finish, progress.ReadBack} {
		made = append(made, "stage."+string(s))
	}
	for _, a := range peopleActions {
		made = append(made, "action."+a, "action."+a+".about")
	}
	for _, name := range keepRows[:8] {
		made = append(made, "keep."+name, "keep."+name+".about")
	}
	for _, v := range []string{"gap", "warning", "note"} {
		made = append(made, "source.severity."+v)
	}
	for _, v := range []string{"parsed", "media", "ignored", "unknown", "damaged"} {
		made = append(made, "file."+v)
	}
	for _, o := range unitOrders {
		made = append(made, "units.by."+o)
	}
	for _, code := range []string{"0", "10", "11", "12", "20", "21", "30"} {
		made = append(made, "exit."+code)
	}
	for _, key := range made {
		if !en.has(key) {
			t.Errorf("there is no text %q", key)
		}
	}
}

func TestLanguageComesFromTheLocale(t *testing.T) {
	for value, want := range map[string]string{"zh_CN.UTF-8": "zh", "zh": "zh", "zh-Hans": "zh", "en_GB.UTF-8": "en", "C": "en", "": "en", "fi_FI@euro": "en", "zh_CN.GB2312": "en"} {
		got := NewTexts(func(name string) string { return map[string]string{"LANG": value}[name] })
		if got.Language != want {
			t.Errorf("%q gives %s", value, got.Language)
		}
	}
	over := NewTexts(func(name string) string { return map[string]string{"LC_ALL": "en_US", "LANG": "zh_CN"}[name] })
	if over.Language != "en" {
		t.Error("LANG wins over LC_ALL")
	}
}

// TestEveryStepGoesBack presses esc from the plan to the first page.
func TestEveryStepGoesBack(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	p.press("enter", "down", "enter", "enter", "ctrl+n", "enter", "ctrl+n", "c").at("plan")
	for _, name := range []string{"people", "target", "keep", "content", "pick", "home"} {
		p.press("esc").at(name)
	}
	if p.d.ran+p.d.saved != 0 {
		t.Error("something was written before the run was started")
	}
}

// async is a pilot whose commands run beside it, as in the program.
func async(p *pilot) (next func()) {
	queue := make(chan tea.Msg, 100)
	var work sync.WaitGroup
	p.t.Cleanup(work.Wait)
	start := func(cmd tea.Cmd) {
		if cmd != nil {
			work.Go(func() { queue <- cmd() })
		}
	}
	p.m.send = func(msg tea.Msg) { queue <- msg }
	return func() {
		select {
		case msg := <-queue:
			if batch, ok := msg.(tea.BatchMsg); ok {
				for _, c := range batch {
					start(c)
				}
				return
			}
			_, cmd := p.m.Update(msg)
			start(cmd)
		case <-time.After(10 * time.Second):
			p.t.Fatal("nothing happens any more:\n" + p.m.View())
		}
	}
}

// TestPauseAndGoOn pauses a run, looks at it, goes on, and leaves it: each time the work ends first.
func TestPauseAndGoOn(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	next := async(p)
	p.d.block = true
	run := newRun(p.m, "/runs/cut", "")
	press := func(k string) {
		_, cmd := p.m.Update(tea.KeyMsg{Type: named[k], Runes: []rune(k)})
		if named[k] == 0 {
			_, cmd = p.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
		}
		p.m.send(tea.BatchMsg{cmd})
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for range 200 {
			if ok() {
				return
			}
			next()
		}
		t.Fatalf("never %s:\n%s", what, p.m.View())
	}
	p.m.send(tea.BatchMsg{p.m.push(run)})
	until("at 42%", func() bool { return strings.Contains(p.m.View(), "42%") })
	for _, want := range []string{"3,400 records/s", "2.1 MB/s", "0:12 so far", "0:16 left", "██████░░░░░░", "working"} {
		if !strings.Contains(p.frame(100, 30), want) {
			t.Errorf("the frame lacks %q:\n%s", want, p.frame(100, 30))
		}
	}
	press("p")
	until("paused", func() bool { return run.state == paused })
	if len(p.m.tasks) != 0 || !strings.Contains(p.m.View(), "Press p to go on") {
		t.Errorf("the work goes on, or nothing says how to:\n%s", p.m.View())
	}
	press("p")
	until("going on", func() bool { return run.state == running && run.copied.Percent == 42 })
	press("ctrl+c")
	until("asking", func() bool { return p.m.page().name() == "confirm.quit" })
	press("n")
	until("staying", func() bool { return p.m.page().name() == "run" && run.state == running })
	press("ctrl+c")
	press("y")
	until("left", func() bool { return p.m.quitting && len(p.m.tasks) == 0 })
	if p.d.ran != 2 {
		t.Errorf("it ran %d times", p.d.ran)
	}
}

// TestAFailureSaysWhatToDo shows a run that stops.
func TestAFailureSaysWhatToDo(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	p.d.runErr = fault.New(fault.Storage, "write", "/out", "free some disk space", errors.New("no space left"))
	p.do(p.m.push(newRun(p.m, "/runs/cut", "")))
	if f := p.frame(80, 24); !strings.Contains(f, "no space left") || !strings.Contains(f, "free some disk space") || !strings.Contains(f, "Press p") {
		t.Error(f)
	}
}

// TestTheMouseDoesWhatKeysDo clicks on a line, on a key in the footer, and turns the wheel.
func TestTheMouseDoesWhatKeysDo(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	click := func(text string) {
		t.Helper()
		for y, l := range strings.Split(p.frame(80, 24), "\n") {
			if i := strings.Index(l, text); i >= 0 {
				p.update(tea.MouseMsg{X: len([]rune(l[:i])) + 1, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
				return
			}
		}
		t.Fatalf("no %q in\n%s", text, p.frame(80, 24))
	}
	click("New migration")
	p.at("pick")
	click("acme.zip")
	click("acme.zip") // once to choose, once to open
	p.at("content")
	click("Enter continue")
	p.at("keep")
	p.update(tea.MouseMsg{Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress})
	click("[ Continue ]")
	p.at("target")
	click("Esc back")
	p.at("keep")
}

// TestAccountsAreChecked edits a person wrongly, then rightly, and finds the edit again after a new plan.
func TestAccountsAreChecked(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	p.press("enter", "down", "enter", "enter", "ctrl+n", "down", "enter", "ctrl+n").at("people")
	p.press("enter").at("person").press("down", "ctrl+u", "9x", "down", "down", "enter").at("person")
	if !p.m.bad || !strings.Contains(p.m.notice, "start") {
		t.Errorf("a wrong account gives %q", p.m.notice)
	}
	p.press("up", "up", "ctrl+u", "annie", "down", "down", "enter").at("people")
	p.press("esc").at("target").press("ctrl+n").at("people")
	e := p.m.page().(*peoplePage).plan.Accounts[0].Map.Lookup("slack:T:U1")
	if e.Account != "annie" || e.Action != people.Create {
		t.Errorf("the edit is gone: %+v", e)
	}
}

// TestFieldsTakeEverything types, pastes and deletes.
func TestFieldsTakeEverything(t *testing.T) {
	f := newField("")
	for _, r := range "東京x\x1b\n" {
		f.press(key{text: string(r)})
	}
	f.press(key{name: "left"})
	f.press(key{name: "backspace"})
	f.press(key{text: strings.Repeat("é", 2*fieldRunes)})
	if v := f.value(); len([]rune(v)) != fieldRunes || !strings.HasPrefix(v, "東é") || !strings.HasSuffix(v, "x") {
		t.Errorf("%d runes, %.20q", len([]rune(v)), v)
	}
}

// TestPlainAsksAndAnswers goes through a migration in the form for screen readers.
func TestPlainAsksAndAnswers(t *testing.T) {
	t.Chdir(t.TempDir())
	d := &dock{name: "A\x1b[2Jnn"}
	var out bytes.Buffer
	answers := []string{"7", "1", "acme.zip", // a number that is none, a new migration
		"1", "soon", "9", "10", "acme.zip", // a mistake is counted; back to the dump
		"1", "2024-01-01", "9", "5", "Sales", "5", "", "0",
		"2", "1", "1", "0", "", "", // mattermost; the archive on and off again; its team, the folder
		"5", "1", "", "annie", "", "0", // a person
		"4", "0", "", "", // back to the targets, and forward
		"2", "1", "0", "1", // a loss, then the run
		"1", "2", "3", "0", "4", "1", "1", "0", "0", // the source: a finding, a record; the differences, one in full
		"6", "0", "10", "/r.html", "11", "slack:T:C1:1", "9", "0", // files, the report, a record, everything again
		"0"}
	err := Plain(context.Background(), Options{Ferry: d, Config: "config", Dir: "/exports", Getenv: environ("en"), In: strings.NewReader(strings.Join(answers, "\n") + "\n"), Out: &out})
	if err != nil || d.ran != 1 {
		t.Fatalf("ran %d times, %v\n%s", d.ran, err, out.String())
	}
	for _, want := range []string{"Please type a number from 0 to 2", "From date: is no date", "95 of 243 messages", "Sales: Sales, 43 messages", "new account, annie", "cannot keep 3 kinds", "the last text only",
		"no: the targets differ", "1 missing", "about 40 messages would be expected here", "Its bytes are kept as quarantine/ab/cd", "delivered: \"a\"", "The report is saved as /r.html", "was delivered to A"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	if strings.ContainsRune(out.String(), 0x1b) {
		t.Error("an escape passes")
	}
}
