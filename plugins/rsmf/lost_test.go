package rsmf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// TestALostFileHidesNoOtherMessage: the slice still has its bytes, and the messages beside it are given as they were.
func TestALostFileHidesNoOtherMessage(t *testing.T) {
	media := t.TempDir()
	e := ferrytest.FinishedEdition(t, Plugin(), settings, media, ferrytest.Corpus(t, media))
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, name := range e.Files() {
		if !strings.HasPrefix(name, "media/") {
			continue
		}
		digest, _, _ := strings.Cut(filepath.Base(name), ".")
		path := filepath.Join(e.Dir, filepath.FromSlash(name))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		got, err := e.Read()
		if err != nil {
			t.Errorf("without %s: %v", name, err)
		}
		for k, line := range whole {
			switch uses := strings.Contains(line, digest); {
			case uses && !strings.Contains(got[k], "digest mismatch"):
				t.Errorf("without %s: %s is given as whole", name, k)
			case !uses && got[k] != line:
				t.Errorf("without %s: %s is %q", name, k, got[k])
			case uses:
				lost++
			}
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if lost < 6 {
		t.Errorf("only %d records had files", lost)
	}
}
