package plugin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// Main is the whole main function of a third party's plugin program. It does not return before
// the host is done with the plugin.
//
// While it runs, standard output and input are the host's; logs go to standard error, best
// through log/slog, which is set up for it. The process ends when the host does.
func Main(p Plugin) {
	if host.stdin == nil && host.err == nil {
		fmt.Fprintf(os.Stderr, "%s is a Chatferry plugin (%s). It is not run by hand: name it in a plugin block of a pipeline.\n",
			filepath.Base(os.Args[0]), wire.Printable(p.Summary))
		os.Exit(2)
	}
	Serve(p)
}

// Serve serves p to the host that started this process, as Main does. The host's own program
// calls it for built-in plugins.
func Serve(p Plugin) {
	if err := serve(p); err != nil {
		fmt.Fprintf(os.Stderr, "serve plugin %s: %v\n", p.Name, err)
		os.Exit(1)
	}
	exitGroup()
}

// serve speaks go-plugin's handshake (its guide for other languages): one line on standard output
// that says where the gRPC server listens. It is written here because go-plugin's own server would
// take standard error away, answer reflection, and open a broker that nothing uses.
func serve(p Plugin) error {
	switch {
	case host.err != nil:
		return host.err
	case host.stdin == nil:
		return errors.New("this process was not started by a host")
	case !slices.Contains(strings.Split(os.Getenv("PLUGIN_PROTOCOL_VERSIONS"), ","), strconv.Itoa(wire.Protocol)):
		return fmt.Errorf("the host speaks none of the protocol versions of this plugin (%d)", wire.Protocol)
	}
	go lifeline()
	lis, err := listen()
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s := NewServer(p)
	h := health.NewServer()
	h.SetServingStatus("plugin", grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(s, h)
	s.RegisterService(&controller, s)
	if _, err := fmt.Fprintf(host.stdout, "1|%d|%s|%s|grpc|\n", wire.Protocol, lis.Addr().Network(), lis.Addr()); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	host.stdout.Close()
	return s.Serve(lis)
}

func listen() (net.Listener, error) {
	if runtime.GOOS == "windows" {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	f, err := os.CreateTemp(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s")
	if err != nil {
		return nil, err
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	return net.Listen("unix", f.Name())
}

// controller is go-plugin's way to ask a plugin to end.
var controller = grpc.ServiceDesc{
	ServiceName: "plugin.GRPCController",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "Shutdown",
		Handler: func(srv any, _ context.Context, dec func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			go srv.(*grpc.Server).Stop()           // ends serve, once all calls have heeded it
			time.AfterFunc(time.Second, exitGroup) // some never do
			return new(emptypb.Empty), dec(new(emptypb.Empty))
		}}},
}

// NewServer returns a gRPC server for one opened source, sink or transform of p. Hosts use it to
// run a plugin in their own process.
func NewServer(p Plugin) *grpc.Server {
	s := grpc.NewServer(append(wire.ServerOptions(), grpc.WaitForHandlers(true), grpc.UnaryInterceptor(shieldCall), grpc.StreamInterceptor(shieldStream))...)
	x := &server{plugin: p, busy: map[string]chan struct{}{}}
	wire.RegisterPluginServer(s, &pluginServer{server: x})
	wire.RegisterSourceServer(s, &sourceServer{server: x})
	wire.RegisterTransformServer(s, &transformServer{server: x})
	wire.RegisterSinkServer(s, &sinkServer{server: x})
	return s
}

func shieldCall(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	defer func() { err = shield(recover(), err) }()
	return next(ctx, req)
}

func shieldStream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer func() { err = shield(recover(), err) }()
	return next(srv, ss)
}

// shield turns what a call ended with into a status. A panic's stack goes to standard error; its
// value does not unless the Go runtime made it, because it may hold somebody's message.
func shield(p any, err error) error {
	if p == nil {
		return wire.Status(err)
	}
	what := fmt.Sprintf("panic with a value of type %T", p)
	if r, ok := p.(runtime.Error); ok {
		what = r.Error()
	}
	fmt.Fprintf(os.Stderr, "plugin panic: %s\n%s", what, debug.Stack())
	return wire.Status(fault.New(fault.Bug, "run plugin", "", "this is a mistake in the plugin; tell its author and send its log", errors.New(what)))
}
