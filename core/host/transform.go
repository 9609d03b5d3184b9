package host

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/chatferry/chatferry/core/plugin/wire"
)

// Transform is an opened transform. Its methods may be called concurrently.
type Transform struct {
	*conn
	rpc wire.TransformClient
}

// Applied is what one record became.
type Applied struct {
	Lines    []byte // Count canonical lines
	Count    int
	Filtered string // the rule, when Count is 0
}

// Apply maps count records, given as canonical lines, and returns one result for each in order.
func (t *Transform) Apply(ctx context.Context, lines []byte, count int) ([]Applied, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := t.rpc.Apply(ctx, &wire.Apply_Request{Lines: lines, Count: uint32(count)})
	if err != nil {
		return nil, t.fault(ctx, "transform", err)
	}
	list := make([]Applied, 0, count)
	for {
		resp, err := stream.Recv()
		if err == io.EOF {
			break
		} else if err != nil {
			return nil, t.fault(ctx, "transform", err)
		}
		var what string
		if list, what = appendApplied(list, resp); what != "" || len(list) > count {
			return nil, t.nonsense("transform", "its results do not fit the records: "+what)
		}
	}
	if len(list) != count {
		return nil, t.nonsense("transform", fmt.Sprintf("%d results for %d records", len(list), count))
	}
	return list, nil
}

func appendApplied(list []Applied, resp *wire.Apply_Response) (_ []Applied, wrong string) {
	lines, filtered := resp.Lines, resp.Filtered
	for _, n := range resp.Emitted {
		var a Applied
		if n == 0 {
			if len(filtered) == 0 || filtered[0].Rule == "" {
				return nil, "a record vanished without a rule"
			}
			a.Filtered, filtered = wire.Printable(filtered[0].Rule), filtered[1:]
		}
		size := 0
		for range n {
			i := bytes.IndexByte(lines[size:], '\n')
			if i < 0 {
				return nil, "lines are missing"
			}
			size += i + 1
		}
		a.Lines, a.Count, lines = lines[:size:size], int(n), lines[size:]
		list = append(list, a)
	}
	if len(lines) > 0 || len(filtered) > 0 {
		return nil, "lines or rules are left over"
	}
	return list, ""
}

// Close ends the transform.
func (t *Transform) Close() error { return t.close() }
