// Package ferrytest is the conformance kit: what every plugin must pass, built in or not.
//
//	func TestMain(m *testing.M) { ferrytest.Main(m, acme.Plugin()) }
//
//	func TestSource(t *testing.T) {
//		ferrytest.Source(t, ferrytest.SourceCase{Plugin: acme.Plugin(), Config: map[string]any{"path": "testdata/dump"}, Golden: "testdata/golden.ndjson"})
//	}
//
// Invariants:
//   - Every check runs against the real host, over gRPC: in this process, and with the plugin as a
//     process that can be killed. A third party's program (Binary) runs as a process only.
//   - What is checked follows from the manifest. A capability that is claimed must work, and one that
//     works must be claimed; no option switches a check off.
package ferrytest

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/plugin"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Main is a test's TestMain: the test program serves the plugins itself when it is started as one.
func Main(m *testing.M, plugins ...plugin.Plugin) {
	if !host.ServeBuiltin(plugins, os.Args) {
		os.Exit(m.Run())
	}
}

// subject is the plugin under test in one mode.
type subject struct {
	host     *host.Host
	ref      host.Ref
	manifest plugin.Manifest
	process  bool // it runs as a process of its own
	opts     host.Options
	log      *log
}

// log is what a plugin printed.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(_, line string) {
	l.mu.Lock()
	l.lines = append(l.lines, line)
	l.mu.Unlock()
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// modes runs f with the plugin in this process and as a process of its own.
func modes(t *testing.T, p plugin.Plugin, binary string, f func(t *testing.T, s *subject)) {
	t.Helper()
	if binary == "" {
		t.Run("in process", func(t *testing.T) { f(t, open(t, p, "", host.Options{InProcess: true})) })
	}
	t.Run("subprocess", func(t *testing.T) { f(t, open(t, p, binary, host.Options{})) })
}

func open(t *testing.T, p plugin.Plugin, binary string, o host.Options) *subject {
	t.Helper()
	s := &subject{ref: host.Ref{Name: p.Name, Path: binary}, process: !o.InProcess, log: new(log)}
	if binary != "" {
		abs, err := filepath.Abs(binary)
		if err != nil {
			t.Fatal(err)
		}
		s.ref = host.Ref{Path: abs}
	} else {
		o.Builtins = []plugin.Plugin{p}
	}
	o.Log = s.log.add
	s.opts = o
	s.host = s.newHost(t, 0)
	m, err := s.host.Describe(t.Context(), s.ref)
	if err != nil {
		t.Fatal(err)
	}
	s.manifest = m
	t.Cleanup(func() {
		if t.Failed() && s.process {
			t.Logf("the plugin printed:\n%s", s.log)
		}
		if strings.Contains(s.log.String(), plugin.StdoutWarning) {
			t.Error("the plugin prints to standard output")
		}
	})
	return s
}

// newHost gives another host for the same plugin, one that asks for batches of the given size.
func (s *subject) newHost(t *testing.T, batch int) *host.Host {
	t.Helper()
	o := s.opts
	o.BatchBytes = batch
	h, err := host.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// absolute makes a config as the host wants it: paths absolute, as JSON.
func absolute(t *testing.T, config map[string]any, settings []plugin.Setting) json.RawMessage {
	t.Helper()
	c := map[string]any{}
	for k, v := range config {
		c[k] = v
	}
	for _, s := range settings {
		if p, ok := c[s.Name].(string); ok && s.Type == "path" {
			abs, err := filepath.Abs(p)
			if err != nil {
				t.Fatal(err)
			}
			c[s.Name] = abs
		}
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkManifest checks what a plugin says of itself and how it takes wrong settings; try opens it.
func checkManifest(t *testing.T, m plugin.Manifest, config map[string]any, settings []plugin.Setting, try func(json.RawMessage) error) {
	t.Helper()
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	wrong := func(what, name string, change func(map[string]any)) {
		c := map[string]any{}
		for k, v := range config {
			c[k] = v
		}
		change(c)
		err := try(absolute(t, c, settings))
		var e *fault.Error
		if !errors.As(err, &e) || e.Class != fault.Config || e.Setting != name {
			t.Errorf("%s %s: want a configuration error that names it, got: %v", what, name, err)
		}
	}
	for _, s := range settings {
		if s.Required {
			wrong("without required setting", s.Name, func(c map[string]any) { delete(c, s.Name) })
		}
		if s.Type != "map" {
			wrong("with an object as setting", s.Name, func(c map[string]any) { c[s.Name] = map[string]any{"a": map[string]any{}} })
		}
		if len(s.Choices) > 0 {
			wrong("with a wrong choice of setting", s.Name, func(c map[string]any) { c[s.Name] = "none-of-them" })
		}
	}
	wrong("with unknown setting", "no_such_setting", func(c map[string]any) { c["no_such_setting"] = "x" })
}

// Golden compares got with the file, or writes it when the test runs with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update, then read it)", err)
	}
	g, w := strings.SplitAfter(string(got), "\n"), strings.SplitAfter(string(want), "\n")
	for i := range max(len(g), len(w)) {
		a, b := "nothing", "nothing"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Fatalf("%s:%d differs\n got: %.600s\nwant: %.600s", path, i+1, a, b)
		}
	}
}
