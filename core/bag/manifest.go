package bag

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Names in a bag.
const (
	Payload      = "data" // the folder of the payload
	declaration  = "bagit.txt"
	infoName     = "bag-info.txt"
	fetchName    = "fetch.txt"
	manifestHead = "manifest-"
	tagHead      = "tagmanifest-"
	manifestTail = ".txt"
	oxum         = "Payload-Oxum"
)

const declared = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

// hashes are the algorithms that can be checked. The last two are for old bags.
var hashes = map[string]func() hash.Hash{
	"sha256": sha256.New, "sha512": sha512.New, "sha384": sha512.New384, "sha224": sha256.New224, "sha1": sha1.New, "md5": md5.New,
}

var (
	encoder = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	decoder = strings.NewReplacer("%25", "%", "%0D", "\r", "%0d", "\r", "%0A", "\n", "%0a", "\n")
)

// listed is one line of a manifest.
type listed struct {
	digest, name string // lower-case hex; decoded, "/"-separated
}

var errLine = errors.New("is not a digest and a path inside the bag")

// parse reads one line of a manifest whose digests have size bytes.
func parse(line string, size int) (listed, error) {
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		return listed{}, errLine
	}
	l := listed{strings.ToLower(line[:end]), decoder.Replace(strings.TrimLeft(line[end:], " \t"))}
	if b, err := hex.DecodeString(l.digest); err != nil || len(b) != size || !local(l.name) {
		return l, errLine
	}
	return l, nil
}

// local tells whether a decoded path stays inside the bag on any system, and has one spelling only.
func local(name string) bool {
	clean := filepath.ToSlash(filepath.Clean(filepath.FromSlash(name)))
	return utf8.ValidString(name) && filepath.IsLocal(filepath.FromSlash(name)) && clean == name && name != "." &&
		!strings.HasPrefix(name, "~") && !strings.ContainsAny(name, "\\\x00")
}

// inPayload tells whether a path is below data/.
func inPayload(name string) bool { return strings.HasPrefix(name, Payload+"/") }

// longestLine is more than any digest and path.
const longestLine = 64 << 10

// eachLine calls f for each line of a tag file, whichever of LF, CR and CRLF ends it; the last one may lack it.
func eachLine(r io.Reader, f func(line string)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), longestLine)
	lines.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		i := bytes.IndexAny(data, "\r\n")
		switch {
		case i < 0 && atEOF && len(data) > 0:
			return len(data), data, nil
		case i < 0:
			return 0, nil, nil
		case data[i] == '\n':
			return i + 1, data[:i], nil
		case i+1 < len(data) && data[i+1] == '\n':
			return i + 2, data[:i], nil
		case i+1 == len(data) && !atEOF:
			return 0, nil, nil // a LF may follow
		}
		return i + 1, data[:i], nil
	})
	for lines.Scan() {
		f(lines.Text())
	}
	return lines.Err()
}
