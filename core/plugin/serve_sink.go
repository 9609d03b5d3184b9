package plugin

import (
	"context"
	"errors"
	"io"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

type sinkServer struct {
	wire.UnimplementedSinkServer
	*server
}

func (s *sinkServer) Open(ctx context.Context, req *wire.Open_Request) (*wire.Open_Response, error) {
	sink, err := opened(s.server, &s.sink)
	if err != nil {
		return nil, err
	}
	run := Run{ID: req.Id, Dir: string(req.Dir), Work: string(req.Work), Media: string(req.Media), Generation: int(req.Generation), Fresh: req.Fresh, Report: string(req.Report)}
	return new(wire.Open_Response), sink.Open(ctx, run)
}

// claim waits until no other stream writes the shard: a host that broke one off may begin again
// before the plugin noticed.
func (s *sinkServer) claim(ctx context.Context, id string) (release func(), err error) {
	for {
		s.mu.Lock()
		other, taken := s.busy[id]
		if !taken {
			mine := make(chan struct{})
			s.busy[id] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.busy, id)
				s.mu.Unlock()
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *sinkServer) Write(stream wire.Sink_WriteServer) error {
	sink, err := opened(s.server, &s.sink)
	if err != nil {
		return err
	}
	req, err := stream.Recv()
	if err != nil {
		return err
	}
	begin := req.GetBegin()
	if begin == nil {
		return protocolError("a shard did not begin with its beginning")
	}
	release, err := s.claim(stream.Context(), begin.Id)
	if err != nil {
		return err
	}
	defer release()
	w, err := sink.Begin(stream.Context(), ShardOf(begin))
	if err != nil {
		return err
	}
	settled := false
	defer func() {
		if !settled {
			w.Abort()
		}
	}()
	if err := stream.Send(&wire.Write_Response{Step: &wire.Write_Response_Begun{Begun: new(wire.Write_Begun)}}); err != nil {
		return err
	}
	for {
		req, err := stream.Recv()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		resp := new(wire.Write_Response)
		switch step := req.Step.(type) {
		case *wire.Write_Request_Batch:
			ack, err := writeLines(w, step.Batch)
			if err != nil {
				return err
			}
			resp.Step = &wire.Write_Response_Ack{Ack: ack}
		case *wire.Write_Request_Commit:
			receipt, err := w.Commit()
			if err != nil {
				return err
			}
			settled = true
			if len(receipt) > wire.MaxOpaque {
				return fault.New(fault.Bug, "commit", begin.Id, "this is a mistake in the plugin; tell its author", errors.New("the receipt is larger than 64 KiB"))
			}
			return stream.Send(&wire.Write_Response{Step: &wire.Write_Response_Committed{Committed: &wire.Write_Committed{Receipt: receipt}}})
		case *wire.Write_Request_Abort:
			w.Abort()
			settled = true
			return stream.Send(&wire.Write_Response{Step: &wire.Write_Response_Aborted{Aborted: new(wire.Write_Aborted)}})
		default:
			return protocolError("an unknown step of a shard")
		}
		if err := stream.Send(resp); err != nil {
			return err
		}
	}
}

func writeLines(w Writer, batch *wire.Write_Lines) (*wire.Write_Ack, error) {
	ack := &wire.Write_Ack{Count: batch.Count}
	index := uint32(0)
	var one message.Record // a Writer keeps nothing, so messages share their memory
	write := func(line string) (Outcome, error) {
		if message.TypeOf(line) == message.TypeMessage {
			if err := message.DecodeMessage(line, &one); err != nil {
				return Outcome{}, protocolError(err.Error())
			}
			return w.Write(&one)
		}
		r, err := message.Decode(line)
		if err != nil {
			return Outcome{}, protocolError(err.Error())
		}
		return w.Write(r)
	}
	if lw, ok := w.(LineWriter); ok {
		write = lw.WriteLine
	}
	err := eachLine(batch.Lines, int(batch.Count), func(line string) error {
		o, err := write(line)
		if err != nil {
			return err
		}
		if o.Status != Delivered {
			ack.Outcomes = append(ack.Outcomes, &wire.Write_Outcome{Index: index, Status: valid(string(o.Status)), Reason: valid(o.Reason), Detail: valid(o.Detail)})
		}
		index++
		return nil
	})
	return ack, err
}

func (s *sinkServer) Finish(stream wire.Sink_FinishServer) error {
	sink, err := opened(s.server, &s.sink)
	if err != nil {
		return err
	}
	var shards []ShardReceipt
	for {
		req, err := stream.Recv()
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		shards = append(shards, ShardReceipt{Shard: ShardOf(req.Shard), Receipt: req.Receipt})
	}
	if err := sink.Finish(stream.Context(), shards); err != nil {
		return err
	}
	return stream.SendAndClose(new(wire.Finish_Response))
}

func (s *sinkServer) ReadBack(_ *wire.ReadBack_Request, stream wire.Sink_ReadBackServer) error {
	sink, err := opened(s.server, &s.sink)
	if err != nil {
		return err
	}
	resp, read := new(wire.ReadBack_Response), uint64(0)
	err = sink.ReadBack(stream.Context(), func(r *message.Record) error {
		resp.Lines = append(r.Append(resp.Lines), '\n')
		resp.Count++
		read++
		if len(resp.Lines) < BatchBytes {
			return nil
		}
		err := stream.Send(resp)
		resp = &wire.ReadBack_Response{Lines: make([]byte, 0, BatchBytes+BatchBytes/8)}
		return err
	})
	if IsDamage(err) && resp.Count > 0 { // every record was given
		if err := stream.Send(resp); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	resp.End = &wire.End{Read: read}
	return stream.Send(resp)
}
