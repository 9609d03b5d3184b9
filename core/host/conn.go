package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// conn is one running plugin.
type conn struct {
	host   *Host
	ref    Ref
	grpc   *grpc.ClientConn
	plugin wire.PluginClient
	pid    int // 0: in this process
	stderr *tail
	exited func(wait time.Duration) string // how the process ended, "" when it did not
	end    func()
	once   sync.Once
}

// dial starts the plugin.
func (h *Host) dial(ctx context.Context, ref Ref) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := &conn{host: h, ref: ref, stderr: &tail{}}
	c.stderr.log = func(line string) { h.opts.Log(ref.Name, line) }
	var err error
	if ref.Path == "" {
		p, findErr := h.builtin(ref.Name)
		if findErr != nil {
			return nil, findErr
		}
		if h.opts.InProcess || ref.Here {
			err = c.startHere(p)
		} else {
			err = c.startProcess(h.opts.Exe, serveVerb, ref.Name)
		}
	} else {
		path, checkErr := checkProgram(ref)
		if checkErr != nil {
			return nil, checkErr
		}
		err = c.startProcess(path)
	}
	if err != nil {
		return nil, err
	}
	c.plugin = wire.NewPluginClient(c.grpc)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		go c.kill()
		return nil, fault.New(fault.Bug, "start plugin", ref.Name, "", errors.New("the host is closed"))
	}
	h.conns[c] = true
	return c, nil
}

// startHere serves p in this process; records are serialised all the same.
func (c *conn) startHere(p plugin.Plugin) error {
	lis := bufconn.Listen(1 << 20)
	s := plugin.NewServer(p)
	go func() { _ = s.Serve(lis) }()
	opts := append(c.host.dialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	cc, err := grpc.NewClient("passthrough:///here", opts...)
	if err != nil {
		s.Stop()
		return fault.New(fault.Bug, "start plugin", p.Name, "", err)
	}
	c.grpc = cc
	c.exited = func(time.Duration) string { return "" }
	c.end = func() {
		cc.Close()
		stopped := make(chan struct{})
		go func() {
			s.Stop() // waits for its calls
			close(stopped)
		}()
		select {
		case <-stopped:
		case <-time.After(2 * time.Second): // a call hangs, and nothing can end it in this process
		}
	}
	return nil
}

func (c *conn) describe(ctx context.Context) (plugin.Manifest, error) {
	var m plugin.Manifest
	resp, err := c.plugin.Describe(ctx, new(wire.Describe_Request))
	if err != nil {
		return m, c.fault(ctx, "describe", err)
	}
	if err := json.Unmarshal(resp.Manifest, &m); err != nil {
		return m, c.nonsense("describe", "its manifest is not valid")
	}
	if err := m.Check(); err != nil {
		return m, c.fault(ctx, "describe", wire.Status(err))
	}
	if c.ref.Name != "" && m.Name != c.ref.Name {
		return m, fault.New(fault.Config, "start plugin", c.ref.Name, fmt.Sprintf("name the plugin block %q", m.Name), errors.New("the program is another plugin"))
	}
	return m, nil
}

// PID is the plugin's process, 0 when it runs inside the host.
func (c *conn) PID() int { return c.pid }

// Tail is the last lines the plugin printed, made safe for a terminal. They may hold anything a
// plugin's author prints, so they belong on the operator's screen and nowhere else.
func (c *conn) Tail() []string { return c.stderr.lines() }

// close lets the plugin close what it opened and ends it.
func (c *conn) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := c.plugin.Close(ctx, new(wire.Close_Request))
	if err != nil {
		err = c.fault(ctx, "close", err)
	}
	c.kill()
	return err
}

func (c *conn) kill() {
	c.once.Do(func() {
		c.end()
		c.stderr.end()
		c.host.mu.Lock()
		delete(c.host.conns, c)
		c.host.mu.Unlock()
	})
}

// fault turns what gRPC says into a classified error that names the plugin.
func (c *conn) fault(ctx context.Context, op string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause // the caller's own doing, or the stall limit
	}
	if f := wire.FaultOf(err); f != nil {
		return &fault.Error{Class: f.Class, Op: "plugin", Subject: c.ref.Name, Setting: f.Setting, Hint: f.Hint, Err: f}
	}
	e := &fault.Error{Class: fault.Bug, Op: op + " with plugin", Subject: c.ref.Name}
	switch code := status.Code(err); code {
	case codes.Unavailable, codes.Canceled, codes.Internal, codes.Unknown:
		how := c.exited(2 * time.Second)
		switch {
		case how != "":
			e.Class, e.Err = fault.Transient, fmt.Errorf("its process ended: %s", how)
			e.Hint = "run the same command again: it continues where it was; with --log-level debug the plugin's last words are shown"
		case strings.Contains(err.Error(), "keepalive"):
			go c.kill()
			e.Class, e.Err = fault.Transient, errors.New("it does not answer any more")
			e.Hint = "run the same command again: it continues where it was; should it happen again, tell the plugin's author"
		case code == codes.Unavailable, code == codes.Canceled:
			e.Class, e.Err = fault.Transient, errors.New("the connection to it broke")
		default:
			e.Err = errors.New(wire.Printable(status.Convert(err).Message()))
		}
	case codes.Unimplemented:
		e.Class, e.Hint, e.Err = fault.Config, "use a release of the plugin that fits this one", errors.New("it does not know this call")
	default:
		e.Err = errors.New(wire.Printable(status.Convert(err).Message()))
	}
	return e
}

// nonsense is the error for a plugin that breaks the contract.
func (c *conn) nonsense(op, what string) error {
	return fault.New(fault.Bug, op+" with plugin", c.ref.Name, "this is a mistake in the plugin; tell its author", errors.New(what))
}
