package progress

import (
	"time"

	"github.com/chatferry/chatferry/core/report"
)

// Reporter is told what happens. Its methods may be called from any goroutine.
type Reporter interface {
	// Start announces a stage with all its shards. Counts begin at nothing again.
	Start(Plan)
	// Shard says that a shard changed its state.
	Shard(id string, state State)
	// Add adds to the counts.
	Add(Delta)
	// Reject names one record that could not be read or delivered. Count it with Add as well.
	Reject(Reject)
	// Log shows a line; it must not hold message text or names.
	Log(level Level, text string)
	// Done gives the result, once, at the end.
	Done(report.Summary)
}

// Stage is a part of a run with counts of its own.
type Stage string

// Stages.
const (
	Survey   Stage = "survey"   // counting, nothing is written
	Copy     Stage = "copy"     // from sources to targets
	Finish   Stage = "finish"   // targets assemble their files
	ReadBack Stage = "readback" // verification
)

var words = map[Stage][2]string{
	Survey: {"counting", "counted"}, Copy: {"copying", "copied"}, Finish: {"finishing", "finished"}, ReadBack: {"reading back", "read back"},
}

func (s Stage) doing() string {
	if w, ok := words[s]; ok {
		return w[0]
	}
	return string(s)
}

func (s Stage) did() string {
	if w, ok := words[s]; ok {
		return w[1]
	}
	return string(s)
}

// Plan is what a stage sets out to do.
type Plan struct {
	Stage   Stage
	Resumed bool
	Shards  []Shard
}

// Shard is announced before work on it starts.
type Shard struct {
	ID      string `json:"id"`
	Label   string `json:"label,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`   // of the source, an estimate; 0 when unknown
	Records int64  `json:"records,omitempty"` // 0 when unknown
	Done    bool   `json:"done,omitempty"`    // by an earlier, interrupted attempt
}

// State of a shard.
type State string

// States.
const (
	Started State = "started"
	Done    State = "done"
	Held    State = "held" // its books do not balance
	Failed  State = "failed"
)

// Delta is added to the counts. The engine reports in batches.
type Delta struct {
	Read, Delivered, Duplicate, Filtered, Rejected, Split int64
	Losses                                                int64 // changes by projections
	Bytes                                                 int64 // of records as read
	Media, MediaBytes                                     int64
	Shard                                                 string // the one that Bytes were read from, where that is known
}

// Reject is one record in quarantine: where it stands, never what it says.
type Reject struct {
	Shard, Reason, File, Index string
}

// Level of a log line.
type Level string

// Levels.
const (
	Debug Level = "debug"
	Info  Level = "info"
	Warn  Level = "warn"
	Error Level = "error"
)

var rank = map[Level]int{Debug: 0, Info: 1, Warn: 2, Error: 3}

// AtLeast tells whether l is as grave as floor. An unknown level counts as info.
func (l Level) AtLeast(floor Level) bool {
	r, ok := rank[l]
	if !ok {
		r = rank[Info]
	}
	return r >= rank[floor]
}

// Levels names the levels, the mildest first.
func Levels() []string { return []string{string(Debug), string(Info), string(Warn), string(Error)} }

// Event is what happened. Exactly one of its pointers is set.
type Event struct {
	At      time.Time
	Plan    *Plan
	Shard   *ShardEvent
	Reject  *Reject
	Log     *LogEvent
	Ended   *Snapshot // a stage is over; its last counts
	Summary *report.Summary
}

// ShardEvent is a shard's change of state.
type ShardEvent struct {
	ID, Label string
	State     State
}

// LogEvent is a line for the log.
type LogEvent struct {
	Level Level
	Text  string
}

// Snapshot is the counts at one moment with what follows from them.
type Snapshot struct {
	Delta
	At         time.Time
	Stage      Stage
	Elapsed    time.Duration
	Shards     int
	ShardsDone int
	Active     []string  // ids of at most sixteen shards in work, sorted
	Behind     []float64 // how much of each of Active has been read, 0 to 1, an estimate
	Position   int64     // bytes of the source behind us, an estimate
	Total      int64     // bytes of the source, 0 when unknown
	PerSecond  float64   // records
	BytesRate  float64   // source bytes a second
	Percent    float64   // -1 when unknown
	Left       time.Duration
	LeftKnown  bool
}

// Printer shows a run. Its methods are called from one goroutine.
type Printer interface {
	Event(Event)
	Tick(Snapshot)
	// Close removes what is only of the moment. Nothing is called after it.
	Close()
}

// Silent is a Reporter that says nothing.
type Silent struct{}

var _ Reporter = Silent{}

// Start does nothing.
func (Silent) Start(Plan) {}

// Shard does nothing.
func (Silent) Shard(string, State) {}

// Add does nothing.
func (Silent) Add(Delta) {}

// Reject does nothing.
func (Silent) Reject(Reject) {}

// Log does nothing.
func (Silent) Log(Level, string) {}

// Done does nothing.
func (Silent) Done(report.Summary) {}
