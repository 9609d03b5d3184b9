//go:build real

package globalrelay

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// TestRealPythonReadsTheSame: email by its strict policy and an HTML parser find every entry, text and file once, and no
// element that is not ours; also with hostile words in every field.
func TestRealPythonReadsTheSame(t *testing.T) {
	for name, poison := range map[string]string{"corpus": "", "hostile": "</pre><h3>09:00</h3><script>alert(1)</script><!--&lt;\r\nBcc: x@y.test\r\n\r\n--=_0\x1b[2J\u202e"} {
		t.Run(name, func(t *testing.T) {
			media := t.TempDir()
			chapters := ferrytest.Corpus(t, media)
			if poison != "" {
				ferrytest.Poison(chapters, poison)
			}
			list, expected := ferrytest.Letters(t, chapters)
			e := ferrytest.FinishedEdition(t, Plugin(), settings, media, chapters)
			out, err := exec.Command("python3", "testdata/read.py", e.Dir, expected).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%.3000s", err, out)
			}
			var mails, entries, texts, files int
			if _, err := fmt.Sscan(string(out), &mails, &entries, &texts, &files); err != nil {
				t.Fatal(err)
			}
			if mails < 10 || entries != len(list)-1 || poison == "" && texts < 50 || files != 5 { // an analysis is in no mail
				t.Errorf("%d mails, %d entries of %d, %d texts, %d files", mails, entries, len(list), texts, files)
			}
		})
	}
}
