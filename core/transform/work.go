package transform

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// detectors are the rules of one redact block.
type detectors struct {
	rules        []string
	replacements []string
	use          builtin
	patterns     []*regexp.Regexp
	patternRule  []int
	unreadable   int // number of the rule for JSON that cannot be read
}

// builtin says which detectors are on and which rule each has.
type builtin struct {
	any, card, iban, phone, email, cnID                bool
	cardRule, ibanRule, phoneRule, emailRule, cnIDRule int
}

// match is a place in a text that a rule hit.
type match struct{ start, end, rule int }

// work is the scratch memory for one record.
type work struct {
	*detectors
	use               *builtin
	sk                skeleton
	groups            []group
	digits            []byte
	matches           []match
	hits              []int // by rule
	owner             *redactTransform
	record            *message.Record
	digest            string // of the record before its first change
	changed           bool
	scanner           scan.Scanner
	jsonOut, jsonText []byte
	values            *[]string // when set, what was found is noted here
	inText, inRich    []string  // what was found in a text and in its rich form
	joinedText        []byte
	pieces            []piece
}

var works = sync.Pool{New: func() any { return new(work) }}

const keptBuffer = 64 << 10 // larger scratch buffers are not kept between records

// release gives w back, without anything of the record.
func (w *work) release() {
	w.detectors, w.use, w.owner, w.record, w.values = nil, nil, nil, nil, nil
	w.scanner.Reset("")
	clear(w.inText)
	clear(w.inRich)
	if cap(w.jsonOut) > keptBuffer || cap(w.sk.text) > keptBuffer || cap(w.sk.at) > keptBuffer || cap(w.joinedText) > keptBuffer || cap(w.matches) > keptBuffer {
		*w = work{}
	}
	works.Put(w)
}

func (w *work) found(rule, start, end int) {
	start, end = w.sk.span(start, end)
	w.matches = append(w.matches, match{start, end, rule})
}

// find gives the matches in t, in order, none overlapping. The result is good until the next find.
func (w *work) find(t string) []match {
	w.matches = w.matches[:0]
	if t == "" {
		return nil
	}
	if w.use.any {
		if yes, ascii := worth(t); yes {
			w.sk.build(t, ascii)
			if w.use.iban {
				w.ibans()
			}
			if w.use.card || w.use.phone || w.use.cnID {
				w.numbers()
			}
			if w.use.email {
				w.emails()
			}
		}
	}
	for i, re := range w.patterns {
		for _, loc := range re.FindAllStringIndex(t, -1) {
			if loc[1] > loc[0] {
				w.matches = append(w.matches, match{loc[0], loc[1], w.patternRule[i]})
			}
		}
	}
	return w.merge()
}

// merge sorts the matches and unites those that overlap, under the rule of the first.
func (w *work) merge() []match {
	m := w.matches
	if len(m) < 2 {
		return m
	}
	slices.SortStableFunc(m, func(a, b match) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	out := m[:0]
	for _, x := range m {
		if n := len(out); n > 0 && x.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, x.end)
			continue
		}
		out = append(out, x)
	}
	w.matches = out
	return out
}

// hit counts a match; before the first change it takes the original's digest.
func (w *work) hit(rule int) {
	if !w.changed {
		w.changed = true
		w.digest = w.owner.digest(w.record)
	}
	w.hits[rule]++
}

// replaced is t with its matches replaced.
func (w *work) replaced(t string, m []match) string {
	var b strings.Builder
	last := 0
	for _, x := range m {
		w.hit(x.rule)
		w.note(t[x.start:x.end])
		b.WriteString(t[last:x.start])
		b.WriteString(w.replacements[x.rule])
		last = x.end
	}
	b.WriteString(t[last:])
	return b.String()
}

// note keeps what was found, reduced to letters and digits, so that two copies can be compared.
func (w *work) note(found string) {
	if w.values == nil {
		return
	}
	var s skeleton
	s.build(found, false)
	kept := s.text[:0]
	for _, c := range s.text {
		if isAlnum(c) {
			kept = append(kept, c)
		}
	}
	*w.values = append(*w.values, strings.ToLower(string(kept)))
}

