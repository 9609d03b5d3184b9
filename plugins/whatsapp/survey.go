package whatsapp

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/plugin"
)

// survey is what must be known of a whole file before its first entry can be read: the form of its headers, the
// order of its dates, and who writes in it.
type survey struct {
	shape   shape
	order   order
	why     string // the order was decided so
	fault   string // why no entry can be read, a code; "" when they can
	detail  string
	damage  *dump.Damage // the file can't be read to its end
	entries int64
	people  []string        // who writes, sorted
	more    bool            // there are more than maxNames
	known   map[string]bool // people, as a set
	colons  []string        // those of them with ": " inside
}

// Bounds of what is remembered of one file.
const (
	maxNames  = 5000
	maxName   = 256 // bytes
	maxShapes = 64
	headBytes = 200 // more than a header can have
)

// shapeReader finds the lines that begin an entry: those whose header has the shape of the first one.
type shapeReader struct {
	pin     shape
	pinned  bool
	any     bool // the pin was not given: the first header found makes it
	pending []header
	seen    map[shape]int64
}

// starts is for plugin.Log. It keeps the headers it tells of until next is called for their entries.
func (r *shapeReader) starts(head []byte) bool {
	c := head[0]
	if c != '[' && c-'0' > 9 && c < 0x80 {
		return false
	}
	h, ok := headerOf(string(head[:min(len(head), headBytes)]))
	if !ok {
		return false
	}
	if r.any {
		if !r.pinned {
			r.pin, r.pinned = h.shape, true
		}
		if _, known := r.seen[h.shape]; known || len(r.seen) < maxShapes {
			r.seen[h.shape]++
		}
	}
	if !r.pinned || h.shape != r.pin {
		return false
	}
	r.pending = append(r.pending, h)
	return true
}

func (r *shapeReader) next() header {
	h := r.pending[0]
	r.pending = append(r.pending[:0], r.pending[1:]...)
	return h
}

type nameCount struct {
	single, multi int // entries in which it stands before the only ": ", before the first of several
	talks         bool
}

type surveyor struct {
	shapeReader
	s       *survey
	proof   evidence
	names   map[string]*nameCount
	longer  map[string]int // names with ": " inside
	tight   map[string]int // names with ":" and no space behind
	evening bool           // an hour only a clock of 24 has
}

