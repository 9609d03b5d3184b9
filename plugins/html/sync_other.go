//go:build !linux

package html

import (
	"io/fs"
	"os"
	"path/filepath"
)

// syncAll makes everything below dir durable, file by file.
func syncAll(dir string) error {
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
