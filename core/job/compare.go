package job

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/spill"
)

// comparer brings a census and what was read together, file by file, in bounded memory.
type comparer struct {
	sorter *spill.Sorter
	n      uint32
	key    []byte
	facts  []census.Facts
	silent bool // a source has no census

	rows      map[census.State]*report.InventoryRow
	counted   int64 // over all files in which something was counted
	readTotal int64 // records and rejects of all units, as the books have them
	named     bool  // some record said in which file it stood
	differ    finding
	broken    finding
	unknown   finding
	doubles   map[string]census.Member // second ones of a name, by the name under which they are read
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

// Memory of the sort, and how many second members of one name are kept apart.
const (
	comparerMemory = 12 << 20
	doublesMost    = 100_000
)

// Tags of rows: members come before what was read of them.
const (
	tagMember = 'm'
	tagRead   = 'r'
)

func newComparer(state string) *comparer {
	return &comparer{sorter: spill.New(state, comparerMemory), rows: map[census.State]*report.InventoryRow{}, doubles: map[string]census.Member{}}
}

func (x *comparer) add(source int, path string, tag byte, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	x.n++
	x.key = appendKey(x.key[:0], source, path, tag, x.n)
	return x.sorter.Add(x.key, b)
}

func (x *comparer) member(source int, m *census.Member) error {
	return x.add(source, m.Path, tagMember, m)
}

// read takes what came of each file from the books.
func (x *comparer) read(books *ledger.Ledger, gen int) error {
	err := books.Seen(gen, func(files []byte) error {
		return engine.EachSeen(files, func(r *engine.Seen) error { return x.add(r.Source, r.File, tagRead, r) })
	})
	if err != nil {
		return err
	}
	shards, err := books.Shards(gen)
	for i := range shards {
		x.readTotal += shards[i].Read
	}
	return err
}

// compare walks all files and writes the inventory.
func (x *comparer) compare(out io.Writer, byFile bool) error {
	it, err := x.sorter.Sort()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, "source\tpath\tbytes\tstate\trule\tcounted\tread\tunreadable\tbroken")
	var place []byte
	var members []census.Member
	var got engine.Seen
	flush := func() {
		if len(place) > 0 {
			x.file(w, place, members, &got, byFile)
		}
		members, got = members[:0], engine.Seen{}
	}
	for it.Next() {
		k := it.Key()
		tag := k[len(k)-5]
		if p := k[:len(k)-6]; !bytes.Equal(p, place) {
			flush()
			place = append(place[:0], p...)
		}
		if tag == tagMember {
			var m census.Member
			if err := json.Unmarshal(it.Value(), &m); err != nil {
				return err
			}
			members = append(members, m)
			continue
		}
		var r engine.Seen
		if err := json.Unmarshal(it.Value(), &r); err != nil {
			return err
		}
		got.Elements, got.Unreadable = got.Elements+r.Elements, got.Unreadable+r.Unreadable
	}
	flush()
	if err := it.Err(); err != nil {
		return err
	}
	for name, m := range x.doubles {
		if m.Elements > 0 && byFile {
			x.differ.add("%s: counted %d, read 0", name[1:], m.Elements)
		}
	}
	if !byFile && x.readTotal != x.counted {
		x.differ.add("in all: counted %d, read %d", x.counted, x.readTotal)
	}
	return w.Flush()
}

// file compares one file. Of several members of one name the reader names the second "name~2", and so on.
func (x *comparer) file(w io.Writer, place []byte, members []census.Member, got *engine.Seen, byFile bool) {
	x.named = x.named || got.Elements > 0
	source, path := int(place[0]), string(place[1:])
	for i := 1; i < len(members) && len(x.doubles) < doublesMost; i++ {
		members[i].Path = path + "~" + strconv.Itoa(i+1)
		x.doubles[string(place[:1])+members[i].Path] = members[i]
	}
	var m census.Member
	if double, ok := x.doubles[string(place)]; ok && len(members) == 0 {
		m = double
		delete(x.doubles, string(place))
	} else if len(members) > 0 {
		m = members[0]
	} else {
		m = census.Member{Path: path, Elements: census.NotCounted}
		if byFile && got.Elements > got.Unreadable {
			x.differ.add("%s: not in the census, read %d", path, got.Elements)
		}
	}
	x.row(w, source, &m, got)
	for i := 1; i < len(members); i++ {
		x.tally(&members[i])
	}
	if m.State != "" {
		x.tally(&m)
	}
	if m.Elements == census.NotCounted {
		return
	}
	x.counted += m.Elements
	switch {
	case m.Broken != "" && got.Unreadable == 0 && byFile:
		x.broken.add("%s: %s", path, m.Broken)
	case m.Broken == "" && byFile && m.Elements != got.Elements:
		x.differ.add("%s: counted %d, read %d", path, m.Elements, got.Elements)
	}
}

func (x *comparer) tally(m *census.Member) {
	r := x.rows[m.State]
	if r == nil {
		r = &report.InventoryRow{State: string(m.State)}
		x.rows[m.State] = r
	}
	r.Files, r.Bytes = r.Files+1, r.Bytes+m.Size
	if m.State == census.Unknown {
		if m.Rule != "" {
			x.unknown.add("%s (%s)", m.Path, m.Rule)
		} else {
			x.unknown.add("%s", m.Path)
		}
	}
}

func (x *comparer) row(w io.Writer, source int, m *census.Member, got *engine.Seen) {
	number := func(n int64) string {
		if n < 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	text := func(s string) string { return string(message.AppendString(nil, s)) }
	fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\t%d\t%d\t%s\n", source+1, text(m.Path), m.Size, m.State, text(m.Rule), number(m.Elements), got.Elements, got.Unreadable, text(m.Broken))
}

// result puts it into words.
func (x *comparer) result() *counted {
	r := &counted{Elements: x.counted}
	var members, size, listed int64
	for _, state := range census.States {
		if row := x.rows[state]; row != nil {
			r.Inventory = append(r.Inventory, *row)
			members, size = members+row.Files, size+row.Bytes
		}
	}
	silent := ""
	for _, f := range x.facts {
		listed += f.Members
		size -= f.Bytes
		if silent == "" {
			silent = f.Silent
		}
		if f.Broken != "" {
			r.Findings = append(r.Findings, report.Finding{ID: "CENSUS-CONTAINER", Severity: "gap", Gap: true, Count: 1, Text: "the dump itself is damaged: " + f.Broken})
		}
	}
	if members != listed || size != 0 {
		x.differ.add("the bytes of the files do not add up to those of the dump")
	}
	if silent == "" && x.readTotal > 0 && !x.named && byFile(x.facts) {
		silent = "records do not say in which file they stood"
	}
	add := func(f *finding, id, severity string, gap bool, text string) {
		if f.n > 0 {
			r.Findings = append(r.Findings, report.Finding{ID: id, Severity: severity, Gap: gap, Count: f.n, Text: text, Samples: f.samples})
		}
	}
	if silent == "" {
		add(&x.differ, "CENSUS-COUNT", "gap", true, "an independent count of the dump differs from what was read")
	} else {
		r.Findings = append(r.Findings, report.Finding{ID: "CENSUS-SILENT", Severity: "note", Count: 1, Text: "an independent count cannot be compared: " + silent})
	}
	add(&x.broken, "CENSUS-BROKEN", "warning", false, "files in which elements cannot be counted independently")
	add(&x.unknown, "INV-UNKNOWN", "gap", true, "files of the dump that nobody reads: look whether they hold history")
	r.Agrees = !x.silent && silent == "" && x.differ.n+x.broken.n == 0
	return r
}
