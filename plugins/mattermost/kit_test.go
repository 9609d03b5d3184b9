package mattermost

import (
	"archive/zip"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/projection"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	var all []*message.Record
	for _, ch := range ferrytest.Corpus(t, "") {
		all = append(all, ch.Records...)
	}
	project, err := projection.ByRecord(keeps(), all)
	if err != nil {
		t.Fatal(err)
	}
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Project: project, Output: func(t *testing.T, dir string) {
		checkZip(t, filepath.Join(dir, "mattermost-import.zip"))
	}})
}

// checkZip validates an import with the standard library's reader, as the server would read it.
func checkZip(t *testing.T, path string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	names := map[string]bool{}
	for _, f := range z.File {
		if names[f.Name] {
			t.Errorf("%s stands twice in the archive", f.Name)
		}
		names[f.Name] = true
	}
	if z.File[0].Name != importName {
		t.Errorf("the first entry is %s", z.File[0].Name)
	}
	in, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	err = Validate(in, func(path string) bool { return names[dataDir+path] }, func(v Violation) error {
		t.Error(v)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
