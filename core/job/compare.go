package job

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/spill"
)

// comparer brings a census and what was read together, file by file, in bounded memory: it sorts both and
// walks them side by side.
type comparer struct {
	sorter  *spill.Sorter
	n       uint32
	key     []byte
	sources []sourceCount // as in the pipeline
	seconds map[string]*census.Member

	rows    map[census.State]*report.InventoryRow
	differ  finding
	unknown finding
	damaged finding
}

// sourceCount is what comes together for one source.
type sourceCount struct {
	facts         *census.Facts // nil: its plugin has no census
	counted, read int64
}

// finding collects samples.
type finding struct {
	n       int64
	samples []string
}

func (f *finding) add(format string, args ...any) {
	if f.n++; len(f.samples) < 3 {
		f.samples = append(f.samples, fmt.Sprintf(format, args...))
	}
}

// Memory of the sort, and how many second members of one name are held until what was read of them comes.
const (
	comparerMemory = 12 << 20
	secondsMost    = 50_000
)

// Tags of rows: members come before what was read of them.
const (
	tagMember = 'm'
	tagRead   = 'r'
)

func newComparer(state string, sources int) *comparer {
	return &comparer{sorter: spill.New(state, comparerMemory), sources: make([]sourceCount, sources),
		rows: map[census.State]*report.InventoryRow{}, seconds: map[string]*census.Member{}}
}

// add takes a row under a key that sorts by source and path, then members before what was read of them.
func (x *comparer) add(source int, path string, tag byte, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	x.n++
	x.key = append(append(append(x.key[:0], byte(source)), path...), 0, tag)
	x.key = binary.BigEndian.AppendUint32(x.key, x.n)
	return x.sorter.Add(x.key, b)
}

const keyTail = 6 // what add puts behind a path

func (x *comparer) member(source int, m *census.Member) error {
	return x.add(source, m.Path, tagMember, m)
}

// read takes what came of each file from the books.
func (x *comparer) read(books *ledger.Ledger, gen int) error {
	return books.Seen(gen, func(files []byte) error {
		return engine.EachSeen(files, func(r *engine.Seen) error {
			if r.Source >= len(x.sources) {
				return fmt.Errorf("the books speak of source %d of %d", r.Source+1, len(x.sources))
			}
			return x.add(r.Source, r.File, tagRead, r)
		})
	})
}

// compare walks all files and writes the inventory.
func (x *comparer) compare(out io.Writer) error {
	it, err := x.sorter.Sort()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "source\tpath\tbytes\tstate\trule\tcounted\tread\tunreadable\tbroken")
	var place []byte
	var members int
	var first census.Member
	var got engine.Seen
	flush := func() {
		if len(place) > 0 {
			x.file(w, string(place), &first, &got)
		}
		members, first, got = 0, census.Member{}, engine.Seen{}
	}
	for it.Next() {
		k := it.Key()
		if p := k[:len(k)-keyTail]; !bytes.Equal(p, place) {
			flush()
			place = append(place[:0], p...)
		}
		if k[len(k)-keyTail+1] == tagRead {
			var r engine.Seen
			if err := json.Unmarshal(it.Value(), &r); err != nil {
				return err
			}
			got.Elements, got.Unreadable = got.Elements+r.Elements, got.Unreadable+r.Unreadable
			continue
		}
		m := new(census.Member)
		if err := json.Unmarshal(it.Value(), m); err != nil {
			return err
		}
		if members++; members == 1 {
			first = *m
		} else {
			x.second(w, string(place), members, m)
		}
	}
	flush()
	if err := it.Err(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(x.seconds)) {
		x.file(w, name, x.seconds[name], &engine.Seen{})
	}
	for i := range x.sources {
		if s := &x.sources[i]; s.facts != nil && !s.facts.ByFile && s.counted != s.read {
			x.differ.add("in all: counted %d, read %d", s.counted, s.read)
		}
	}
	return w.Flush()
}

// second keeps a further member of one name until what was read of it comes: readers name it "name~2".
func (x *comparer) second(w io.Writer, place string, number int, m *census.Member) {
	m.Path += "~" + strconv.Itoa(number)
	name := place[:1] + m.Path
	if len(x.seconds) >= secondsMost {
		x.file(w, name, m, &engine.Seen{})
		return
	}
	x.seconds[name] = m
}

