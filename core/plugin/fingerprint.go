package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
)

// Fingerprint tells whether files may have changed since another time, from their names, sizes and
// times of change alone. It gives their total size too.
func Fingerprint(paths ...string) (sum string, size int64, err error) {
	h := sha256.New()
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return "", 0, fault.New(fault.Config, "look at", filepath.Base(path), "check that the file is there and may be read", err)
		}
		size += info.Size()
		fmt.Fprintf(h, "%q %d %d\n", filepath.Base(path), info.Size(), info.ModTime().UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// FileDigest is the SHA-256 of a file's bytes, in hex.
func FileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// ShardID makes a shard id of names that may hold anything. Different names give different ids.
func ShardID(names ...string) string {
	id := []byte(strings.Join(names, "-"))
	changed := false
	for i, c := range id {
		if c-'a' > 25 && c-'A' > 25 && c-'0' > 9 && c != '-' && c != '_' && (c != '.' || i == 0) {
			id[i], changed = '_', true
		}
	}
	// A dash inside a name, or a file system that ignores case, could make two lists of names meet.
	if changed || len(id) > 100 || len(id) == 0 || id[0] == '-' || strings.Count(string(id), "-") != len(names)-1 || strings.ToLower(string(id)) != string(id) {
		sum := sha256.Sum256(fmt.Appendf(nil, "%q", names))
		id = fmt.Appendf(nil, "%s.%x", strings.TrimLeft(string(id[:min(len(id), 100)]), "-"), sum[:6])
	}
	if id[0] == '.' {
		id[0] = '_'
	}
	return string(id)
}
