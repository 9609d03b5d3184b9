//go:build real

package actiance

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// TestRealReadersFindTheSame: xmllint finds every file valid by the schema, and Python every message with its text,
// time and files; in both packages, also with hostile words in every field.
func TestRealReadersFindTheSame(t *testing.T) {
	for name, poison := range map[string]string{"corpus": "", "hostile": "]]></Content></Message><Message>&lt;\ufffe\x1b[2J\u202e\r\n<!--"} {
		for _, pack := range []string{"folder", "zip"} {
			t.Run(name+" "+pack, func(t *testing.T) {
				media := t.TempDir()
				chapters := ferrytest.Corpus(t, media)
				if poison != "" {
					ferrytest.Poison(chapters, poison)
				}
				list, expected := ferrytest.Letters(t, chapters)
				e := ferrytest.FinishedEdition(t, Plugin(), strings.Replace(settings, "folder", pack, 1), media, chapters)
				for _, name := range e.Files() {
					if filepath.Ext(name) != ".xml" {
						continue
					}
					if out, err := exec.Command("xmllint", "--huge", "--noout", "--schema", "testdata/actiance.xsd", filepath.Join(e.Dir, filepath.FromSlash(name))).CombinedOutput(); err != nil {
						t.Errorf("%v\n%.2000s", err, out)
					}
				}
				out, err := exec.Command("python3", "testdata/read.py", e.Dir, expected).CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				var rooms, records, files int
				if _, err := fmt.Sscan(string(out), &rooms, &records, &files); err != nil {
					t.Fatal(err)
				}
				if rooms < 10 || records != len(list)-1 || files != 5 { // an analysis is no message
					t.Errorf("%d conversations, %d records of %d, %d files", rooms, records, len(list), files)
				}
			})
		}
	}
}
