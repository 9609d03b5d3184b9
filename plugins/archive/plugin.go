// Package archive is the sealed archive: canonical records in compressed segments, media under
// their digests, and a manifest that sha256sum can check. It is a sink and a source.
//
// Invariants:
//   - Nothing is lost: the projection is empty, and a record read back has the very bytes it was
//     written with.
//   - The same records give the same files, byte for byte: no clock, no run id, one compressor
//     thread.
//   - Every byte is covered: media and segments by digests in their names or in archive.json, all
//     files by manifest-sha256.txt. What is read is hashed while it is read, and a difference is an
//     error that names the file and the place.
//   - A later delivery adds a generation of new and changed records and touches no earlier segment.
//     Readers give each record once, as its last generation has it.
//   - An archive is hostile input: no path in it is followed out of its folder, and memory does not
//     grow with the number of records.
package archive

import (
	"context"
	_ "embed" // the plugin's documentation and the archive's README
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/archive/census"
)

//go:embed README.md
var doc string

// Plugin is the archive as a sink and as a source.
func Plugin() plugin.Plugin {
	source := plugin.NewSource(openSource)
	source.Order = plugin.AnyOrder
	source.Resumable = true
	source.Exact = true
	source.Recognise = recognise
	source.Census = census.Count
	sink := plugin.NewSink(openSink)
	sink.Order = plugin.Chronological
	sink.ReadBack = true
	return plugin.Plugin{
		Name:    "archive",
		Version: "1",
		Summary: "sealed archive of canonical records and media, checkable with sha256sum",
		Doc:     doc,
		Source:  source,
		Sink:    sink,
	}
}

type sourceConfig struct {
	Path string `ferry:"path,required,path" help:"folder of the archive: the one that holds archive.json"`
}

// recognise knows an archive by its header's first member.
func recognise(_ context.Context, path string) plugin.Recognition {
	if info, err := os.Stat(path); err == nil && !info.IsDir() && filepath.Base(path) == headerName {
		path = filepath.Dir(path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return plugin.Recognition{}
	}
	defer root.Close()
	f, err := openFile(root, headerName)
	if err != nil {
		return plugin.Recognition{}
	}
	defer f.Close()
	head := make([]byte, len(headerStart))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != headerStart {
		return plugin.Recognition{}
	}
	return plugin.Recognition{Format: formatName, Score: 100, Config: map[string]any{"path": path}}
}
