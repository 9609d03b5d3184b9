//go:build !linux

package edition

import (
	"io/fs"
	"os"
	"path/filepath"
)

// SyncAll makes everything below dir durable, file by file.
func SyncAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Sync()
	})
}
