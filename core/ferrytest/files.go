package ferrytest

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"
)

// Write makes a folder of the given files.
func Write(t testing.TB, files map[string]string) string {
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

// Pack makes a zip of a folder.
func Pack(t testing.TB, dir string) string {
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

// Fixture is the path of a file of a project's public test data, from a package two folders deep. Where the
// folder of fixtures is not there, the test has nothing to read.
func Fixture(t testing.TB, name string) string {
	t.Helper()
	p := filepath.Join("..", "..", "..", "shared", "fixtures", filepath.FromSlash(name))
	if _, err := os.Stat(p); err != nil {
		t.Skipf("fixture %s is absent", name)
	}
	return p
}
