package edition

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// recordsDir holds the canonical lines of a document, in the edition's order: one file for the directory's,
// then one for each unit.
const recordsDir = "records"

// maxFrame bounds the memory that reading back one file of records takes.
const maxFrame = 8 << 20

func recordsName(n int, directory bool) string {
	kind := "lines"
	if directory {
		kind = "directory"
	}
	return fmt.Sprintf("%s/%05d-%s.ndjson.zst", recordsDir, n, kind)
}

// keep writes the records of an edition into it.
func keep(ctx context.Context, units []unit, out *Folder) error {
	for n, u := range units {
		f, err := out.Create(recordsName(n, u.directory))
		if err != nil {
			return err
		}
		z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return storage("write", recordsDir, err)
		}
		var b []byte
		err = u.lines(ctx, func(line string) error {
			b = append(append(b[:0], line...), '\n')
			_, err := z.Write(b)
			return err
		})
		if err := errors.Join(err, z.Close()); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// kept are the units of a document that is checked. A file that does not decode ends the walk with an error
// that names it.
func kept(root *os.Root) ([]unit, error) {
	entries, err := fs.ReadDir(root.FS(), recordsDir)
	if err != nil {
		return nil, damaged(recordsDir, err)
	}
	var units []unit
	for n, e := range entries { // by name
		name := recordsDir + "/" + e.Name()
		directory := strings.Contains(e.Name(), "directory")
		if name != recordsName(n, directory) {
			return nil, damaged(name, errors.New("it has no place among the records"))
		}
		units = append(units, unit{directory: directory, lines: func(ctx context.Context, yield func(string) error) error {
			return keptLines(ctx, root, name, yield)
		}})
	}
	return units, nil
}

func keptLines(ctx context.Context, root *os.Root, name string, yield func(string) error) error {
	f, err := openRegular(root, name)
	if err != nil {
		return damaged(name, err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxFrame), zstd.WithDecoderLowmem(true))
	if err != nil {
		return damaged(name, err)
	}
	defer z.Close()
	return lines(ctx, failing{z, func(err error) error { return damaged(name, err) }}, yield)
}