// texts redacts fields that hold text.
func (w *work) texts(fields ...*string) {
	for _, p := range fields {
		if m := w.find(*p); len(m) > 0 {
			*p = w.replaced(*p, m)
		}
	}
}

func (w *work) list(values []string) {
	for i := range values {
		w.texts(&values[i])
	}
}

// urls redacts fields that hold addresses, in which a match may be percent-encoded.
func (w *work) urls(fields ...*string) {
	for _, p := range fields {
		w.texts(p)
		if strings.IndexByte(*p, '%') < 0 {
			continue
		}
		plain, err := url.PathUnescape(*p)
		if err != nil {
			continue
		}
		if m := w.find(plain); len(m) > 0 {
			rule := m[0].rule
			w.hit(rule)
			w.note(plain[m[0].start:m[0].end])
			*p = w.replacements[rule]
		}
	}
}

// json redacts inside JSON text, in strings, keys and numbers. What cannot be read as JSON but hides
// characters behind escapes is replaced as a whole.
func (w *work) json(p *string) {
	if *p == "" {
		return
	}
	if yes, _ := worth(*p); !yes && len(w.patterns) == 0 && strings.IndexByte(*p, '\\') < 0 {
		return
	}
	x := jsonRedaction{w: w, in: *p, s: &w.scanner, out: w.jsonOut[:0], joined: w.jsonText[:0]}
	x.s.Reset(*p)
	x.value("")
	w.jsonOut, w.jsonText = x.out, x.joined
	if err := x.s.End(); err != nil {
		before := *p
		if w.texts(p); before == *p && strings.Contains(*p, `\u`) {
			w.hit(w.unreadable)
			*p = string(message.AppendString(nil, w.replacements[w.unreadable]))
		}
		return
	}
	if m := w.find(string(x.joined)); len(x.joined) > 0 && len(m) > x.inTexts { // a number in pieces
		rule := m[0].rule
		w.hit(rule)
		*p = string(message.AppendString(nil, w.replacements[rule]))
		return
	}
	for _, rule := range x.rules {
		w.hit(rule)
	}
	if len(x.rules) > 0 {
		*p = string(x.out)
	}
}

type jsonRedaction struct {
	w       *work
	in      string
	s       *scan.Scanner
	out     []byte
	rules   []int  // of the matches found
	joined  []byte // all strings called "text", one after the other
	inTexts int    // matches found in those
}

func (x *jsonRedaction) value(key string) {
	kind := x.s.Kind()
	start := x.s.Offset()
	switch kind {
	case scan.Obj:
		x.out = append(x.out, '{')
		first := true
		for x.s.Object(); x.s.Next(); first = false {
			if !first {
				x.out = append(x.out, ',')
			}
			k := x.s.Key()
			x.text(k, "")
			x.out = append(x.out, ':')
			x.value(k)
		}
		x.out = append(x.out, '}')
	case scan.Arr:
		x.out = append(x.out, '[')
		first := true
		for x.s.Array(); x.s.Next(); first = false {
			if !first {
				x.out = append(x.out, ',')
			}
			x.value("")
		}
		x.out = append(x.out, ']')
	case scan.Str:
		v := x.s.String()
		before := len(x.rules)
		x.text(v, x.in[start:x.s.Offset()])
		if key == "text" {
			x.joined = append(x.joined, v...)
			x.inTexts += len(x.rules) - before
		}
	case scan.Num:
		raw := x.s.Raw()
		if m := x.w.find(raw); len(m) > 0 {
			x.text(raw, raw)
			return
		}
		x.out = append(x.out, raw...)
	default:
		x.out = append(x.out, x.s.Raw()...)
	}
}

// text appends a string, as it stood (raw) when nothing in it matches.
func (x *jsonRedaction) text(v, raw string) {
	m := x.w.find(v)
	if len(m) == 0 {
		if raw == "" {
			x.out = message.AppendString(x.out, v)
			return
		}
		x.out = append(x.out, raw...)
		return
	}
	var b strings.Builder
	last := 0
	for _, y := range m {
		x.rules = append(x.rules, y.rule)
		x.w.note(v[y.start:y.end])
		b.WriteString(v[last:y.start])
		b.WriteString(x.w.replacements[y.rule])
		last = y.end
	}
	b.WriteString(v[last:])
	x.out = message.AppendString(x.out, b.String())
}
