package slack

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// parser turns one JSON object of a dump into canonical records. It is reused from record to record
// and gives away memory that the next record overwrites: an Emitter keeps nothing.
//
// Whatever member it has no field for goes into Ext as it stands. A member of an unexpected type is
// such a member too: a record is never rejected for one odd field.
type parser struct {
	s       *scan.Scanner
	view    string // the input of s
	secrets bool   // strings may hold URL tokens

	ids    *identity
	late   *latecomers
	conv   *conversation
	ext    map[string]string
	names  map[string]string // member names to Ext keys
	refs   map[string]ref
	lossy  bool // bytes that are not valid UTF-8 outside the text, or a member given twice
	m      message.Message
	f      fields
	rich   rich
	people []*message.Person // to be emitted before the message
	join   []byte            // memory of keys
	// profiles and squeeze: see profile.go.
	profiles map[string]seenProfile
	squeeze  []byte
}

// fields are members of a message whose meaning depends on others.
type fields struct {
	typ, subtype, ts, threadTS string
	user, bot, username        string
	inviter, topic, purpose    string
	name, oldName, deletedTS   string
	created, mimetype, id      string
	channel, eventTS, latest   string
	// Raw JSON.
	botProfile, userProfile, icons, room, item, comment string
	current, previous, original, cards, pinnedTo, pin   string
	replies, repliers                                   int
	locked                                              bool
}

// set keeps a member's value. A second, different one of the same name is kept with the whole record.
func (p *parser) set(dst *string, v string) {
	if *dst != "" && v != *dst {
		p.lossy = true
	}
	*dst = v
}

func newParser(ids *identity) *parser {
	return &parser{ids: ids, late: &latecomers{state: map[string]bool{}}, ext: map[string]string{}, names: map[string]string{}, refs: map[string]ref{}}
}

// start makes p ready for one object.
func (p *parser) start(s *scan.Scanner, view string) {
	p.s, p.view, p.lossy = s, view, false
	clear(p.ext)
	p.join = p.join[:0]
}

// str takes a string member; null is "". Anything else goes into ext under the member's name.
func (p *parser) str(ext *map[string]string) string {
	switch p.s.Kind() {
	case scan.Str:
		v := p.s.String()
		if p.secrets {
			v = withoutSecrets(v)
		}
		return v
	case scan.Null:
		p.s.SkipNull()
		return ""
	}
	p.other(ext)
	return ""
}

// scalar takes a string or a number as written: times come as either.
func (p *parser) scalar(ext *map[string]string) string {
	if p.s.Kind() == scan.Num {
		return p.s.Number()
	}
	return p.str(ext)
}

// flag takes a boolean.
func (p *parser) flag(ext *map[string]string) bool {
	switch p.s.Kind() {
	case scan.True, scan.False, scan.Null:
		return p.s.Bool()
	}
	p.other(ext)
	return false
}

// count takes an integer from 0 to 2^31.
func (p *parser) count(ext *map[string]string) int {
	if p.s.Kind() == scan.Num {
		key := p.s.Key()
		raw := p.s.Number()
		n := 0
		for i := 0; i < len(raw); i++ {
			if raw[i]-'0' > 9 || n > 1<<27 {
				p.put(ext, key, raw)
				return 0
			}
			n = n*10 + int(raw[i]-'0')
		}
		return n
	}
	p.other(ext)
	return 0
}

// object tells whether the value is an object; if not, it is taken into ext.
func (p *parser) object(ext *map[string]string) bool { return p.is(scan.Obj, ext) }

func (p *parser) array(ext *map[string]string) bool { return p.is(scan.Arr, ext) }

func (p *parser) is(k scan.Kind, ext *map[string]string) bool {
	if p.s.Kind() == k {
		return true
	}
	p.other(ext)
	return false
}

// other takes the value of the current member into ext.
func (p *parser) other(ext *map[string]string) {
	key := p.s.Key()
	p.put(ext, key, p.s.Raw())
}

// put stores a raw value in ext; an empty one is absent. ext may be nil to drop the value, which is
// for callers that keep the whole object as it stands.
func (p *parser) put(ext *map[string]string, key, raw string) {
	if ext == nil || empty(raw) {
		return
	}
	if *ext == nil {
		*ext = map[string]string{}
	}
	raw = p.compact(raw)
	if p.secrets {
		raw = withoutSecrets(raw)
	}
	if !utf8.ValidString(raw) {
		p.lossy = true
	}
	name := p.extKey(key)
	if _, twice := (*ext)[name]; twice {
		p.lossy = true
	}
	(*ext)[name] = raw
}

