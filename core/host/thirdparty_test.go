package host_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/plugin"
)

const acmechat = "../../testdata/thirdparty/acmechat"

// build compiles the third party's plugin in its own module.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range []string{"go.mod", "go.sum"} { // copies, so that a build never changes the tree
		b, err := os.ReadFile(filepath.Join(acmechat, f))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, f), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "ferry-acmechat")
	cmd := exec.Command("go", "build", "-mod=mod", "-modfile="+filepath.Join(dir, "go.mod"), "-o", path, ".")
	cmd.Dir = acmechat
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func TestThirdPartyPluginPassesTheKit(t *testing.T) {
	ferrytest.Source(t, ferrytest.SourceCase{
		Binary:  build(t),
		Config:  map[string]any{"dir": acmechat + "/testdata/dump"},
		Golden:  acmechat + "/testdata/golden.ndjson",
		Damaged: []ferrytest.Damage{{Name: "torn", Config: map[string]any{"dir": acmechat + "/testdata/torn"}}},
	})
}

func TestChecksumIsCheckedAtEveryStart(t *testing.T) {
	path := build(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	ref := host.Ref{Name: "acmechat", Path: path, SHA256: strings.ToUpper(hex.EncodeToString(sum[:]))}
	dir, err := filepath.Abs(acmechat + "/testdata/dump")
	if err != nil {
		t.Fatal(err)
	}
	config, _ := json.Marshal(map[string]string{"dir": dir})

	h, err := host.New(host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for range 2 { // a hash that is not made anew would fail the second time
		src, err := h.OpenSource(t.Context(), ref, config)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := src.Discover(t.Context(), func(plugin.Shard) error { n++; return nil }); err != nil || n != 2 {
			t.Fatalf("%d shards, %v", n, err)
		}
		src.Close()
	}
	if m, err := h.Describe(t.Context(), ref); err != nil || m.Name != "acmechat" || len(m.Source.Settings) != 1 {
		t.Errorf("manifest %+v %v", m, err)
	}

	if err := os.WriteFile(path, append(b, 0), 0o755); err != nil { // still runs, but is another program
		t.Fatal(err)
	}
	if _, err := h.OpenSource(t.Context(), ref, config); fault.ClassOf(err) != fault.Denied || !strings.Contains(err.Error(), "sha256") {
		t.Errorf("a changed program: %v", err)
	}
	ref.SHA256 = ""
	ref.Name = "slack"
	if _, err := h.OpenSource(t.Context(), ref, config); fault.ClassOf(err) != fault.Config || !strings.Contains(err.Error(), "another plugin") {
		t.Errorf("a plugin under another name: %v", err)
	}
	ref.Name = "acmechat"
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OpenSource(t.Context(), ref, config); fault.ClassOf(err) != fault.Denied {
		t.Errorf("a program that everybody may change: %v", err)
	}
}

func TestPluginRunByHandExplainsItself(t *testing.T) {
	out, err := exec.Command(build(t)).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is a Chatferry plugin") {
		t.Errorf("%s %v", out, err)
	}
}
