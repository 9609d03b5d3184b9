package host

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// Source is an opened source. Its methods may be called concurrently.
type Source struct {
	*conn
	rpc wire.SourceClient
}

// Discover yields every shard: checked, ids unique, directory shards first.
func (s *Source) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.rpc.Discover(ctx, new(wire.Discover_Request))
	if err != nil {
		return s.fault(ctx, "discover", err)
	}
	seen, history := map[string]bool{}, false
	for {
		resp, err := stream.Recv()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return s.fault(ctx, "discover", err)
		}
		sh := plugin.ShardOf(resp.Shard)
		if err := sh.Check(); err != nil {
			return s.fault(ctx, "discover", wire.Status(err))
		}
		switch {
		case seen[sh.ID]:
			return s.nonsense("discover", "two shards have the same id")
		case history && sh.Directory:
			return s.nonsense("discover", "a directory shard comes after others")
		}
		seen[sh.ID], history = true, !sh.Directory
		if err := yield(sh); err != nil {
			return err
		}
	}
}

// Read yields the batches of a shard after cur. Attachment and large reject bytes are files in the
// folder spool, which must be absolute. A batch belongs to who it is yielded to.
func (s *Source) Read(ctx context.Context, sh plugin.Shard, cur plugin.Cursor, spool string, yield func(*plugin.Batch) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stream, err := s.rpc.Read(ctx, &wire.Read_Request{Shard: sh.Wire(), Cursor: cur, Spool: []byte(spool), BatchBytes: uint32(s.host.opts.BatchBytes)})
	if err != nil {
		return s.fault(ctx, "read", err)
	}
	stall := time.AfterFunc(s.host.opts.Stall, func() {
		cancel(fault.New(fault.Transient, "read with plugin", s.ref.Name, "if its source is that slow, allow it more time",
			fmt.Errorf("it gave nothing for %s", s.host.opts.Stall)))
		s.kill() // a plugin that hangs does not heed the cancelled call
	})
	defer stall.Stop()
	var seq, read uint64
	for {
		stall.Reset(s.host.opts.Stall)
		resp, err := stream.Recv()
		stall.Stop()
		if err == io.EOF {
			return fault.New(fault.Transient, "read with plugin", s.ref.Name, "", fmt.Errorf("the stream of shard %s ended without its trailer", sh.ID))
		} else if err != nil {
			return s.fault(ctx, "read", err)
		}
		if end := resp.GetEnd(); end != nil {
			if end.Read != read {
				return s.nonsense("read", fmt.Sprintf("shard %s: %d records and rejects came, its trailer says %d", sh.ID, read, end.Read))
			}
			return nil
		}
		w := resp.GetBatch()
		if w == nil {
			return s.nonsense("read", "neither batch nor trailer")
		}
		b := plugin.BatchOf(w)
		if what := checkBatch(b, seq, read); what != "" {
			return s.nonsense("read", "shard "+sh.ID+": "+what)
		}
		seq, read = seq+1, b.Read
		if err := yield(b); err != nil {
			return err
		}
	}
}

// checkBatch tells what is wrong with the batch that should be number seq, after read records.
func checkBatch(b *plugin.Batch, seq, read uint64) string {
	switch {
	case b.Seq != seq:
		return fmt.Sprintf("batch %d came where %d was due", b.Seq, seq)
	case b.Read != read+uint64(b.Count)+uint64(len(b.Rejects)):
		return fmt.Sprintf("batch %d: its running total does not fit", seq)
	case len(b.Cursor) > wire.MaxOpaque:
		return fmt.Sprintf("batch %d: its cursor is larger than 64 KiB", seq)
	}
	for i := range b.Rejects {
		r := &b.Rejects[i]
		if r.Reason == "" {
			return fmt.Sprintf("batch %d: a reject without a reason", seq)
		}
		if r.Spool != "" && !digest(r.Spool) {
			return fmt.Sprintf("batch %d: a spool name that is no digest", seq)
		}
	}
	if what := checkLines(b.Lines, b.Count); what != "" {
		return fmt.Sprintf("batch %d: %s", seq, what)
	}
	return ""
}

// checkLines tells what is wrong with lines that should be count records.
func checkLines(lines []byte, count int) string {
	if bytes.Count(lines, []byte{'\n'}) != count || count > 0 != (len(lines) > 0) || count > 0 && lines[len(lines)-1] != '\n' {
		return "the number of its lines is not the one it says"
	}
	if len(lines) <= plugin.MaxRecord {
		return ""
	}
	for len(lines) > 0 {
		i := bytes.IndexByte(lines, '\n')
		if i > plugin.MaxRecord {
			return "a record larger than the limit"
		}
		lines = lines[i+1:]
	}
	return ""
}

func digest(s string) bool {
	for _, c := range []byte(s) {
		if c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return len(s) == 64
}

// Close ends the source.
func (s *Source) Close() error { return s.close() }
