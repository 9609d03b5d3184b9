package tui

import (
	"context"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/progress"
)

// task is work that goes on while keys are pressed. Its fields are changed by Update alone.
type task struct {
	id     int
	keeps  bool // leaving it is worth a question
	cancel context.CancelFunc
	over   chan struct{} // closed when the work has ended
	last   progress.Snapshot
	known  bool // last is set
}

// taskMsg is what a task tells: exactly one of its parts.
type taskMsg struct {
	id     int
	events []progress.Event
	more   int64 // rejects beyond those among the events
	tick   *progress.Snapshot
	done   tea.Msg // the result; the task is over
}

// printer hands what a task tells to the loop. Each message costs a frame, so what a broken dump can give a
// million of waits for the next tick; waitLimit bounds how much.
type printer struct {
	id   int
	send func(tea.Msg)

	mu      sync.Mutex
	waiting []progress.Event
	more    int64
}

const waitLimit = 10_000

var _ progress.Printer = (*printer)(nil)

// Event implements progress.Printer.
func (p *printer) Event(e progress.Event) {
	p.mu.Lock()
	if e.Reject != nil && len(p.waiting) >= waitLimit {
		p.more++
	} else {
		p.waiting = append(p.waiting, e)
	}
	p.mu.Unlock()
	if e.Reject == nil && e.Log == nil {
		p.flush()
	}
}

// Tick implements progress.Printer.
func (p *printer) Tick(s progress.Snapshot) {
	p.flush()
	p.send(taskMsg{id: p.id, tick: &s})
}

// Close implements progress.Printer.
func (p *printer) Close() { p.flush() }

func (p *printer) flush() {
	p.mu.Lock()
	msg := taskMsg{id: p.id, events: p.waiting, more: p.more}
	p.waiting, p.more = nil, 0
	p.mu.Unlock()
	if len(msg.events) > 0 {
		p.send(msg)
	}
}

// begin starts work. Its result comes back as done of the last taskMsg with the task's id.
func (m *Model) begin(keeps bool, work func(ctx context.Context, show progress.Printer) tea.Msg) (*task, tea.Cmd) {
	ctx, cancel := context.WithCancel(context.Background())
	m.lastTask++
	t := &task{id: m.lastTask, keeps: keeps, cancel: cancel, over: make(chan struct{})}
	m.tasks[t.id] = t
	send := m.send
	return t, func() tea.Msg {
		defer close(t.over)
		defer cancel()
		show := &printer{id: t.id, send: send}
		done := work(ctx, show)
		show.flush()
		return taskMsg{id: t.id, done: done}
	}
}

// advance keeps what a task tells and passes it on to the pages.
func (m *Model) advance(msg taskMsg) tea.Cmd {
	if t := m.tasks[msg.id]; t != nil {
		if msg.tick != nil {
			t.last, t.known = *msg.tick, true
		}
		for _, e := range msg.events {
			if e.Ended != nil {
				t.last, t.known = *e.Ended, true
			}
		}
	}
	cmd := m.tell(msg)
	if msg.done != nil {
		delete(m.tasks, msg.id)
		if m.quitting && len(m.tasks) == 0 {
			return tea.Quit
		}
	}
	return cmd
}

// stopLimit is how long work is waited for at the end. What it has finished is safe without that.
const stopLimit = 10 * time.Second

// stopAll ends all tasks and waits for them, once nothing is shown any more.
func (m *Model) stopAll() {
	m.send = func(tea.Msg) {}
	for _, t := range m.tasks {
		t.cancel()
	}
	limit := time.After(stopLimit)
	for _, t := range m.tasks {
		select {
		case <-t.over:
		case <-limit:
			return
		}
	}
}
