//go:build real

package rsmf

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// TestRealPythonCountsTheSame: email by its strict policy, zipfile and jsonschema find every message of the corpus
// once, with its text, time and files, and nothing invalid; also with hostile words in every field.
func TestRealPythonCountsTheSame(t *testing.T) {
	for name, poison := range map[string]string{"corpus": "", "hostile": "\r\nX-RSMF-Version: 9\r\n\r\n--=_0\r\n\"},{\"type\": =?utf-8?q?=0aBcc=3a_x?= \x1b[2J\u202e"} {
		t.Run(name, func(t *testing.T) {
			media := t.TempDir()
			chapters := ferrytest.Corpus(t, media)
			if poison != "" {
				ferrytest.Poison(chapters, poison)
			}
			list, expected := ferrytest.Letters(t, chapters)
			e := ferrytest.FinishedEdition(t, Plugin(), settings, media, chapters)
			out, err := exec.Command("python3", "testdata/read.py", e.Dir, "testdata/manifest.schema.json", expected).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var slices, records, contexts, files int
			if _, err := fmt.Sscan(string(out), &slices, &records, &contexts, &files); err != nil {
				t.Fatal(err)
			}
			if slices < 10 || records != len(list)-1 || files != 5 { // an analysis is no event
				t.Errorf("%d slices, %d records of %d, %d contexts, %d files", slices, records, len(list), contexts, files)
			}
		})
	}
}
