package tui

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatferry/chatferry/core/fault"
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
	for l := range strings.Lines(err.Error()) {
		p.print(strings.TrimRight(l, "\n"))
	}
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
	switch {
	case errors.Is(err, context.Canceled):
		p.say("plain.stopped")
		return err
	case err != nil:
		p.fail(err)
		p.say("plain.stopped")
		return nil
	}
	return p.result(ctx, out, s)
}

// result tells the verdicts and opens what they rest on.
func (p *plain) result(ctx context.Context, out string, s report.Summary) error {
	for {
		m := &Model{o: p.o, tx: p.tx, st: p.st}
		r := newResult(m, out, s)
		m.pages = []page{r}
		v := &view{st: p.st, tx: p.tx}
		word, _ := exitWord(v, s.ExitCode)
		p.print(word)
		p.print(safe.Text(out))
		p.say("result.counts", "read", safe.Count(s.Read), "delivered", safe.Count(s.Delivered), "filtered", safe.Count(s.Filtered), "rejected", safe.Count(s.Rejected))
		var lines []string
		for _, name := range resultRows {
			line := r.row(v, name)
			lines = append(lines, line.cells[0]+" "+line.cells[1])
		}
		rows := len(lines)
		n, err := p.menu(ctx, p.tx.say("key.home"), append(lines, p.tx.say("key.recheck"), p.tx.say("key.export"), p.tx.say("key.lookup"))...)
		switch {
		case err != nil || n == 0:
			return err
		case n == rows+1:
			if s, err = p.o.Ferry.Check(ctx, out, &teller{p: p}); err != nil {
				return err
			}
		case n == rows+2:
			err = p.line(ctx, newExport(m, out))
		case n == rows+3:
			err = p.line(ctx, newLookup(m, out))
		default:
			r.t.cur = n - 1
			err = p.follow(ctx, m, r.open)
		}
		if err != nil {
			return err
		}
	}
}

// line asks what a page asks, and tells what came of it.
func (p *plain) line(ctx context.Context, a *askPage) error {
	p.say(a.title + ".lead")
	text, err := p.ask(ctx, p.tx.say(a.title+".title"), a.line.value())
	if err != nil || text == "" {
		return err
	}
	r := a.do(ctx, text)
	switch {
	case r.err != nil:
		p.fail(r.err)
	case r.page != nil:
		return p.show(ctx, a.m, r.page)
	default:
		p.print(r.said)
	}
	return nil
}

// follow opens a row of a page, and tells the page that this leads to.
func (p *plain) follow(ctx context.Context, m *Model, open func() tea.Cmd) error {
	depth := len(m.pages)
	if cmd := open(); cmd != nil {
		if r, ok := cmd().(rowsMsg); ok {
			if r.err != nil {
				p.fail(r.err)
				return nil
			}
			return p.show(ctx, m, r.show())
		}
	}
	if len(m.pages) > depth {
		shown := m.page()
		m.drop()
		return p.show(ctx, m, shown)
	}
	return nil
}

// rowsTold is how many rows of a list are told.
const rowsTold = 200

// show tells what stands on a page; the rows of a list can be opened by their number.
func (p *plain) show(ctx context.Context, m *Model, shown page) error {
	if t, ok := shown.(*textPage); ok {
		for _, l := range t.lines {
			p.print(l.text)
		}
		return nil
	}
	l, ok := shown.(*listPage)
	if !ok {
		return nil
	}
	for {
		p.print(l.lead)
		if len(l.rows) == 0 {
			p.say("list.none")
			return nil
		}
		told := l.rows[:min(len(l.rows), rowsTold)]
		if len(told) < len(l.rows) {
			p.say("plain.first", "n", safe.Count(rowsTold), "of", safe.Count(int64(len(l.rows))))
		}
		var lines []string
		for _, r := range told {
			lines = append(lines, strings.Join(slices.DeleteFunc(slices.Clone(r.cells), func(s string) bool { return s == "" }), ", "))
		}
		n, err := p.menu(ctx, p.tx.say("key.back"), lines...)
		if err != nil || n == 0 {
			return err
		}
		if l.t.cur = n - 1; l.opening() {
			if err := p.follow(ctx, m, l.open); err != nil {
				return err
			}
		}
	}
}
