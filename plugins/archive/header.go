package archive

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/schema"
)

// Names in an archive.
const (
	headerName   = "archive.json"
	manifestName = "manifest-sha256.txt"
	readmeName   = "README.txt"
	recordsDir   = "records"
	indexDir     = "index"
	mediaDir     = "media"
	schemaDir    = "schema"
)

const (
	formatName    = "chatferry-archive"
	formatVersion = 1
	headerStart   = `{"format":"` + formatName + `",`
	// maxHeader bounds what is read of archive.json: some 150,000 shards, or 5 TB of source data.
	maxHeader = 64 << 20
)

// header is archive.json: what the archive holds, and the digest of every segment.
type header struct {
	Format      string       `json:"format"`
	Version     int          `json:"format_version"`
	Schema      string       `json:"schema"`
	Generations []generation `json:"generations"`
}

// generation is one delivery: the first, or a later one with what was new and changed.
type generation struct {
	Number  int              `json:"number"` // from 1
	Records map[string]int64 `json:"records"`
	Shards  []shard          `json:"shards"`
}

// shard is a group of whole conversations, or of people and places (a directory).
type shard struct {
	ID        string           `json:"id"`
	Label     string           `json:"label,omitempty"`
	Directory bool             `json:"directory,omitempty"`
	Records   map[string]int64 `json:"records"`
	Segments  []segment        `json:"segments"`
	Index     *file            `json:"index,omitempty"` // conversations in it; not for directories
}

// segment is one compressed file of canonical lines.
type segment struct {
	file
	Records   int64 `json:"records"`
	TextBytes int64 `json:"text_bytes"` // before compression
}

type file struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func (s *shard) total() (n int64) {
	for _, x := range s.Records {
		n += x
	}
	return n
}

// segmentPath and indexPath give the only names that files of a shard may have.
func segmentPath(generation int, shard string, number int) string {
	return fmt.Sprintf("%s/%04d/%s.%04d.ndjson.zst", recordsDir, generation, shard, number)
}

func indexPath(generation int, shard string) string {
	return fmt.Sprintf("%s/%04d/%s.ndjson", indexDir, generation, shard)
}

// legalID tells whether id can stand in a file name.
func legalID(id string) bool {
	if id == "" || len(id) > 200 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// writeTo writes the header with one shard a line, so that it can be read by eye and compared by diff.
func (h *header) writeTo(out io.Writer) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\"format_version\":%d,\n\"schema\":%q,\n\"generations\":[", headerStart, formatVersion, schema.Base)
	for i, g := range h.Generations {
		if i > 0 {
			w.WriteString(",")
		}
		records, err := json.Marshal(g.Records)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n{\"number\":%d,\"records\":%s,\"shards\":[", g.Number, records)
		for j := range g.Shards {
			line, err := json.Marshal(&g.Shards[j])
			if err != nil {
				return err
			}
			if j > 0 {
				w.WriteString(",")
			}
			w.WriteString("\n")
			w.Write(line)
		}
		w.WriteString("]}")
	}
	w.WriteString("]}\n")
	return w.Flush()
}

// readHeader reads and checks archive.json. The error wraps fs.ErrNotExist when there is none.
func readHeader(root *os.Root) (*header, error) {
	f, err := openFile(root, headerName)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxHeader+1))
	if err != nil {
		return nil, readFault(headerName, err)
	}
	if len(b) > maxHeader {
		return nil, corrupt(headerName, errors.New("it is larger than 64 MiB"))
	}
	return parseHeader(b)
}

func parseHeader(b []byte) (*header, error) {
	var h header
	if err := json.Unmarshal(b, &h); err != nil {
		return nil, corrupt(headerName, errors.New("it is not the JSON it should be"))
	}
	if h.Format != formatName {
		return nil, corrupt(headerName, errors.New("it is not an archive of Chatferry"))
	}
	if h.Version != formatVersion || h.Schema != schema.Base {
		return nil, fault.New(fault.Config, "open archive", headerName, "use the version of chatferry that wrote it, or a newer one",
			fmt.Errorf("format version %d is not known here", h.Version))
	}
	if err := h.check(); err != nil {
		return nil, corrupt(headerName, err)
	}
	return &h, nil
}

// check refuses a header whose paths are not the ones this program would have written, so that no
// path of an archive leads anywhere else.
func (h *header) check() error {
	if len(h.Generations) == 0 {
		return errors.New("it lists no generation")
	}
	for i, g := range h.Generations {
		if g.Number != i+1 {
			return fmt.Errorf("generation %d is missing", i+1)
		}
		seen := map[string]bool{}
		for _, s := range g.Shards {
			if !legalID(s.ID) || seen[s.ID] {
				return fmt.Errorf("generation %d has a shard with an id that is twice there or not allowed", g.Number)
			}
			seen[s.ID] = true
			var n int64
			for k, seg := range s.Segments {
				if seg.Path != segmentPath(g.Number, s.ID, k+1) || !media.Valid(seg.SHA256) || seg.Bytes < 0 || seg.Records < 0 || seg.TextBytes < 0 {
					return fmt.Errorf("shard %s: segment %d is not described as it should be", s.ID, k+1)
				}
				n += seg.Records
			}
			if n != s.total() {
				return fmt.Errorf("shard %s: the counts by type and by segment differ", s.ID)
			}
			if s.Index != nil && (s.Index.Path != indexPath(g.Number, s.ID) || !media.Valid(s.Index.SHA256)) {
				return fmt.Errorf("shard %s: the index is not described as it should be", s.ID)
			}
		}
	}
	return nil
}

// openFile opens a regular file of an archive for reading. Symbolic links may not lead out of the
// archive, and a named pipe does not block.
func openFile(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Corrupt, "read archive", name, "the archive is not complete: compare it with its manifest-sha256.txt", fs.ErrNotExist)
	}
	if err != nil {
		return nil, readFault(name, err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, corrupt(name, errors.New("it is not a regular file"))
	}
	return f, nil
}

func corrupt(subject string, err error) error {
	return fault.New(fault.Corrupt, "read archive", subject, "check the archive with: sha256sum -c "+manifestName+", and restore the file it names from a copy", err)
}

func readFault(subject string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fault.New(fault.Storage, "read archive", subject, "check that the disk works and that this user may read the archive", err)
}
