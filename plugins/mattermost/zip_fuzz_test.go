package mattermost

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func FuzzZipReader(f *testing.F) {
	var buf bytes.Buffer
	z, err := newZipWriter(&buf, f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	defer z.discard()
	if err := z.start(entry{name: "a", size: 1, raw: 1}); err != nil {
		f.Fatal(err)
	}
	z.write([]byte("x"))
	if err := z.close(); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte("PK\x05\x06aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "x.zip")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		z, err := openZip(path)
		if err != nil {
			return
		}
		defer z.Close()
		for range 1000 {
			e, err := z.next()
			if err != nil {
				return
			}
			if in, _, err := inflate(z, e); err == nil {
				io.CopyN(io.Discard, in, 1<<16)
			}
		}
	})
}

func FuzzProps(f *testing.F) {
	f.Add(`{"chatferry":{"key":"a:b","files":[{"state":"present"}],"part":1,"of":2},"from_webhook":"true","override_username":"x"}`)
	f.Fuzz(func(t *testing.T, props string) {
		var m message.Message
		_, _ = readProps(&m, props)
	})
}
