// Package host starts plugins, speaks with them and ends them. It alone imports go-plugin.
//
// Invariants:
//   - A plugin runs in a process of its own (or, if asked, a built-in in this one behind the same gRPC), in a
//     session without a terminal, with an environment of a few fixed variables, in a private folder.
//   - No plugin outlives its host: its standard input is a pipe that only the host holds, and the
//     plugin ends when that closes, however the host ended.
//   - Nothing a plugin says is believed: batches must be without gaps and hold what they claim,
//     streams must end with their trailer, shard and spool names must be plain.
//   - A plugin that gives no sign of life within a minute is taken for dead, whatever was asked of it.
//   - Every error is a *fault.Error that names the plugin. A plugin that dies is Transient.
//   - What a plugin prints reaches nobody but Options.Log, made safe for a terminal.
package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// Options is how a host runs plugins.
type Options struct {
	Builtins  []plugin.Plugin
	InProcess bool // built-ins run in this process, without a sandbox
	// Log takes each line a plugin prints, usually a JSON object of log/slog. It is called concurrently.
	Log func(plugin string, line string)
	// Exe is the program that serves the built-ins: ServeBuiltin is the first thing its main calls.
	// Empty: this program.
	Exe string
	// Memory and GC are GOMEMLIMIT ("60MiB") and GOGC of plugin processes; empty: Go's defaults.
	Memory, GC string
	// Stall is how long a source may be silent within Read; 0: five minutes.
	Stall time.Duration
	// Heartbeat is after how much silence a plugin is asked for a sign of life, whatever it is doing; it has
	// half as long to give one. 0: 40 seconds; gRPC does not go below 10.
	Heartbeat time.Duration
	// BatchBytes makes sources send smaller batches, 1 for one at every checkpoint; 0: plugin.BatchBytes.
	BatchBytes int
}

// Ref names a plugin: a built-in by its name, a third party's by the path of its program.
type Ref struct {
	Name   string
	Path   string // empty: built-in
	SHA256 string // of the program, in hex; checked at every start when given
	Here   bool   // a built-in runs in this process, as with InProcess
}

// Host starts plugins. Its methods may be called concurrently.
type Host struct {
	opts   Options
	dir    string
	unlock func()

	mu     sync.Mutex
	conns  map[*conn]bool
	closed bool
}

// New returns a host with a private folder for sockets and working folders, and removes those that
// killed hosts left behind.
func New(o Options) (*Host, error) {
	if o.Log == nil {
		o.Log = func(string, string) {}
	}
	if o.Stall == 0 {
		o.Stall = 5 * time.Minute
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 40 * time.Second
	}
	if o.Exe == "" {
		exe, err := os.Executable()
		if err != nil {
			return nil, fault.New(fault.Bug, "find program", "", "", err)
		}
		if o.Exe = exe; runtime.GOOS == "linux" {
			o.Exe = "/proc/self/exe" // outlives an upgrade under a running process
		}
	}
	dir, unlock, err := runtimeDir()
	if err != nil {
		return nil, fault.New(fault.Storage, "make runtime folder", "", "check that the folder for temporary files is writable", err)
	}
	return &Host{opts: o, dir: dir, unlock: unlock, conns: map[*conn]bool{}}, nil
}

// TempDir makes a folder for the caller inside the private one. It goes with the host, or, should this process
// be killed, when the next host is made.
func (h *Host) TempDir() (string, error) {
	dir, err := os.MkdirTemp(h.dir, "t")
	if err != nil {
		return "", fault.New(fault.Storage, "create", "temporary folder", "set TMPDIR to a folder that can be written", err)
	}
	return dir, nil
}

// Close ends every plugin that still runs and removes the private folder.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	var list []*conn
	for c := range h.conns {
		list = append(list, c)
	}
	h.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range list {
		wg.Go(c.kill)
	}
	wg.Wait()
	h.unlock()
	return os.RemoveAll(h.dir)
}

func (h *Host) dialOptions() []grpc.DialOption {
	return append(wire.DialOptions(), grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: h.opts.Heartbeat, Timeout: h.opts.Heartbeat / 2}))
}

func (h *Host) builtin(name string) (plugin.Plugin, error) {
	for _, p := range h.opts.Builtins {
		if p.Name == name {
			return p, nil
		}
	}
	return plugin.Plugin{}, fault.New(fault.Config, "find plugin", wire.Printable(name), "\"chatferry plugins\" lists the built-in ones; others need a plugin block", errors.New("there is no such plugin"))
}