// file compares one file and writes its line.
func (x *comparer) file(w io.Writer, place string, m *census.Member, got *engine.Seen) {
	if later := x.seconds[place]; m.State == "" && later != nil && got.Elements > 0 {
		m = later
		delete(x.seconds, place)
	}
	s := &x.sources[place[0]]
	s.read += got.Elements
	if m.State == "" {
		x.unlisted(s.facts, place[1:], got)
		return
	}
	x.line(w, int(place[0])+1, m, got)
	x.tally(m, got)
	if m.Elements > 0 {
		s.counted += m.Elements
	}
	byFile := s.facts.ByFile && s.facts.Silent == ""
	switch {
	case m.Broken != "" && got.Unreadable == 0:
		x.differ.add("%s: %s, yet nothing of it was rejected", m.Path, m.Broken)
	case m.Broken != "" || !byFile:
	case m.Elements >= 0 && m.Elements != got.Elements:
		x.differ.add("%s: counted %d, read %d", m.Path, m.Elements, got.Elements)
	case m.Elements < 0 && got.Elements > got.Unreadable:
		x.differ.add("%s: nothing to count there, read %d", m.Path, got.Elements)
	}
}

// unlisted is about a file that the reader named and the census did not. Rejects may be of the dump as a
// whole; a container that is damaged may hold more than its list.
func (x *comparer) unlisted(facts *census.Facts, path string, got *engine.Seen) {
	if facts != nil && facts.ByFile && facts.Broken == "" && facts.Silent == "" && got.Elements > got.Unreadable {
		x.differ.add("%s: not in the census, read %d", path, got.Elements)
	}
}

func (x *comparer) tally(m *census.Member, got *engine.Seen) {
	r := x.rows[m.State]
	if r == nil {
		r = &report.InventoryRow{State: string(m.State)}
		x.rows[m.State] = r
	}
	r.Files, r.Bytes = r.Files+1, r.Bytes+m.Size
	name := m.Path
	if m.Rule != "" {
		name += " (" + m.Rule + ")"
	}
	switch {
	case m.State == census.Unknown:
		x.unknown.add("%s", name)
	case m.State == census.Damaged && got.Unreadable == 0:
		x.damaged.add("%s", name)
	}
}

func (x *comparer) line(w io.Writer, source int, m *census.Member, got *engine.Seen) {
	counted := ""
	if m.Elements >= 0 {
		counted = strconv.FormatInt(m.Elements, 10)
	}
	text := func(s string) string { return string(message.AppendString(nil, s)) }
	fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\t%d\t%d\t%s\n", source, text(m.Path), m.Size, m.State, text(m.Rule), counted, got.Elements, got.Unreadable, text(m.Broken))
}

// result puts it into words.
func (x *comparer) result() *counted {
	r := &counted{}
	var files, size int64
	for _, state := range census.States {
		if row := x.rows[state]; row != nil {
			r.Inventory = append(r.Inventory, *row)
			files, size = files+row.Files, size+row.Bytes
		}
	}
	silent := ""
	add := func(f *finding, id, severity, text string) {
		if f.n > 0 {
			r.Findings = append(r.Findings, report.Finding{ID: id, Severity: severity, Gap: severity == gapFinding, Count: f.n, Text: text, Samples: f.samples})
		}
	}
	for i, s := range x.sources {
		if s.facts == nil {
			silent = "the plugin of a source has no census"
			continue
		}
		r.Elements += s.counted
		files, size = files-s.facts.Members, size-s.facts.Bytes
		if s.facts.Silent != "" {
			silent = s.facts.Silent
		}
		if s.facts.Broken != "" {
			add(&finding{1, []string{"source " + strconv.Itoa(i+1)}}, "INV-CONTAINER", gapFinding, "the dump itself is damaged, and may hold more than can be listed: "+s.facts.Broken)
		}
	}
	if files != 0 || size != 0 {
		x.differ.add("the files listed are not those that make up the dump")
	}
	add(&x.differ, "CENSUS-COUNT", gapFinding, "an independent count of the dump does not agree with what was read")
	add(&x.damaged, "INV-DAMAGED", gapFinding, "files of the dump that cannot be opened")
	add(&x.unknown, "INV-UNKNOWN", gapFinding, "files of the dump that nobody reads: look whether they hold history")
	if r.Compared = silent == ""; !r.Compared {
		add(&finding{n: 1}, "CENSUS-SILENT", "note", "an independent count cannot be compared: "+silent)
	}
	return r
}

const gapFinding = "gap"
