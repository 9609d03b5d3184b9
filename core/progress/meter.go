package progress

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatferry/chatferry/core/report"
)

const (
	tickEvery  = 100 * time.Millisecond
	queueSize  = 256
	maxActive  = 16
	knownAfter = 2 * time.Second // before that, a time left is a guess
)

// Meter is the Reporter that counts and tells a Printer. Close it at the end.
type Meter struct {
	printer Printer
	queue   chan Event
	stop    chan struct{}
	stopped chan struct{}
	close   sync.Once

	read, delivered, duplicate, filtered, rejected, split atomic.Int64
	losses, bytes, media, mediaBytes                      atomic.Int64

	mu    sync.Mutex
	stage stage
}

var _ Reporter = (*Meter)(nil)

// stage is what is known of the present stage; guarded by Meter.mu.
type stage struct {
	name    Stage
	began   time.Time
	shards  map[string]Shard
	active  map[string]int64 // canonical bytes read of each shard in work
	done    int
	pos     position
	base    Delta // counts at the beginning
	records rate
	source  rate
}

// NewMeter starts a meter that tells p.
func NewMeter(p Printer) *Meter {
	m := &Meter{printer: p, queue: make(chan Event, queueSize), stop: make(chan struct{}), stopped: make(chan struct{})}
	go m.serve()
	return m
}

// serve is the broker: events in order, ticks in between.
func (m *Meter) serve() {
	defer close(m.stopped)
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case e := <-m.queue:
			m.printer.Event(e)
		case <-ticker.C:
			m.drain() // a snapshot must not come before events that it already shows
			if s, ok := m.snapshot(time.Now()); ok {
				m.printer.Tick(s)
			}
		case <-m.stop:
			m.drain()
			m.printer.Close()
			return
		}
	}
}

// drain shows the events that are in the queue now.
func (m *Meter) drain() {
	for range queueSize {
		select {
		case e := <-m.queue:
			m.printer.Event(e)
		default:
			return
		}
	}
}

// Close shows what is pending and ends the meter. Calls after it do nothing.
func (m *Meter) Close() {
	m.close.Do(func() {
		m.end()
		close(m.stop)
	})
	<-m.stopped
}

func (m *Meter) send(e Event) {
	e.At = time.Now()
	select {
	case <-m.stop:
		return
	default:
	}
	select {
	case m.queue <- e:
	case <-m.stop:
	}
}

// end tells the last counts of the present stage, if there is one.
func (m *Meter) end() {
	if s, ok := m.snapshot(time.Now()); ok {
		m.mu.Lock()
		m.stage = stage{}
		m.mu.Unlock()
		m.send(Event{Ended: &s})
	}
}

// Start ends the present stage and begins another.
func (m *Meter) Start(p Plan) {
	m.end()
	s := stage{name: p.Stage, began: time.Now(), shards: make(map[string]Shard, len(p.Shards)), active: map[string]int64{}, base: m.counts()}
	for _, shard := range p.Shards {
		s.shards[shard.ID] = shard
		s.pos.total += shard.Bytes
		if shard.Done {
			s.done++
			s.pos.done += shard.Bytes
		}
	}
	s.pos.skipped = s.pos.done
	s.records.observe(s.began, 0)
	s.source.observe(s.began, float64(s.pos.done))
	m.mu.Lock()
	m.stage = s
	m.mu.Unlock()
	m.send(Event{Plan: &p})
}

// Shard says that a shard changed its state.
func (m *Meter) Shard(id string, state State) {
	m.mu.Lock()
	s := &m.stage
	shard := s.shards[id]
	_, active := s.active[id]
	switch {
	case state == Started && !active && s.active != nil:
		s.active[id] = 0
		s.pos.active += shard.Bytes
	case state != Started && active:
		delete(s.active, id)
		s.pos.active -= shard.Bytes
	}
	if state == Done && !shard.Done && s.shards != nil {
		shard.ID, shard.Done = id, true
		s.shards[id] = shard
		s.done++
		s.pos.done += shard.Bytes
		s.pos.settle(m.bytes.Load() - s.base.Bytes)
	}
	m.mu.Unlock()
	m.send(Event{Shard: &ShardEvent{ID: id, Label: shard.Label, State: state}})
}