// Describe returns what a plugin says about itself. Built-ins answer without a process.
func (h *Host) Describe(ctx context.Context, ref Ref) (plugin.Manifest, error) {
	if ref.Path == "" {
		p, err := h.builtin(ref.Name)
		return p.Manifest(), err
	}
	c, err := h.dial(ctx, ref)
	if err != nil {
		return plugin.Manifest{}, err
	}
	defer c.kill()
	return c.describe(ctx)
}

// Recognise asks a source whether it reads path, which must be absolute: a plugin has a working
// folder of its own. Paths inside the configs of the Open functions must be absolute too.
func (h *Host) Recognise(ctx context.Context, ref Ref, path string) (plugin.Recognition, error) {
	var rec plugin.Recognition
	if !filepath.IsAbs(path) {
		return rec, fault.New(fault.Bug, "recognise", path, "", errors.New("the path is not absolute"))
	}
	c, err := h.dial(ctx, ref)
	if err != nil {
		return rec, err
	}
	defer c.kill()
	resp, err := c.plugin.Recognise(ctx, &wire.Recognise_Request{Path: []byte(path)})
	if err != nil {
		return rec, c.fault(ctx, "recognise", err)
	}
	if err := json.Unmarshal(resp.Recognition, &rec); err != nil {
		return rec, c.nonsense("recognise", "its answer is not valid")
	}
	if rec.Score < 0 || rec.Score > 100 {
		return rec, c.nonsense("recognise", "its score is not between 0 and 100")
	}
	rec.Format = wire.Printable(rec.Format)
	for i, n := range rec.Notes {
		rec.Notes[i] = wire.Printable(n)
	}
	return rec, nil
}

// open starts a plugin and configures it. config holds settings by name, as JSON.
func (h *Host) open(ctx context.Context, ref Ref, kind wire.Configure_Kind, config json.RawMessage) (*conn, error) {
	c, err := h.dial(ctx, ref)
	if err != nil {
		return nil, err
	}
	if ref.Path != "" { // a name in a pipeline must not silently mean another plugin
		if _, err := c.describe(ctx); err != nil {
			c.kill()
			return nil, err
		}
	}
	if _, err := c.plugin.Configure(ctx, &wire.Configure_Request{Kind: kind, Config: config}); err != nil {
		err = c.fault(ctx, "open", err)
		c.kill()
		return nil, err
	}
	return c, nil
}

// OpenSource starts a plugin as a source.
func (h *Host) OpenSource(ctx context.Context, ref Ref, config json.RawMessage) (*Source, error) {
	c, err := h.open(ctx, ref, wire.Configure_KIND_SOURCE, config)
	if err != nil {
		return nil, err
	}
	return &Source{conn: c, rpc: wire.NewSourceClient(c.grpc)}, nil
}

// OpenSink starts a plugin as a sink.
func (h *Host) OpenSink(ctx context.Context, ref Ref, config json.RawMessage) (*Sink, error) {
	c, err := h.open(ctx, ref, wire.Configure_KIND_SINK, config)
	if err != nil {
		return nil, err
	}
	live, stop := context.WithCancel(context.Background())
	return &Sink{conn: c, rpc: wire.NewSinkClient(c.grpc), live: live, stop: stop}, nil
}

// OpenTransform starts a plugin as a transform.
func (h *Host) OpenTransform(ctx context.Context, ref Ref, config json.RawMessage) (*Transform, error) {
	c, err := h.open(ctx, ref, wire.Configure_KIND_TRANSFORM, config)
	if err != nil {
		return nil, err
	}
	return &Transform{conn: c, rpc: wire.NewTransformClient(c.grpc)}, nil
}

// ServeBuiltin serves the built-in plugin that args (os.Args) ask for and tells whether they did.
// A host's main function calls it first: nothing may be printed before.
func ServeBuiltin(builtins []plugin.Plugin, args []string) bool {
	if len(args) != 3 || args[1] != serveVerb {
		return false
	}
	for _, p := range builtins {
		if p.Name == args[2] {
			plugin.Serve(p)
			return true
		}
	}
	fmt.Fprintln(os.Stderr, "there is no such built-in plugin")
	os.Exit(2)
	return true
}

const serveVerb = "__plugin"
