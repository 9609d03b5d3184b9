package host

import (
	"context"
	"encoding/json"
	"io"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// Census lets a plugin count a dump in a process of its own, without opening a source. Members come only
// with count.
func (h *Host) Census(ctx context.Context, ref Ref, config json.RawMessage, count bool, yield func(census.Member) error) (facts census.Facts, err error) {
	c, err := h.dial(ctx, ref)
	if err != nil {
		return facts, err
	}
	defer c.kill()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := wire.NewSourceClient(c.grpc).Census(ctx, &wire.Census_Request{Config: config, Count: count})
	if err != nil {
		return facts, c.fault(ctx, "count", err)
	}
	for whole := false; ; {
		resp, err := stream.Recv()
		switch {
		case err == io.EOF && whole:
			return facts, nil
		case err == io.EOF:
			return facts, c.nonsense("count", "its census ends without its facts")
		case err != nil:
			return facts, c.fault(ctx, "count", err)
		case whole:
			return facts, c.nonsense("count", "its census goes on after its facts")
		}
		for _, m := range resp.Members {
			if m.Size < 0 || m.Elements < census.NotCounted || !known(census.State(m.State)) {
				return facts, c.nonsense("count", "its census holds a member that cannot be")
			}
			if err := yield(census.Member{Path: m.Path, Size: m.Size, State: census.State(m.State), Rule: m.Rule, Elements: m.Elements, Broken: m.Broken}); err != nil {
				return facts, err
			}
		}
		if whole = len(resp.Facts) > 0; whole {
			if err := json.Unmarshal(resp.Facts, &facts); err != nil {
				return facts, c.nonsense("count", "the facts of its census are not valid")
			}
		}
	}
}

func known(s census.State) bool {
	for _, x := range census.States {
		if s == x {
			return true
		}
	}
	return false
}
