//go:build real

package text

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// TestRealPythonReadsTheSameTexts: a reader that knows README.md alone finds every message at its time.
func TestRealPythonReadsTheSameTexts(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	list, letters := ferrytest.Letters(t, chapters)
	e := ferrytest.FinishedEdition(t, Plugin(), `{"zone":"UTC","language":"en","split":"year","max_mb":8}`, media, chapters)
	out, err := exec.Command("python3", "testdata/read.py", filepath.Join(e.Dir, "conversations"), letters).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var files, heads, texts int
	if _, err := fmt.Sscan(string(out), &files, &heads, &texts); err != nil || files < 5 || heads < len(list)-2 || texts < 50 { // two have no time
		t.Errorf("%d files, %d heads of %d, %d texts", files, heads, len(list), texts)
	}
}
