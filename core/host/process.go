package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

const (
	startTimeout = 10 * time.Second
	endTimeout   = 3 * time.Second // for ending by itself
	killed       = "it was killed"
)

// startProcess runs the plugin as a process of its own and connects to it.
func (c *conn) startProcess(path string, args ...string) error {
	work, err := os.MkdirTemp(c.host.dir, "w")
	if err != nil {
		return fault.New(fault.Storage, "start plugin", c.ref.Name, "check that the folder for temporary files is writable", err)
	}
	r := &process{ended: make(chan struct{})}
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  goplugin.HandshakeConfig{MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue},
		VersionedPlugins: map[int]goplugin.PluginSet{wire.Protocol: {"ferry": connection{}}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		GRPCDialOptions:  c.host.dialOptions(),
		StartTimeout:     startTimeout,
		SkipHostEnv:      true,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: c.host.dir},
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard}),
		Stderr:           c.stderr,
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, _ string) (runner.Runner, error) {
			return r, r.prepare(path, args, append(spec.Env, c.host.environ(work)...), work)
		},
	})
	c.exited = r.how
	c.end = func() {
		hung := time.AfterFunc(endTimeout, func() { r.Kill(context.Background()) })
		client.Kill()
		hung.Stop()
		r.Kill(context.Background()) // what it may have started
		os.RemoveAll(work)
	}
	rpc, err := client.Client()
	if err == nil {
		var raw any
		if raw, err = rpc.Dispense("ferry"); err == nil {
			c.grpc = raw.(*grpc.ClientConn)
			c.pid, err = strconv.Atoi(client.ID())
		}
	}
	if err != nil {
		c.end()
		return c.startFault(err, r.how(0))
	}
	return nil
}

func (c *conn) startFault(err error, how string) error {
	cause := errors.New(wire.Printable(err.Error()))
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EAGAIN):
		return fault.New(fault.Transient, "start plugin", c.ref.Name, "allow more open files (ulimit -n), processes or memory, and run the same command again: it continues where it was", cause)
	case strings.Contains(err.Error(), "Unrecognized remote plugin message"), strings.Contains(err.Error(), "exited before"):
		cause = errors.New("it does not speak as a plugin")
		if how != "" && how != killed {
			cause = fmt.Errorf("its process ended at once: %s", how)
		}
	}
	return fault.New(fault.Config, "start plugin", c.ref.Name, "check that the program is a Chatferry plugin for this machine; its log shows its last words", cause)
}

// environ is the whole environment of a plugin, besides go-plugin's own variables. Settings and
// secrets come with Configure, never here.
func (h *Host) environ(work string) []string {
	env := []string{"TMPDIR=" + work, "TZ=UTC", "LANG=C.UTF-8"}
	if h.opts.Memory != "" {
		env = append(env, "GOMEMLIMIT="+h.opts.Memory)
	}
	if h.opts.GC != "" {
		env = append(env, "GOGC="+h.opts.GC)
	}
	return env
}

// connection is all that go-plugin dispenses: the connection itself.
type connection struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (connection) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the host serves no plugin")
}

func (connection) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, cc *grpc.ClientConn) (any, error) {
	return cc, nil
}

// process is a plugin's process as go-plugin runs it: its standard input is the lifeline, and it
// leads a group (on Unix a session, without a terminal) of its own.
type process struct {
	cmd      *exec.Cmd
	out, err io.ReadCloser
	in       io.WriteCloser

	mu     sync.Mutex
	killed bool
	state  *os.ProcessState
	ended  chan struct{}
}

func (p *process) prepare(path string, args, env []string, dir string) error {
	p.cmd = exec.Command(path, args...)
	p.cmd.Env, p.cmd.Dir = env, dir
	alone(p.cmd)
	var errs [3]error
	p.in, errs[0] = p.cmd.StdinPipe()
	p.out, errs[1] = p.cmd.StdoutPipe()
	p.err, errs[2] = p.cmd.StderrPipe()
	return errors.Join(errs[:]...)
}

func (p *process) Start(context.Context) error { return p.cmd.Start() }

// Wait is called once all output is read.
func (p *process) Wait(context.Context) error {
	err := p.cmd.Wait()
	p.mu.Lock()
	p.state = p.cmd.ProcessState
	p.mu.Unlock()
	close(p.ended)
	return err
}

// Kill ends the process and its group.
func (p *process) Kill(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil || p.state != nil { // once waited for, the id may be somebody else's
		return nil
	}
	p.killed = true
	p.in.Close()
	return killGroup(p.cmd.Process)
}

// how tells how the process ended, waiting a while for it; "" when it still runs.
func (p *process) how(wait time.Duration) string {
	select {
	case <-p.ended:
	case <-time.After(wait):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.killed:
		return killed
	case p.state != nil:
		return p.state.String()
	}
	return ""
}

func (p *process) Stdout() io.ReadCloser           { return p.out }
func (p *process) Stderr() io.ReadCloser           { return p.err }
func (p *process) Name() string                    { return p.cmd.Path }
func (p *process) Diagnose(context.Context) string { return "" }

func (p *process) ID() string {
	if p.cmd == nil || p.cmd.Process == nil {
		return ""
	}
	return fmt.Sprint(p.cmd.Process.Pid)
}

func (p *process) PluginToHost(net, addr string) (string, string, error) { return net, addr, nil }
func (p *process) HostToPlugin(net, addr string) (string, string, error) { return net, addr, nil }