func (p *parser) extKey(key string) string {
	name, ok := p.names[key]
	if !ok {
		if len(p.names) > 4096 {
			clear(p.names)
		}
		name = "slack." + key
		p.names[strings.Clone(key)] = name
	}
	return name
}

// raw takes any value as it stands; an empty one gives "".
func (p *parser) raw() string {
	v := p.s.Raw()
	if empty(v) {
		return ""
	}
	if p.secrets {
		v = withoutSecrets(v)
	}
	return v
}

// quote is s as JSON text, for values of Ext that were decoded.
func quote(s string) string { return string(message.AppendString(nil, s)) }

// text takes the message text. Where it is not valid Unicode, b64 holds its bytes.
func (p *parser) text() (text, b64 string) {
	if p.s.Kind() != scan.Str {
		p.other(&p.ext)
		return "", ""
	}
	outer := p.s.Lossy
	p.s.Lossy = false
	start := p.s.Offset()
	text = p.s.String()
	if p.s.Lossy {
		raw := p.view[start:p.s.Offset()]
		b := rawBytes(raw)
		if p.secrets {
			b = []byte(withoutSecrets(string(b)))
		}
		b64 = base64.StdEncoding.EncodeToString(b)
	}
	p.s.Lossy = outer
	if p.secrets {
		text = withoutSecrets(text)
	}
	return text, b64
}

// whole keeps the record's own JSON when something in it has no lossless place elsewhere.
func (p *parser) whole() {
	if !p.lossy && !p.s.Lossy {
		return
	}
	raw := p.view[:p.s.Offset()]
	if p.secrets {
		raw = withoutSecrets(raw)
	}
	if utf8.ValidString(raw) {
		p.ext["slack.record"] = raw
		return
	}
	p.ext["slack.record_b64"] = quote(base64.StdEncoding.EncodeToString([]byte(raw)))
}

// rawBytes decodes a JSON string, checked before, into the bytes it stands for: invalid UTF-8 stays,
// and a lone surrogate becomes the three bytes that UTF-8 would have for it.
func rawBytes(lit string) []byte {
	if len(lit) < 2 {
		return nil
	}
	lit = lit[1 : len(lit)-1]
	out := make([]byte, 0, len(lit))
	for i := 0; i < len(lit); i++ {
		if lit[i] != '\\' || i+1 >= len(lit) {
			out = append(out, lit[i])
			continue
		}
		i++
		if j := strings.IndexByte(`"\/bfnrt`, lit[i]); j >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[j])
			continue
		}
		r := hex4(lit, i+1)
		i += 4
		if r >= 0xd800 && r < 0xdc00 && i+6 < len(lit) && lit[i+1] == '\\' && lit[i+2] == 'u' {
			if lo := hex4(lit, i+3); lo >= 0xdc00 && lo < 0xe000 {
				out = utf8.AppendRune(out, (r-0xd800)<<10+(lo-0xdc00)+0x10000)
				i += 6
				continue
			}
		}
		if r >= 0xd800 && r < 0xe000 {
			out = append(out, byte(0xe0|r>>12), byte(0x80|r>>6&0x3f), byte(0x80|r&0x3f))
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// hex4 reads four hexadecimal digits, -1 when they are not there.
func hex4(s string, i int) rune {
	if i+4 > len(s) {
		return -1
	}
	var r rune
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case c-'0' < 10:
			r = r<<4 | rune(c-'0')
		case (c|0x20)-'a' < 6:
			r = r<<4 | rune((c|0x20)-'a'+10)
		default:
			return -1
		}
	}
	return r
}

// empty tells whether a raw value says nothing: false, null, "", or an array or object of nothing else.
func empty(raw string) bool {
	switch raw {
	case "", "false", "null", `""`, "[]", "{}":
		return true
	}
	if raw[0] != '{' && raw[0] != '[' || len(raw) > 4096 {
		return false
	}
	var s scan.Scanner
	s.Reset(raw)
	return emptyValue(&s) && s.Err() == nil
}

// emptyValue walks without recursion: any leaf that says something ends it.
func emptyValue(s *scan.Scanner) bool {
	depth := 0
	for {
		switch s.Kind() {
		case scan.Obj:
			s.Object()
			depth++
		case scan.Arr:
			s.Array()
			depth++
		case scan.Str:
			if s.String() != "" {
				return false
			}
		case scan.False:
			s.Bool()
		case scan.Null:
			s.SkipNull()
		default:
			return false
		}
		for depth > 0 && !s.Next() {
			if s.Err() != nil {
				return false
			}
			depth--
		}
		if depth == 0 {
			return s.Err() == nil
		}
	}
}