// Add adds to the counts. Only a delta that names its shard takes the lock.
func (m *Meter) Add(d Delta) {
	for _, c := range []struct {
		to *atomic.Int64
		n  int64
	}{
		{&m.read, d.Read}, {&m.delivered, d.Delivered}, {&m.duplicate, d.Duplicate}, {&m.filtered, d.Filtered}, {&m.rejected, d.Rejected},
		{&m.split, d.Split}, {&m.losses, d.Losses}, {&m.bytes, d.Bytes}, {&m.media, d.Media}, {&m.mediaBytes, d.MediaBytes},
	} {
		if c.n != 0 {
			c.to.Add(c.n)
		}
	}
	if d.Shard == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if read, ok := m.stage.active[d.Shard]; ok {
		m.stage.active[d.Shard] = read + d.Bytes
	}
}

// Reject names one record in quarantine.
func (m *Meter) Reject(r Reject) { m.send(Event{Reject: &r}) }

// Log shows a line.
func (m *Meter) Log(level Level, text string) { m.send(Event{Log: &LogEvent{level, text}}) }

// Done ends the stage and gives the result.
func (m *Meter) Done(s report.Summary) {
	m.end()
	m.send(Event{Summary: &s})
}

func (m *Meter) counts() Delta {
	return Delta{
		Read: m.read.Load(), Delivered: m.delivered.Load(), Duplicate: m.duplicate.Load(), Filtered: m.filtered.Load(), Rejected: m.rejected.Load(),
		Split: m.split.Load(), Losses: m.losses.Load(), Bytes: m.bytes.Load(), Media: m.media.Load(), MediaBytes: m.mediaBytes.Load(),
	}
}

func (d Delta) minus(o Delta) Delta {
	return Delta{
		Read: d.Read - o.Read, Delivered: d.Delivered - o.Delivered, Duplicate: d.Duplicate - o.Duplicate, Filtered: d.Filtered - o.Filtered,
		Rejected: d.Rejected - o.Rejected, Split: d.Split - o.Split, Losses: d.Losses - o.Losses, Bytes: d.Bytes - o.Bytes,
		Media: d.Media - o.Media, MediaBytes: d.MediaBytes - o.MediaBytes,
	}
}

// snapshot is the present; false before the first stage.
func (m *Meter) snapshot(now time.Time) (Snapshot, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.stage
	if s.name == "" {
		return Snapshot{}, false
	}
	out := Snapshot{Delta: m.counts().minus(s.base), At: now, Stage: s.name, Elapsed: now.Sub(s.began), Shards: len(s.shards), ShardsDone: s.done, Total: s.pos.total, Percent: -1}
	out.Position = s.pos.at(out.Bytes)
	s.records.observe(now, float64(out.Read))
	s.source.observe(now, float64(out.Position))
	out.PerSecond, out.BytesRate = s.records.perSecond(), s.source.perSecond()
	if out.Total > 0 {
		out.Percent = 100 * float64(out.Position) / float64(out.Total)
		if out.BytesRate > 0 && out.Elapsed >= knownAfter {
			seconds := float64(out.Total-out.Position) / out.BytesRate
			if seconds < 1e8 { // more than three years is no answer
				out.Left, out.LeftKnown = time.Duration(seconds*float64(time.Second)), true
			}
		}
	}
	for id := range s.active {
		out.Active = append(out.Active, id)
	}
	slices.Sort(out.Active)
	out.Active = out.Active[:min(len(out.Active), maxActive)]
	for _, id := range out.Active {
		out.Behind = append(out.Behind, s.pos.behind(s.active[id], s.shards[id].Bytes))
	}
	return out, true
}
