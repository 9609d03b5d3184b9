package tui

import (
	"context"
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
	id    int
	event *progress.Event
	tick  *progress.Snapshot
	done  tea.Msg // the result; the task is over
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
		return taskMsg{id: t.id, done: work(ctx, printer{t.id, send})}
	}
}

// advance keeps what a task tells and passes it on to the pages.
func (m *Model) advance(msg taskMsg) tea.Cmd {
	if t := m.tasks[msg.id]; t != nil {
		switch {
		case msg.tick != nil:
			t.last, t.known = *msg.tick, true
		case msg.event != nil && msg.event.Ended != nil:
			t.last, t.known = *msg.event.Ended, true
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
