package engine

import (
	"context"

	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/projection"
)

// Job is a pipeline made ready to run.
type Job struct {
	Name       string
	Sources    []Source
	Transforms []Transform
	Sinks      []Sink
	MediaDir   string // where attachments are kept after the run; "": they are not
	NeedMedia  bool   // an attachment whose bytes are absent stops the run
	State      string // folder of the ledger, quarantine, spool and leaves
	Report     string // page that will tell the verdicts, for sinks that link to it; "" when there will be none
	ConfigHash string // of everything that decides the output
	// Inputs is a digest of files besides the dumps that decide the output (identity maps), as they are
	// now; "" when there are none. Nil: there are never any.
	Inputs    func() string
	Setup     []byte            // JSON kept in the ledger for verify
	Workers   int               // units at a time; at least 1
	Retries   int               // attempts at a unit whose source failed for a passing reason
	Only      map[string]bool   // when set, a new generation with only these message units
	Directory *filter.Directory // filled and sealed by the run; transforms read it
	// Listed is called for every person and conversation of the directory, sorted as plugin.Order says,
	// later for people met only in messages; Ready once in between, before anything is delivered.
	Listed func(*message.Record)
	Ready  func() error
	// Foresee is asked before the first byte of a new generation is delivered; nil: nobody is. Its error
	// stops the run with nothing begun.
	Foresee     func(ctx context.Context, gen int) error
	Schema      func(line []byte) error // validates one canonical line; used on a sample, or on all with ValidateAll
	ValidateAll bool
	Progress    progress.Reporter
	// Unproven leaves out what only the proof needs: leaves, census, gaps. It is for measuring what the
	// proof costs; what such a run delivers can be neither verified nor added to.
	Unproven bool
}

// Source is one source of a job.
type Source struct {
	Name   string
	Exact  bool                                      // its shards say exactly how many records they hold
	ByFile bool                                      // its records say in which file of the dump they stood
	Open   func(ctx context.Context) (Reader, error) // starts it, again after it died
}

// Reader is an open source.
type Reader interface {
	Discover(ctx context.Context, yield func(plugin.Shard) error) error
	Read(ctx context.Context, s plugin.Shard, cur plugin.Cursor, spool string, yield func(*plugin.Batch) error) error
	Close() error
}

// Transform maps records. Apply calls out once for each record, in order, with what became of it;
// it may hand over the given records. It is called concurrently.
type Transform interface {
	Apply(ctx context.Context, recs []*message.Record, out func(i int, o *plugin.TransformOut) error) error
}

// Sink is one sink of a job.
type Sink struct {
	Name      string
	Dir       string
	Order     plugin.Order
	ReadBack  bool
	Roots     bool // placeholders for absent first messages
	Whole     bool // messages refer to accounts and places, so every run brings the whole directory
	Projector *projection.Projector
	// Forbidden tells whether the pipeline refuses a loss; nil: it refuses none. A survey goes on all the same.
	Forbidden func(field, rule string) bool
	Target    Target
}

// Target is an open sink.
type Target interface {
	Open(ctx context.Context, run plugin.Run) error
	Begin(ctx context.Context, s plugin.Shard) (Writer, error)
	Finish(ctx context.Context, shards []plugin.ShardReceipt) error
	ReadBack(ctx context.Context, yield func(lines []byte, count int) error) error
	Close() error
}

// Writer takes one unit at a sink. A nil slice of outcomes means that all were delivered.
type Writer interface {
	Write(lines []byte, count int) ([]plugin.Outcome, error)
	Commit() (plugin.Receipt, error)
	Abort()
}
