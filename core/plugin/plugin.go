// Package plugin is the SDK: the one import a Chatferry plugin needs.
//
// A plugin is a Plugin value: a name, and a source, a sink or a transform with their settings.
// The same value serves a built-in (re-executed from the chatferry binary), a third party's
// program (Main) and a test in process. The author writes what only he knows, the format; the SDK
// and the host do batching, counting, flow control, retry, hashing, ordering and gRPC.
//
// Invariants:
//   - A source's record goes through Emitter, which can only deliver it or say why not.
//   - Records cross the border as canonical JSON lines (package message); attachment bytes never
//     do: they go through a spool folder, and the host checks their digest.
//   - Nothing a plugin claims about counts is believed: the host counts what it receives.
package plugin

import (
	"context"
	"encoding/json"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/message"
)

// Plugin is everything about one plugin. At least one of Source, Sink and Transform is set.
type Plugin struct {
	Name      string // one word, lower case; what HCL blocks call it
	Version   string
	Summary   string // one line
	Doc       string // Markdown: what is read or written, what is lossless and what is not
	Source    *SourceKind
	Sink      *SinkKind
	Transform *TransformKind
}

// SourceKind describes a source and opens it.
type SourceKind struct {
	Settings  []Setting // from the config struct of NewSource
	Order     Order     // what Read gives within a shard
	Resumable bool      // Read honours cursors other than nil
	Exact     bool      // Shard.Records is the dump's own exact count
	// Recognise looks at a path (file or folder) and tells whether this source reads it.
	// It reads little and never fails: what it cannot read it does not recognise. May be nil.
	Recognise func(ctx context.Context, path string) Recognition
	// Census counts the input independently of the source: by a simpler way, and without its code. It is
	// called in a process of its own. Without count only the facts are wanted, which must be cheap. May
	// be nil; then what was read can't be proven complete.
	Census func(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error)
	Open   func(ctx context.Context, config json.RawMessage) (Source, error)
}

// SinkKind describes a sink and opens it.
type SinkKind struct {
	Settings   []Setting
	Order      Order // what Write needs within a shard
	Projection Projection
	ReadBack   bool // ReadBack works
	Open       func(ctx context.Context, config json.RawMessage) (Sink, error)
}

// TransformKind describes a transform and opens it.
type TransformKind struct {
	Settings []Setting
	Open     func(ctx context.Context, config json.RawMessage) (Transform, error)
}

// Recognition is the answer to "do you read this path?".
type Recognition struct {
	Format string         // "slack-export-zip": begins with the system's name
	Score  int            // 0 no, 50 looks like it, 100 certain
	Config map[string]any // settings that open it
	Notes  []string       // plain words, shown by inspect
}

// Order is the order of message records within a shard.
type Order string

// Orders. Directory records (people, conversations, memberships, emoji) always come in shards of
// their own, before all others, sorted: emoji, workspaces, conversations by key, then each person
// by key followed by that person's memberships.
const (
	AnyOrder      Order = "any"
	Chronological Order = "chronological" // per conversation by (sent, key)
	Threads       Order = "threads"       // per conversation; a thread's first message, then its replies by (sent, key); threads by the key of the first message
)

// Source reads one system's history. Different shards may be read concurrently.
type Source interface {
	// Discover yields every shard, directory shards first. On unchanged input a second call yields
	// the same shards in the same order with the same fingerprints.
	Discover(ctx context.Context, yield func(Shard) error) error
	// Read emits the shard's records after cur (nil: from the start) in a repeatable order, and
	// calls out.Checkpoint wherever a restart from that cursor would neither repeat nor lose a
	// record. An error means that the shard is not read to its end. Read stops when ctx ends.
	Read(ctx context.Context, s Shard, cur Cursor, out *Emitter) error
	Close() error
}

// Transform maps one record to any number of records. It is pure: same input, same output.
// It may change r and emit it. Emitting nothing requires out.Filter; emitting something requires r's own
// type and key among it, because a record that comes back under another key has vanished without a rule.
// History stays history: no message becomes a person or place, or the other way round. Calls may be concurrent.
type Transform interface {
	Apply(ctx context.Context, r *message.Record, out *TransformOut) error
	Close() error
}

