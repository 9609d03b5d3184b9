package tui

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// plain is the interface for screen readers: questions with numbered answers, one line after another,
// nothing drawn and nothing redrawn. It asks the same Ferry the same things as the pages do.
type plain struct {
	o    Options
	tx   *Texts
	st   *Styles
	in   *bufio.Scanner
	asks chan answer // lines of in, so that an interrupt is heard while waiting
}

// answer is a line that was typed.
type answer struct {
	text string
	end  bool
}

// errLeft is how the end of the input, or "0" at home, ends the conversation.
var errLeft = errors.New("left")

// plainWidth is where lines are broken, and progressEvery is how often progress is told.
const (
	plainWidth    = 78
	plainLine     = 200 // of what is broken later
	progressEvery = 5 * time.Second
)

// Plain asks line by line instead of drawing a screen.
func Plain(ctx context.Context, o Options) error {
	p := &plain{o: o, tx: NewTexts(o.Getenv), in: bufio.NewScanner(o.In), asks: make(chan answer)}
	p.st = NewStyles(io.Discard, func(name string) string {
		if name == "NO_COLOR" {
			return "1"
		}
		return o.Getenv(name)
	})
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for p.in.Scan() {
			select {
			case p.asks <- answer{text: p.in.Text()}:
			case <-stop:
				return
			}
		}
		select {
		case p.asks <- answer{end: true}:
		case <-stop:
		}
	}()
	for {
		err := p.home(ctx)
		switch {
		case errors.Is(err, errLeft):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			p.fail(err)
		}
	}
}

// say writes a text of the catalogue, wrapped.
func (p *plain) say(key string, args ...string) { p.print(p.tx.say(key, args...)) }

func (p *plain) print(text string) {
	for _, part := range strings.Split(text, " | ") {
		for _, l := range wrap(part, plainWidth) {
			fmt.Fprintln(p.o.Out, l)
		}
	}
}

func (p *plain) fail(err error) {
	p.say("error", "error", err.Error())
	if hint := fault.HintOf(err); hint != "" {
		p.say("error.hint", "hint", hint)
	}
}

// ask reads one line; an empty one means otherwise.
func (p *plain) ask(ctx context.Context, question, otherwise string) (string, error) {
	if otherwise != "" {
		question += " [" + safe.Text(otherwise) + "]"
	}
	fmt.Fprint(p.o.Out, question+": ")
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case a := <-p.asks:
		if a.end {
			fmt.Fprintln(p.o.Out)
			return "", errLeft
		}
		return cmp.Or(strings.TrimSpace(a.text), otherwise), nil
	}
}

// menu asks for one of some lines by its number, from 1; 0 is what zero says.
func (p *plain) menu(ctx context.Context, zero string, lines ...string) (int, error) {
	fmt.Fprintln(p.o.Out)
	for i, l := range lines {
		fmt.Fprintf(p.o.Out, "%d. %s\n", i+1, safe.Line(l, 200))
	}
	fmt.Fprintf(p.o.Out, "0. %s\n", zero)
	for {
		text, err := p.ask(ctx, p.tx.say("plain.number"), "")
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= len(lines) {
			return n, nil
		}
		p.say("plain.wrong", "n", strconv.Itoa(len(lines)))
	}
}

func (p *plain) home(ctx context.Context) error {
	p.say("home.lead")
	msg := loadRecent(p.o)().(recentMsg)
	if msg.err != nil {
		p.fail(msg.err)
	}
	lines := []string{p.tx.say("home.new"), p.tx.say("home.open")}
	v := &view{st: p.st, tx: p.tx}
	for _, past := range msg.list {
		word, _ := verdictLine(v, past)
		lines = append(lines, filepath.Base(past.Out)+": "+word)
	}
	n, err := p.menu(ctx, p.tx.say("home.quit"), lines...)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errLeft
	case n == 1:
		return p.migrate(ctx)
	case n > 2:
		return p.open(ctx, msg.list[n-3])
	}
	path, err := p.ask(ctx, p.tx.say("plain.past"), "")
	if err != nil || path == "" {
		return err
	}
	past, err := p.o.Ferry.Open(p.o.path(path))
	if err != nil {
		return err
	}
	return p.open(ctx, past)
}

