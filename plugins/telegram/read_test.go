package telegram

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func read(t testing.TB, config map[string]any) *ferrytest.Result {
	t.Helper()
	return ferrytest.Read(t, Plugin(), config)
}

// write makes a folder of the given files.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// pack makes a zip of a folder.
func pack(t testing.TB, dir string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "export.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// chatOf reads one chat with the given messages.
func chatOf(t testing.TB, messages string, settings ...string) *ferrytest.Result {
	t.Helper()
	config := map[string]any{"path": write(t, map[string]string{"result.json": `{"name":"Room","type":"private_supergroup","id":7,"messages":[` + messages + `]}`})}
	for i := 0; i+1 < len(settings); i += 2 {
		config[settings[i]] = settings[i+1]
	}
	return read(t, config)
}

const fixtures = "../../../shared/fixtures/telegram"

// fixture is the path of a fixture; where the folder of fixtures is not there, the test has nothing to read.
func fixture(t testing.TB, name string) string {
	t.Helper()
	p := filepath.Join(fixtures, name)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("fixture %s is absent", name)
	}
	return p
}
