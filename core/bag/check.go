package bag

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/spill"
)

// Report is what Check found.
type Report struct {
	Bad        []string // each mistake in words, the first of them; names as the manifests write them
	More       int64    // further mistakes
	Files      int64    // of the payload, as it stands
	Bytes      int64
	Algorithms []string // of the payload manifests that were checked
	Info       []Field  // of bag-info.txt
}

// Valid tells whether nothing is wrong.
func (r *Report) Valid() bool { return len(r.Bad) == 0 }

// Limits of what is read into memory and told.
const (
	tellMost   = 1000
	infoLimit  = 1 << 20
	sortMemory = 8 << 20
)

// Check reads a bag whole: every file is there, is listed in every manifest once, and has the digests that
// they say; nothing else is in the payload. work is a folder for temporary files. each, when given, is called for
// every payload file that is listed, in the order of names, with its digests by algorithm; it may add to the
// mistakes by what it returns.
func Check(ctx context.Context, dir, work string, each func(name string, digests map[string]string) string) (Report, error) {
	c := checker{each: each, sorter: spill.New(work, sortMemory), manifests: map[bool][]string{}}
	defer c.sorter.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return c.Report, err
	}
	defer root.Close()
	c.root = root
	c.declaration()
	if err := c.top(); err != nil {
		return c.Report, err
	}
	c.info()
	if err := c.gather(ctx); err != nil {
		return c.Report, err
	}
	if err := c.settle(ctx); err != nil {
		return c.Report, err
	}
	c.oxum()
	return c.Report, nil
}

type checker struct {
	Report
	root      *os.Root
	each      func(string, map[string]string) string
	sorter    *spill.Sorter
	manifests map[bool][]string // algorithms, of the payload and (false) of the tag files
}

func (c *checker) bad(format string, args ...any) {
	if len(c.Bad) >= tellMost {
		c.More++
		return
	}
	c.Bad = append(c.Bad, fmt.Sprintf(format, args...))
}

// open opens a regular file, and nothing else.
func (c *checker) open(name string) (*os.File, error) {
	info, err := c.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errKind
	}
	return c.root.Open(name)
}

var errKind = errors.New("it is no regular file")

// text reads a small tag file. It reports what is wrong but for its absence.
func (c *checker) text(name string) (text string, there bool) {
	f, err := c.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	var b []byte
	if err == nil {
		defer f.Close()
		b, err = io.ReadAll(io.LimitReader(f, infoLimit+1))
	}
	if err != nil || len(b) > infoLimit || !utf8.Valid(b) {
		c.bad("%s is no readable text of a sensible size", name)
		return "", true
	}
	return string(b), true
}

func (c *checker) declaration() {
	text, there := c.text(declaration)
	plain := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	switch {
	case !there:
		c.bad("%s is missing", declaration)
	case plain != declared && plain+"\n" != declared:
		c.bad("%s does not say that this is a bag of version 1.0 in UTF-8, in these two lines and nothing else", declaration)
	}
}

// top finds the manifests.
func (c *checker) top() error {
	entries, err := fs.ReadDir(c.root.FS(), ".") // sorted
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, payload := strings.CutPrefix(e.Name(), manifestHead)
		if !payload {
			var tag bool
			if name, tag = strings.CutPrefix(e.Name(), tagHead); !tag {
				continue
			}
		}
		algorithm, ok := strings.CutSuffix(name, manifestTail)
		switch {
		case !ok || strings.Trim(algorithm, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || algorithm == "":
			c.bad("%s is no name of a manifest", encoder.Replace(e.Name()))
		case hashes[algorithm] == nil:
			c.bad("%s is of an algorithm that cannot be checked here", e.Name())
		default:
			c.manifests[payload] = append(c.manifests[payload], algorithm)
		}
	}
	if c.Algorithms = c.manifests[true]; len(c.Algorithms) == 0 {
		c.bad("there is no payload manifest, such as %ssha256%s", manifestHead, manifestTail)
	}
	return nil
}

// info reads bag-info.txt, which may be absent.
func (c *checker) info() {
	text, _ := c.text(infoName)
	n := 0
	_ = eachLine(strings.NewReader(text), func(line string) { // a line that is too long ends the reading, and is bad below
		n += len(line)
		last := len(c.Info) - 1
		label, value, ok := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "":
		case line[0] == ' ' || line[0] == '\t':
			if last < 0 {
				c.bad("%s begins in the middle of a value", infoName)
				return
			}
			c.Info[last].Value += " " + strings.TrimSpace(line)
		case !ok || label == "" || label != strings.TrimSpace(label):
			c.bad("%s has a line without a label", infoName)
		default:
			c.Info = append(c.Info, Field{label, strings.TrimSpace(value)})
		}
	})
	if lines := strings.Count(text, "\n") + strings.Count(text, "\r"); n+lines < len(text) {
		c.bad("%s has a line that is too long", infoName)
	}
}

// oxum compares the payload's size with what bag-info.txt says. Where files are missing or too many that was told.
func (c *checker) oxum() {
	found := ""
	for _, f := range c.Info {
		if !strings.EqualFold(f.Label, oxum) {
			continue
		}
		if found != "" {
			c.bad("%s has a second %s", infoName, oxum)
			return
		}
		found = f.Value
		size, files, ok := strings.Cut(f.Value, ".")
		a, aerr := strconv.ParseInt(size, 10, 64)
		b, berr := strconv.ParseInt(files, 10, 64)
		switch {
		case !ok || aerr != nil || berr != nil || a < 0 || b < 0:
			c.bad("%s has a %s that is not two numbers", infoName, oxum)
		case len(c.Bad) == 0 && (a != c.Bytes || b != c.Files):
			c.bad("%s tells of %d bytes in %d files; there are %d in %d", infoName, a, b, c.Bytes, c.Files)
		}
	}
}
