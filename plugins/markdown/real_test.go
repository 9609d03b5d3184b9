//go:build real

package markdown

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// TestRealOthersReadTheSameTexts: the reference parser of CommonMark sees every text of the corpus exactly.
func TestRealOthersReadTheSameTexts(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	_, letters := ferrytest.Letters(t, chapters)
	e := ferrytest.FinishedEdition(t, Plugin(), config1, media, chapters)
	out, err := exec.Command("node", "testdata/read.js", filepath.Join(e.Dir, "conversations"), letters).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got struct {
		Texts, Quotations, HTML int
		Missing                 []string
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Missing) > 0 || got.Texts < 50 || got.HTML > 0 || got.Quotations < got.Texts {
		t.Errorf("%+v", got)
	}
}
