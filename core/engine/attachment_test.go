package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
)

const page = "<!DOCTYPE html><html><body>Please sign in</body></html>"

// withFiles is a message with attachments of which some are not what was promised.
func withFiles() (*history, map[string]int64) {
	h := newHistory()
	h.add("people", person("ann"))
	h.files = map[string]string{"whole.png": "\x89PNG\r\n\x1a\nrest", "login.png": page, "login.pdf": page, "page.html": page, "note.svg": "<!-- drawn --><svg/>",
		"cut.mp4": "\x00\x00\x00\x18ftypmp42", "bare": page}
	m := msg("a", 1, 0, "files")
	for _, a := range []message.Attachment{
		{Name: "whole.png", MIME: "image/png", Size: "12"}, {Name: "login.png", MIME: "image/png", Size: "9999"}, {Name: "login.pdf", MIME: "application/pdf"},
		{Name: "page.html", MIME: "text/html"}, {Name: "note.svg", MIME: "image/svg+xml"}, {Name: "cut.mp4", MIME: "video/mp4", Size: "100000"},
		{Name: "bare", Role: "image"},
	} {
		a.State = message.MediaRemote
		m.Message.Attachments = append(m.Message.Attachments, a)
	}
	h.add("a", m)
	gone := msg("a", 2, 0, "gone")
	gone.Message.Attachments = []message.Attachment{{Name: "far", State: message.MediaRemote, Reason: "not_in_dump"}, {Name: "odd", State: message.MediaMissing, Reason: "Free text: nobody knows"}}
	h.add("b", gone)
	return h, map[string]int64{"present": 3, "present html_instead": 3, "present size_mismatch": 1, "remote not_in_dump": 1, "missing other": 1}
}

// tally is a Reporter that adds up what it is told.
type tally struct {
	progress.Silent
	mu  sync.Mutex
	sum progress.Delta
}

func (t *tally) Add(d progress.Delta) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Media, t.sum.MediaBytes = t.sum.Media+d.Media, t.sum.MediaBytes+d.MediaBytes
}

// TestMediaBalanceByReason has web pages saved as pictures, and a film cut short. They count as absent for
// their reason, and their bytes are delivered all the same.
func TestMediaBalanceByReason(t *testing.T) {
	h, want := withFiles()
	files := h.files
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	r.job.MediaDir = filepath.Join(r.dir, "media")
	delete(h.records, "b") // its attachments have no bytes to spool
	h.shards = h.shards[:2]
	told, bytes := &tally{}, 0
	for _, text := range files {
		bytes += len(text)
	}
	r.job.Progress = told
	r.run(t)
	if told.sum.Media != 7 || told.sum.MediaBytes != int64(bytes) {
		t.Errorf("progress tells of %d files with %d bytes, not of 7 with %d", told.sum.Media, told.sum.MediaBytes, bytes)
	}
	h.files = nil
	h, _ = withFiles()
	h.files = nil
	delete(h.records, "a")
	h.shards = []plugin.Shard{h.shards[0], h.shards[2]}
	second := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	second.run(t)
	got := map[string]int64{}
	for _, x := range []*rig{r, second} {
		l, err := ledger.Open(x.job.State, true)
		if err != nil {
			t.Fatal(err)
		}
		list, err := l.Tallies(1, "media")
		l.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, tally := range list {
			got[strings.TrimSpace(tally.Name+" "+tally.Rule)] += tally.N
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	out, err := os.ReadFile(filepath.Join(r.dir, "out-1"))
	if err != nil || strings.Count(string(out), `"reason":"html_instead: `) != 3 || strings.Count(string(out), `"state":"present"`) != 7 {
		t.Errorf("%v: %s", err, out)
	}
	kept := 0
	err = filepath.WalkDir(r.job.MediaDir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			kept++
		}
		return err
	})
	if err != nil || kept != 4 { // the four pages are one content
		t.Errorf("%d files are kept of %d, %v", kept, len(files), err)
	}
}

func TestAWebPageInsteadOfAPictureIsNotThere(t *testing.T) {
	h, _ := withFiles()
	h.shards = h.shards[:2]
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	r.job.NeedMedia = true
	if _, err := Run(t.Context(), r.job); fault.ClassOf(err) != fault.Config || !strings.Contains(err.Error(), "html_instead") {
		t.Errorf("the pipeline demands all bytes: %v", err)
	}
}

// TestUnmappedFieldsAreCountedByPathWithinBounds gives more paths than are kept apart.
func TestUnmappedFieldsAreCountedByPathWithinBounds(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	const records = 2*unmappedPaths + 10
	for i := range records {
		m := msg("a", i+1, 0, "x")
		m.Message.Ext = map[string]string{"test.same": `"12"`, fmt.Sprintf("test.f%04d", i): `1`, "chatferry.renamed_from": `"ours"`}
		m.Message.Attachments = []message.Attachment{{State: message.MediaRemote, Ext: map[string]string{"test.deep": `true`}}}
		h.add("a", m)
	}
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	r.run(t)
	l, err := ledger.Open(r.job.State, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	list, err := l.Tallies(1, tallyUnmapped)
	if err != nil || len(list) != unmappedPaths+1 {
		t.Fatalf("%d paths are kept, %v", len(list), err)
	}
	var sum, bytes int64
	for _, x := range list {
		sum, bytes = sum+x.N, bytes+x.Bytes
		if x.Rule == "test.same" && (x.N != records || x.Bytes != 4*records || len(x.Samples) != 3) || strings.Contains(x.Rule, "chatferry") || x.Rule == unmappedOther && x.N != records+2-unmappedPaths {
			t.Errorf("%+v", x)
		}
	}
	if sum != 3*records || bytes != 9*records {
		t.Errorf("%d fields of %d bytes are counted, there are %d of %d", sum, bytes, 3*records, 9*records)
	}
}