// surveyOf reads a file for what must be known of it.
func surveyOf(ctx context.Context, r io.Reader, file, setting string) (*survey, error) {
	v := surveyor{s: &survey{}, names: map[string]*nameCount{}, longer: map[string]int{}, tight: map[string]int{}}
	v.any, v.seen = true, map[shape]int64{}
	v.proof.shape = &v.pin
	err := plugin.Log{File: file, Starts: v.starts}.Walk(r, 0, 0, func(e *plugin.Entry) error {
		if e.Torn != nil && !errors.As(e.Torn, &v.s.damage) {
			return e.Torn
		}
		if v.s.entries++; v.s.entries%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if e.Starts {
			v.entry(v.next(), e.Bytes)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.settle(setting)
	return v.s, nil
}

func (v *surveyor) entry(h header, b []byte) {
	v.proof.add(h.parts)
	v.evening = v.evening || h.hour > 12 || h.hour == 0
	if len(b) == 0 {
		return
	}
	line := firstLine(string(b[h.end:min(len(b), h.end+maxName+64)]))
	name, rest, ok := strings.Cut(line, ": ")
	if !ok {
		name, ok = strings.CutSuffix(line, ":")
	}
	if !ok {
		if i := strings.IndexByte(line, ':'); i > 0 && i+1 < len(line) && line[i+1] != '/' && line[i+1]-'0' > 9 && nameable(line[:i]) {
			bump(v.tight, cleanName(line[:i]))
		}
		return
	}
	if !nameable(name) {
		return
	}
	name = cleanName(name)
	c := v.names[name]
	if c == nil {
		if len(v.names) >= maxNames {
			v.s.more = true
			return
		}
		c = &nameCount{}
		v.names[strings.Clone(name)] = c
	}
	c.talks = c.talks || !strings.HasPrefix(rest, lrm)
	if second, _, several := strings.Cut(rest, ": "); several {
		c.multi++
		bump(v.longer, name+": "+second)
	} else {
		c.single++
	}
}

func bump(m map[string]int, name string) {
	if _, ok := m[name]; ok || len(m) < maxNames {
		m[strings.Clone(name)]++
	}
}

// firstLine is a text up to its first line end.
func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, "\r")
}

// settle decides what the counts mean.
func (v *surveyor) settle(setting string) {
	s := v.s
	s.shape = v.pin
	v.settleNames()
	if !v.pinned {
		s.fault, s.detail = "no_header", "no line begins as the lines of a chat do"
		return
	}
	for other, n := range v.seen {
		same := other
		same.word = v.pin.word
		switch {
		case other == v.pin:
		case same == v.pin && other.word != "" && v.pin.word != "" && n*10 >= v.seen[v.pin]:
			s.fault = "unknown_day_period"
		case n > v.seen[v.pin] && s.fault == "":
			s.fault, s.detail = "mixed_headers", "more lines begin in another form than the first one: this may be several exports in one file"
		}
	}
	if v.pin.word != "" && !words[v.pin.word] && !v.evening {
		s.fault = "unknown_day_period"
	}
	if s.fault == "unknown_day_period" {
		s.detail = "a word stands with the time that may be a day period, and is in no table"
		return
	}
	var ok bool
	if s.order, s.why, ok = v.proof.decide(setting); !ok && s.fault == "" {
		s.fault, s.detail = "ambiguous_date", "the file does not show whether day or month comes first: set date_order"
	}
}

// settleNames finds who writes. A name that stands before the only ": " of some entry is certain. One that is
// never alone, and always followed by the same words and another ": ", is the beginning of a longer name.
func (v *surveyor) settleNames() {
	s := v.s
	s.known = map[string]bool{}
	for long, n := range v.longer {
		short, _, _ := strings.Cut(long, ": ")
		if c := v.names[short]; c != nil && c.single == 0 && n >= 2 && n == c.multi {
			s.colons = append(s.colons, long)
			delete(v.names, short)
			s.known[long] = true
		}
	}
	for name, c := range v.names {
		if c.talks {
			s.known[name] = true
		}
	}
	for name, n := range v.tight {
		if n >= 2 && len(s.known) < maxNames {
			s.known[name] = true
		}
	}
	for name := range s.known {
		s.people = append(s.people, name)
	}
	slices.Sort(s.people)
	slices.Sort(s.colons)
}

// split divides what stands behind a header into the author's name and the text. Notices of the system have no
// name. The first ": " ends a name, unless a longer name is known.
func (s *survey) split(text string) (name, body string) {
	line := firstLine(text)
	for _, long := range s.colons {
		if strings.HasPrefix(line, long+": ") {
			return long, text[len(long)+2:]
		}
	}
	i := strings.Index(line, ": ")
	if i < 0 && strings.HasSuffix(line, ":") {
		i = len(line) - 1
	}
	if j := strings.IndexByte(line, ':'); j > 0 && (i < 0 || j < i) && s.known[cleanName(line[:j])] && !s.known[cleanName(line[:max(i, 0)])] {
		return cleanName(line[:j]), text[j+1:]
	}
	if i < 0 || !nameable(line[:i]) {
		return "", text
	}
	return cleanName(line[:i]), strings.TrimPrefix(text[i+1:], " ")
}

// nameable tells whether a text before a colon can be a name: a notice such as `Ann changed the subject to
// "a: b"` opens a quotation in it.
func nameable(s string) bool {
	if len(s) > maxName || cleanName(s) == "" || strings.Count(s, `"`)%2 == 1 {
		return false
	}
	for _, q := range [...]string{"“”", "«»", "„“", "「」", "‘’"} {
		open, shut := string([]rune(q)[0]), string([]rune(q)[1])
		if n := strings.Count(s, open); n > strings.Count(s, shut)+strings.Count(s, "”") {
			return false
		}
	}
	return true
}

const lrm = "\u200e"

// cleanName is a name without marks and outer spaces.
func cleanName(s string) string {
	if strings.IndexFunc(s, isMark) >= 0 {
		s = strings.Map(func(r rune) rune {
			if isMark(r) {
				return -1
			}
			return r
		}, s)
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "\ufffd")
}
