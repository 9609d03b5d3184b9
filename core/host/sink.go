package host

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// Sink is an opened sink. Its methods may be called concurrently, for different shards.
type Sink struct {
	*conn
	rpc  wire.SinkClient
	live context.Context // ends with Close, and every shard with it
	stop context.CancelFunc
}

// Open tells the sink about the run. Its paths must be absolute.
func (s *Sink) Open(ctx context.Context, run plugin.Run) error {
	_, err := s.rpc.Open(ctx, &wire.Open_Request{Id: run.ID, Dir: []byte(run.Dir), Work: []byte(run.Work), Media: []byte(run.Media),
		Generation: uint32(run.Generation), Fresh: run.Fresh, Report: []byte(run.Report)})
	if err != nil {
		return s.fault(ctx, "open run", err)
	}
	return nil
}

// Begin starts a shard. When ctx ends before Commit, the shard is discarded.
func (s *Sink) Begin(ctx context.Context, sh plugin.Shard) (*SinkShard, error) {
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(s.live, cancel)
	stream, err := s.rpc.Write(ctx)
	if err != nil {
		unhook()
		cancel()
		return nil, s.fault(ctx, "begin", err)
	}
	w := &SinkShard{sink: s, ctx: ctx, cancel: func() { unhook(); cancel() }, stream: stream}
	resp, err := w.ask("begin", &wire.Write_Request{Step: &wire.Write_Request_Begin{Begin: sh.Wire()}})
	if err == nil && resp.GetBegun() == nil {
		err = s.nonsense("begin", "it did not answer the beginning of a shard")
	}
	if err != nil {
		w.over(err)
		return nil, err
	}
	return w, nil
}

// SinkShard is one shard on its way into a sink. Its methods are for one goroutine; it ends with
// Commit, Abort or the first error.
type SinkShard struct {
	sink   *Sink
	ctx    context.Context
	cancel func()
	stream wire.Sink_WriteClient
	err    error // what ended it
}

func (w *SinkShard) over(err error) {
	w.err = err
	w.cancel()
}

// ask sends one step and waits for the answer.
func (w *SinkShard) ask(op string, req *wire.Write_Request) (*wire.Write_Response, error) {
	if w.err != nil {
		return nil, w.err
	}
	err := w.stream.Send(req)
	if err == nil || err == io.EOF { // EOF: the stream ended, and Recv knows why
		var resp *wire.Write_Response
		if resp, err = w.stream.Recv(); err == nil {
			return resp, nil
		}
	}
	if err == io.EOF {
		err = w.sink.nonsense(op, "it ended a shard on its own")
	} else {
		err = w.sink.fault(w.ctx, op, err)
	}
	w.over(err)
	return nil, err
}

// Write hands over count records as canonical lines and returns how each ended; nil when all were
// delivered. It keeps nothing of lines.
func (w *SinkShard) Write(lines []byte, count int) ([]plugin.Outcome, error) {
	resp, err := w.ask("write", &wire.Write_Request{Step: &wire.Write_Request_Batch{Batch: &wire.Write_Lines{Lines: lines, Count: uint32(count)}}})
	if err != nil {
		return nil, err
	}
	outcomes, what := outcomesOf(resp.GetAck(), count)
	if what != "" {
		err := w.sink.nonsense("write", what)
		w.over(err)
		return nil, err
	}
	return outcomes, nil
}

func outcomesOf(ack *wire.Write_Ack, count int) (list []plugin.Outcome, wrong string) {
	if ack == nil || int(ack.Count) != count {
		return nil, fmt.Sprintf("it acknowledged %d of %d records", ack.GetCount(), count)
	}
	if len(ack.Outcomes) == 0 {
		return nil, ""
	}
	list = make([]plugin.Outcome, count)
	for i := range list {
		list[i] = plugin.Done
	}
	for _, o := range ack.Outcomes {
		if int(o.Index) >= count || list[o.Index] != plugin.Done {
			return nil, "it gave an outcome twice or for no record"
		}
		x := plugin.Outcome{Status: plugin.Status(o.Status), Reason: wire.Printable(o.Reason), Detail: wire.Printable(o.Detail)}
		switch {
		case x.Status != plugin.Duplicate && x.Status != plugin.Rejected:
			return nil, "it gave an unknown outcome"
		case x.Status == plugin.Rejected && x.Reason == "":
			return nil, "it rejected a record without a reason"
		}
		list[o.Index] = x
	}
	return list, ""
}

// Commit makes the shard durable at the sink.
func (w *SinkShard) Commit() (plugin.Receipt, error) {
	resp, err := w.ask("commit", &wire.Write_Request{Step: &wire.Write_Request_Commit{Commit: new(wire.Write_Commit)}})
	if err != nil {
		return nil, err
	}
	c := resp.GetCommitted()
	if c == nil || len(c.Receipt) > wire.MaxOpaque {
		err := w.sink.nonsense("commit", "it gave no receipt, or one larger than 64 KiB")
		w.over(err)
		return nil, err
	}
	w.over(fault.New(fault.Bug, "write", w.sink.ref.Name, "", errors.New("the shard is committed")))
	return c.Receipt, nil
}

// Abort discards the shard; after Commit or an error it does nothing. Once it returns the shard may
// begin again.
func (w *SinkShard) Abort() {
	if w.err != nil {
		return
	}
	// A failure here needs no word: the sink discards the shard all the same when it is begun again.
	_, _ = w.ask("abort", &wire.Write_Request{Step: &wire.Write_Request_Abort{Abort: new(wire.Write_Abort)}})
	w.over(fault.New(fault.Bug, "write", w.sink.ref.Name, "", errors.New("the shard was given up")))
}

// Finish makes the output visible from the committed shards in plan order.
func (s *Sink) Finish(ctx context.Context, shards []plugin.ShardReceipt) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.rpc.Finish(ctx)
	if err != nil {
		return s.fault(ctx, "finish", err)
	}
	for _, sh := range shards {
		if err := stream.Send(&wire.Finish_Request{Shard: sh.Shard.Wire(), Receipt: sh.Receipt}); err != nil {
			break // CloseAndRecv knows why
		}
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		return s.fault(ctx, "finish", err)
	}
	return nil
}

// ReadBack yields every record the finished output holds, as canonical lines.
func (s *Sink) ReadBack(ctx context.Context, yield func(lines []byte, count int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.rpc.ReadBack(ctx, new(wire.ReadBack_Request))
	if err != nil {
		return s.fault(ctx, "read back", err)
	}
	var read uint64
	for {
		resp, err := stream.Recv()
		if err == io.EOF {
			return fault.New(fault.Transient, "read back with plugin", s.ref.Name, "", errors.New("the stream ended without its trailer"))
		} else if err != nil {
			return s.fault(ctx, "read back", err)
		}
		if what := checkLines(resp.Lines, int(resp.Count)); what != "" {
			return s.nonsense("read back", what)
		}
		read += uint64(resp.Count)
		if resp.Count > 0 {
			if err := yield(resp.Lines, int(resp.Count)); err != nil {
				return err
			}
		}
		if resp.End != nil {
			if resp.End.Read != read {
				return s.nonsense("read back", fmt.Sprintf("%d records came, its trailer says %d", read, resp.End.Read))
			}
			return nil
		}
	}
}

// Close ends the sink. Shards that are neither committed nor given up are discarded.
func (s *Sink) Close() error {
	s.stop()
	return s.close()
}
