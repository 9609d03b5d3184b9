package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// server is what the services of one gRPC server share: the plugin and what was opened of it.
type server struct {
	plugin    Plugin
	mu        sync.Mutex
	source    Source
	sink      Sink
	transform Transform
	busy      map[string]chan struct{} // shards with an open Write stream, each closed when that ends
}

// opened returns what the host configured, so that no call can come too early or too late.
func opened[T comparable](s *server, of *T) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none T
	if *of == none {
		return none, protocolError("it was called without being configured")
	}
	return *of, nil
}

func protocolError(what string) error {
	return fault.New(fault.Bug, "serve plugin", "", "host and plugin do not fit together; use releases of the same time", errors.New(what))
}

type pluginServer struct {
	wire.UnimplementedPluginServer
	*server
}

func (s *pluginServer) Describe(context.Context, *wire.Describe_Request) (*wire.Describe_Response, error) {
	b, err := json.Marshal(s.plugin.Manifest())
	return &wire.Describe_Response{Manifest: b}, err
}

func (s *pluginServer) Recognise(ctx context.Context, req *wire.Recognise_Request) (*wire.Recognise_Response, error) {
	var r Recognition
	if k := s.plugin.Source; k != nil && k.Recognise != nil {
		r = k.Recognise(ctx, string(req.Path))
	}
	b, err := json.Marshal(r)
	return &wire.Recognise_Response{Recognition: b}, err
}

func (s *pluginServer) Configure(ctx context.Context, req *wire.Configure_Request) (*wire.Configure_Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.source != nil || s.sink != nil || s.transform != nil {
		return nil, protocolError("it was configured twice")
	}
	p, err := s.plugin, error(nil)
	switch {
	case req.Kind == wire.Configure_KIND_SOURCE && p.Source != nil:
		s.source, err = p.Source.Open(ctx, req.Config)
	case req.Kind == wire.Configure_KIND_SINK && p.Sink != nil:
		s.sink, err = p.Sink.Open(ctx, req.Config)
	case req.Kind == wire.Configure_KIND_TRANSFORM && p.Transform != nil:
		s.transform, err = p.Transform.Open(ctx, req.Config)
	default:
		err = fault.New(fault.Config, "open plugin", p.Name, "\"chatferry plugins\" lists what each plugin can be", errors.New("it is no such thing"))
	}
	if err != nil {
		s.source, s.sink, s.transform = nil, nil, nil
		return nil, err
	}
	return new(wire.Configure_Response), nil
}

func (s *pluginServer) Close(ctx context.Context, _ *wire.Close_Request) (*wire.Close_Response, error) {
	if err := s.idle(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.source != nil {
		errs = append(errs, s.source.Close())
	}
	if s.sink != nil {
		errs = append(errs, s.sink.Close())
	}
	if s.transform != nil {
		errs = append(errs, s.transform.Close())
	}
	s.source, s.sink, s.transform = nil, nil, nil
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return new(wire.Close_Response), nil
}

// idle waits until every shard that the host gave up is discarded.
func (s *server) idle(ctx context.Context) error {
	for {
		var one chan struct{}
		s.mu.Lock()
		for _, one = range s.busy {
			break
		}
		s.mu.Unlock()
		if one == nil {
			return nil
		}
		select {
		case <-one:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type transformServer struct {
	wire.UnimplementedTransformServer
	*server
}

func (s *transformServer) Apply(req *wire.Apply_Request, stream wire.Transform_ApplyServer) error {
	t, err := opened(s.server, &s.transform)
	if err != nil {
		return err
	}
	resp := new(wire.Apply_Response)
	err = eachLine(req.Lines, int(req.Count), func(line string) error {
		r, err := message.Decode(line)
		if err != nil {
			return protocolError(err.Error())
		}
		var out TransformOut
		if err := t.Apply(stream.Context(), r, &out); err != nil {
			return err
		}
		if len(out.Records) == 0 && out.Filtered == "" {
			return fault.New(fault.Bug, "transform", r.Key(), "this is a mistake in the plugin; tell its author", errors.New("the record vanished without a rule"))
		}
		for _, r := range out.Records {
			start := len(resp.Lines)
			resp.Lines = append(r.Append(resp.Lines), '\n')
			if size := len(resp.Lines) - start; size > MaxRecord {
				return fault.New(fault.Bug, "transform", r.Key(), "", fmt.Errorf("the result has %d bytes, the limit is %d", size, MaxRecord))
			}
		}
		resp.Emitted = append(resp.Emitted, uint32(len(out.Records)))
		if len(out.Records) == 0 {
			resp.Filtered = append(resp.Filtered, &wire.Apply_Filtered{Rule: valid(out.Filtered)})
		}
		if len(resp.Lines) < BatchBytes {
			return nil
		}
		err = stream.Send(resp)
		resp = new(wire.Apply_Response)
		return err
	})
	if err != nil {
		return err
	}
	return stream.Send(resp)
}

// eachLine walks the lines of a batch; their number must be count.
func eachLine(lines []byte, count int, f func(line string) error) error {
	for range count {
		i := bytes.IndexByte(lines, '\n')
		if i < 0 {
			return protocolError("a batch has fewer lines than it says")
		}
		if err := f(string(lines[:i])); err != nil {
			return err
		}
		lines = lines[i+1:]
	}
	if len(lines) > 0 {
		return protocolError("a batch has more lines than it says")
	}
	return nil
}
