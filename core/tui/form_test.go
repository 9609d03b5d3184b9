package tui

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/progress"
)

// TestAFormSaysWhatEachRowDoes fills in rows, from lists too, and reads what each leaves out.
func TestAFormSaysWhatEachRowDoes(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	p.press("enter", "down", "enter", "enter").at("keep").press("2024-01-01")
	if f := p.frame(80, 24); !strings.Contains(f, "leaves out 148") || !strings.Contains(f, "95 of 243 messages") {
		t.Error(f)
	}
	p.press("down", "down", "enter").at("choose.conversations").press("space", "down", "space")
	if f := p.frame(80, 24); !strings.Contains(f, "2 ticked, with 243 messages") {
		t.Error(f)
	}
	p.press("enter", "down", "down", "enter").at("choose.departments").press("sal", "space", "enter").press("down", "enter").at("choose.kinds")
	if f := p.frame(80, 24); !regexp.MustCompile(`public +240\n`).MatchString(f) {
		t.Error(f)
	}
	p.press("esc", "ctrl+n")
	if r := p.m.choice.Rules; !slices.Equal(r.Departments, []string{"Sales"}) || !slices.Equal(r.Conversations, []string{"general", "slack:T:D1"}) || r.Since != "2024-01-01" {
		t.Errorf("%+v", r)
	}
}

// TestWhatCouldNotBeReadBeforeIsListedOnce goes on with an interrupted run, whose books and whose plugin tell of
// the same record.
func TestWhatCouldNotBeReadBeforeIsListedOnce(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	run := newRun(p.m, "/runs/cut", "")
	p.do(p.m.push(run))
	if n := len(run.rejects); n != 2 { // one of an earlier unit, one told now
		t.Errorf("%d are listed: %v", n, run.rejects)
	}
	p.update(beforeMsg{of: run, list: []ledger.Exception{{Shard: "c1", Reason: "not_json", File: "Ann", Index: "7"}}})
	if n := len(run.rejects); n != 2 {
		t.Errorf("the same record is listed twice: %v", run.rejects)
	}
	p.press("m").at("media").press("esc").at("run").press("l").at("losses")
}

// TestAReportIsSavedWhereOneSays types a path and finds it said.
func TestAReportIsSavedWhereOneSays(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	p.do(openPast(p.m, Past{Out: "/runs/acme", Folder: job.Folder{Done: true}, Summary: p.d.summary()}))
	p.at("result").press("e").at("export").press("ctrl+u", "~/r.html", "enter").at("result")
	if p.d.exported != "/home/r.html" || !strings.Contains(p.m.notice, "/home/r.html") {
		t.Errorf("it is in %q, and %q is said", p.d.exported, p.m.notice)
	}
}

// TestTheWayBackIsAlwaysShown looks for it on every page.
func TestTheWayBackIsAlwaysShown(t *testing.T) {
	journey(t, "en", "Ann", func(page string, p *pilot) {
		for _, size := range [][2]int{{60, 18}, {80, 24}} {
			f := p.frame(size[0], size[1])
			foot := f[strings.LastIndex(f, "──\n")+1:]
			if !strings.Contains(foot, "Esc ") || !strings.Contains(foot, "help") {
				t.Errorf("%s at %v ends with %s", page, size, foot)
			}
		}
	})
}

// TestEveryRowOfAFormIsReached walks through all settings of all targets on a low terminal.
func TestEveryRowOfAFormIsReached(t *testing.T) {
	p := newPilot(t, "zh", "Ann")
	p.press("enter", "down", "enter", "enter", "ctrl+n").at("target")
	p.press("space", "down", "space", "down", "space")
	for _, want := range []string{"html", "文件夹", "团队", "html: 标题", "html: 语言", "html: odd thing", "制定计划"} {
		if f := p.frame(60, 12); !regexp.MustCompile("▸ .*" + regexp.QuoteMeta(want)).MatchString(f) {
			t.Errorf("the row %q is not to be seen:\n%s", want, f)
		}
		if want == "html: 语言" {
			p.press("space", "space", "left") // from zh, to en, to zh, to en
		}
		p.press("down")
	}
	p.press("enter").at("people")
	if s := p.m.choice.Settings; s["html.language"] != "en" || s["html.title"] != "" {
		t.Errorf("%v", s)
	}
}

// TestAFloodOfRejectsCostsFewFrames tells of more than can be listed.
func TestAFloodOfRejectsCostsFewFrames(t *testing.T) {
	p := newPilot(t, "en", "Ann")
	frames := 0
	p.m.send = func(msg tea.Msg) { frames++; p.update(msg) }
	run := newRun(p.m, "/out", "")
	task, cmd := p.m.begin(true, func(_ context.Context, show progress.Printer) tea.Msg {
		for i := range 2 * waitLimit {
			show.Event(progress.Event{Reject: &progress.Reject{Shard: "c1", Index: strconv.Itoa(i)}})
		}
		return runMsg{}
	})
	run.task, run.state = task, running
	p.m.pages = append(p.m.pages, run)
	p.do(cmd)
	if n := int64(len(run.rejects)) + run.more; frames != 1 || n != 2*waitLimit || len(run.rejects) != rejectsKept || run.state != finished {
		t.Errorf("%d frames, %d rejects, %d listed, %s", frames, n, len(run.rejects), run.state)
	}
}
