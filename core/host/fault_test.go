//go:build unix

package host

import (
	"context"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// TestFault04StoppedPlugin stops a source that reads and a sink that is written to, as SIGSTOP and a swapped-out
// machine do: each is found by its missing sign of life, long before the limit for a silent source.
func TestFault04StoppedPlugin(t *testing.T) {
	t.Parallel()
	h, _ := newHost(t, Options{Heartbeat: 10 * time.Second})
	ended := make(chan error, 2)
	began := time.Now()
	s := openSource(t, h, config("", 1e6, 1000))
	go func() {
		ended <- s.Read(t.Context(), shardA(), nil, "", func(*plugin.Batch) error { return syscall.Kill(s.PID(), syscall.SIGSTOP) })
	}()
	k, _ := openSink(t, h, config("", 1, 1))
	w, err := k.Begin(t.Context(), shardA())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if err := syscall.Kill(k.PID(), syscall.SIGSTOP); err != nil {
			ended <- err
			return
		}
		var err error
		for err == nil { // the signal may come after an answer
			_, err = w.Write(lines(10), 10)
		}
		ended <- err
	}()
	for range 2 {
		err := <-ended
		if fault.ClassOf(err) != fault.Transient || !strings.Contains(err.Error(), "probe: it does not answer any more") || fault.HintOf(err) == "" {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	}
	if d := time.Since(began); d > 40*time.Second {
		t.Errorf("it took %s", d)
	}
	for _, c := range []*conn{s.conn, k.conn} {
		c.kill()
		waitGone(t, c.pid)
	}
}

// liar is a source that answers what it likes.
type liar struct {
	wire.UnimplementedSourceServer
	answers []*wire.Read_Response
}

func (l *liar) Read(_ *wire.Read_Request, s grpc.ServerStreamingServer[wire.Read_Response]) error {
	for _, a := range l.answers {
		if err := s.Send(a); err != nil {
			return err
		}
	}
	return nil
}

// TestFault06PluginLies lets a source skip and repeat batches, count wrong, and end without its trailer.
func TestFault06PluginLies(t *testing.T) {
	batch := func(seq, read uint64) *wire.Read_Response {
		return &wire.Read_Response{Part: &wire.Read_Response_Batch{Batch: &wire.Batch{Seq: seq, Lines: []byte("{}\n{}\n"), Count: 2, Read: read}}}
	}
	end := func(read uint64) *wire.Read_Response {
		return &wire.Read_Response{Part: &wire.Read_Response_End{End: &wire.End{Read: read}}}
	}
	for name, c := range map[string]struct {
		answers []*wire.Read_Response
		class   fault.Class
		says    string
	}{
		"honest":          {[]*wire.Read_Response{batch(0, 2), batch(1, 4), end(4)}, "", ""},
		"skipped":         {[]*wire.Read_Response{batch(0, 2), batch(2, 4), end(4)}, fault.Bug, "batch 2 came where 1 was due"},
		"repeated":        {[]*wire.Read_Response{batch(0, 2), batch(0, 4), end(4)}, fault.Bug, "batch 0 came where 1 was due"},
		"counts more":     {[]*wire.Read_Response{batch(0, 3), end(3)}, fault.Bug, "batch 0: its running total does not fit"},
		"claims more":     {[]*wire.Read_Response{batch(0, 2), end(3)}, fault.Bug, "2 records and rejects came, its trailer says 3"},
		"claims less":     {[]*wire.Read_Response{batch(0, 2), end(0)}, fault.Bug, "2 records and rejects came, its trailer says 0"},
		"no trailer":      {[]*wire.Read_Response{batch(0, 2)}, fault.Transient, "ended without its trailer"},
		"nothing":         {nil, fault.Transient, "ended without its trailer"},
		"an empty answer": {[]*wire.Read_Response{{}}, fault.Bug, "neither batch nor trailer"},
	} {
		h, _ := newHost(t, Options{})
		s := openLiar(t, h, &liar{answers: c.answers})
		n, err := readAll(t.Context(), s)
		if c.class == "" && (err != nil || n != 4) {
			t.Errorf("%s: %d records, %v", name, n, err)
		}
		if c.class != "" && (err == nil || fault.ClassOf(err) != c.class || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "probe")) {
			t.Errorf("%s: class %s: %v", name, fault.ClassOf(err), err)
		}
	}
}

// openLiar connects to a liar as to any plugin in this process.
func openLiar(t *testing.T, h *Host, l *liar) *Source {
	t.Helper()
	lis := bufconn.Listen(1 << 20)
	srv := grpc.NewServer(wire.ServerOptions()...)
	wire.RegisterSourceServer(srv, l)
	go func() { _ = srv.Serve(lis) }()
	cc, err := grpc.NewClient("passthrough:///liar", append(h.dialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cc.Close(); srv.Stop() })
	c := &conn{host: h, ref: Ref{Name: "probe"}, grpc: cc, stderr: &tail{}, exited: func(time.Duration) string { return "" }, end: func() {}}
	return &Source{conn: c, rpc: wire.NewSourceClient(cc)}
}