// Sink writes records into one target. Different shards may be written concurrently.
type Sink interface {
	// Open prepares the target. It may be called again for the same run after a crash, and must then
	// clear away what shards without a commit left behind.
	Open(ctx context.Context, run Run) error
	// Begin starts one shard from nothing, discarding what an earlier attempt at it left.
	Begin(ctx context.Context, s Shard) (Writer, error)
	// Finish makes the run's output visible under its final names from the parts of all committed
	// shards, given in plan order. It is idempotent and repeatable after a crash: the same
	// receipts give the same bytes. Before Finish nothing stands under a final name.
	Finish(ctx context.Context, shards []ShardReceipt) error
	// ReadBack yields, from the finished output alone, every record it holds, as projected
	// records, in any order. Records that are not ours are yielded too, with an empty key. A file that
	// is changed though all records could be given is reported at the end, by Damage.
	ReadBack(ctx context.Context, yield func(*message.Record) error) error
	Close() error
}

// Writer takes the records of one shard in the order the sink asked for.
type Writer interface {
	// Write takes one record. It must not keep r. A Rejected outcome means the target cannot hold
	// this record at all; an error means the shard failed.
	Write(r *message.Record) (Outcome, error)
	// Commit makes everything written durable (fsync) under part names. The receipt is what Finish
	// needs to find and check the parts, at most 64 KiB.
	Commit() (Receipt, error)
	// Abort discards the shard. It may be called after a failed Commit.
	Abort()
}

// LineWriter is a Writer that can take a record as its canonical line, which saves decoding where a
// target keeps records as they are. The host has checked the line.
type LineWriter interface {
	Writer
	WriteLine(line string) (Outcome, error)
}

// Shard is the unit of claim, resume, commit and parallelism: whole conversations, never a part of
// one, so that order and threads can be settled inside it. Cut shards near 12 MiB of source data:
// then a sort stays in memory.
type Shard struct {
	ID          string          // stable; letters, digits, "-_.": used in file names
	Label       string          // for people; may hold anything
	Directory   bool            // holds people, conversations, memberships and emoji, and nothing else
	Records     int64           // how many records the dump itself says are in it, -1 when it does not say
	Bytes       int64           // source bytes, an estimate
	Fingerprint string          // changes when the shard's content may have changed
	Params      json.RawMessage // private to the source, at most 64 KiB
}

// Cursor is a position inside a shard, opaque to everybody but its source; at most 64 KiB.
type Cursor []byte

// Receipt is opaque to everybody but its sink; at most 64 KiB.
type Receipt []byte

// ShardReceipt is a committed shard.
type ShardReceipt struct {
	Shard   Shard
	Receipt Receipt
}

// Run is what a sink is told about the run.
type Run struct {
	ID         string
	Dir        string // the target's folder; exists, is empty or holds earlier generations of this sink
	Work       string // private folder on the same file system, for parts; kept until Finish succeeded
	Media      string // root of the content-addressed store, read only: see MediaPath
	Generation int    // 1 for the first delivery into Dir, 2 for the first delta, ...
	Fresh      bool   // false when the run is resumed
	Report     string // page that will tell the run's verdicts, after Finish; "" when there will be none
}

// Status says how a record ended at a sink.
type Status string

// Statuses a writer may return.
const (
	Delivered Status = "delivered"
	Duplicate Status = "duplicate" // the target already has it
	Rejected  Status = "rejected"  // the target cannot hold it; Reason says why
)

// Outcome is what became of one record at a sink.
type Outcome struct {
	Status Status
	Reason string // a code such as "too_long"; for Rejected
	Detail string // plain words without message text
}

// Done is the usual outcome.
var Done = Outcome{Status: Delivered}

// Reject is a record that could not be read: kept with its bytes, a place and a reason.
type Reject struct {
	Key    string         // when known
	At     message.Source // where it stands in the dump
	Reason string         // a code: not_json, too_large, too_deep, bad_time, damaged, ...
	Detail string         // plain words without message text
	Bytes  []byte         // the raw bytes; nil when Spool is set
	Spool  string         // name of a file in the spool folder that holds the raw bytes
}
