package dump

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// Beside finds a regular file in the folder of a dump that OpenFile opened, or below it, though it is not
// listed: what the one file refers to. It is nil when there is none.
func (d *Dump) Beside(name string) (*Entry, error) {
	if clean, reason := cleanName(name); reason != "" || clean != name || d.root == nil {
		return nil, nil
	}
	info, err := d.root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, nil
	}
	return &Entry{Path: name, Size: info.Size(), Packed: info.Size(), Modified: info.ModTime().UnixNano()}, nil
}