func (p *plain) open(ctx context.Context, past Past) error {
	if past.Folder.Done {
		return p.result(ctx, past.Out, past.Summary)
	}
	n, err := p.menu(ctx, p.tx.say("key.home"), p.tx.say("key.resume"))
	if err != nil || n == 0 {
		return err
	}
	return p.run(ctx, past.Out, "")
}

// teller is a Printer that says now and then how far something is.
type teller struct {
	p    *plain
	next time.Time
}

// Event implements progress.Printer.
func (t *teller) Event(e progress.Event) {
	switch {
	case e.Plan != nil:
		t.next = e.At.Add(progressEvery)
		t.p.print(t.p.tx.word("stage.", string(e.Plan.Stage)))
	case e.Reject != nil:
		t.p.print(t.p.tx.word("reason.", e.Reject.Reason) + ": " + safe.Text(e.Reject.File+" "+e.Reject.Index))
	case e.Log != nil && e.Log.Level.AtLeast(progress.Warn):
		t.p.print(safe.Text(e.Log.Text))
	}
}

// Tick implements progress.Printer.
func (t *teller) Tick(s progress.Snapshot) {
	if s.At.Before(t.next) {
		return
	}
	t.next = s.At.Add(progressEvery)
	text := t.p.tx.say("progress.read", "n", safe.Count(s.Read), "rate", safe.Count(int64(s.PerSecond)))
	if s.Percent >= 0 {
		text = safe.Count(int64(s.Percent)) + "%. " + text
	}
	t.p.print(text)
}

// Close implements progress.Printer.
func (t *teller) Close() {}

func (p *plain) run(ctx context.Context, out, file string) error {
	if err := remember(p.o.Config, out); err != nil {
		p.fail(err)
	}
	s, err := p.o.Ferry.Run(ctx, out, file, &teller{p: p})
	if errors.Is(err, context.Canceled) {
		p.say("plain.stopped")
	}
	if err != nil {
		return err
	}
	return p.result(ctx, out, s)
}

// result tells the verdicts and opens what they rest on.
func (p *plain) result(ctx context.Context, out string, s report.Summary) error {
	for {
		v := &view{st: p.st, tx: p.tx}
		word, _ := exitWord(v, s.ExitCode)
		p.print(word)
		p.print(safe.Text(out))
		p.say("result.counts", "read", safe.Count(s.Read), "delivered", safe.Count(s.Delivered), "filtered", safe.Count(s.Filtered), "rejected", safe.Count(s.Rejected))
		r := &resultPage{s: s}
		var lines []string
		for _, name := range resultRows[:5] {
			lines = append(lines, p.tx.say("result."+name)+" "+p.tx.say("verdict."+name+"."+cmp.Or(r.verdict(name), "none")))
		}
		n, err := p.menu(ctx, p.tx.say("key.home"), append(lines, p.tx.say("key.recheck"))...)
		switch {
		case err != nil || n == 0:
			return err
		case n == 6:
			if s, err = p.o.Ferry.Check(ctx, out, &teller{p: p}); err != nil {
				return err
			}
		default:
			if err := p.evidence(out, &s, resultRows[n-1]); err != nil {
				p.fail(err)
			}
		}
	}
}

// evidence tells what one verdict rests on.
func (p *plain) evidence(out string, s *report.Summary, name string) error {
	m := &Model{o: p.o, tx: p.tx, st: p.st}
	r := &resultPage{m: m, out: out, s: *s}
	lines := func(l *listPage) {
		p.print(l.lead)
		for _, one := range l.rows {
			p.print(safe.Text(strings.Join(one.cells, ", ")))
		}
	}
	text := func(t page) {
		for _, l := range t.(*textPage).lines {
			p.print(l.text)
		}
	}
	switch name {
	case "source":
		list, err := p.o.Ferry.Exceptions(out, ledger.Rejected)
		if err != nil {
			return err
		}
		lines(r.sourceList(list))
	case "books":
		text(r.books())
	case "loss":
		sortLosses(s.Losses)
		lines(newLosses(m, s.Losses))
	case "readback":
		lines(r.readback().(*listPage))
		for _, k := range s.Sinks {
			list, err := p.o.Ferry.Differences(out, k.Name)
			if err != nil {
				return err
			}
			if len(list) > 0 {
				lines(newDifferences(m, k.Name, list))
			}
		}
	case "report":
		text(r.evidence())
	}
	return nil
}
