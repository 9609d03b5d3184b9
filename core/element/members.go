package element

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// Members takes the members of one object, of whatever type they turn out to be. What has no field goes into
// an ext map as it stands, without the white space between its tokens. A member of an unexpected type is
// such a member too: a record is never rejected for one odd field.
//
// It is reused from record to record.
type Members struct {
	S      *scan.Scanner
	View   string              // the input of S
	Prefix string              // of names in ext: "slack."
	Clean  func(string) string // is given every string and raw value: to take secrets away; may be nil
	Ext    map[string]string   // of the record
	Lossy  bool                // something has no lossless place: see Whole

	names   map[string]string // member names to ext keys
	squeeze []byte
}

// Start makes p ready for one object.
func (p *Members) Start(s *scan.Scanner, view string) {
	p.S, p.View, p.Lossy = s, view, false
	if p.Ext == nil {
		p.Ext, p.names = map[string]string{}, map[string]string{}
	}
	clear(p.Ext)
}

func (p *Members) clean(s string) string {
	if p.Clean == nil {
		return s
	}
	return p.Clean(s)
}

// Set keeps a member's value. A second, different one of the same name is kept with the whole record.
func (p *Members) Set(dst *string, v string) {
	if *dst != "" && v != *dst {
		p.Lossy = true
	}
	*dst = v
}

// Str takes a string member; null is "". Anything else goes into ext under the member's name.
func (p *Members) Str(ext *map[string]string) string {
	switch p.S.Kind() {
	case scan.Str:
		return p.clean(p.S.String())
	case scan.Null:
		p.S.SkipNull()
		return ""
	}
	p.Other(ext)
	return ""
}

// Scalar takes a string or a number as written: times and ids come as either.
func (p *Members) Scalar(ext *map[string]string) string {
	if p.S.Kind() == scan.Num {
		return p.S.Number()
	}
	return p.Str(ext)
}

// Flag takes a boolean.
func (p *Members) Flag(ext *map[string]string) bool {
	switch p.S.Kind() {
	case scan.True, scan.False, scan.Null:
		return p.S.Bool()
	}
	p.Other(ext)
	return false
}

// Count takes an integer from 0 to 2^31.
func (p *Members) Count(ext *map[string]string) int {
	if p.S.Kind() == scan.Num {
		key := p.S.Key()
		raw := p.S.Number()
		n := 0
		for i := 0; i < len(raw); i++ {
			if raw[i]-'0' > 9 || n > 1<<27 {
				p.Put(ext, key, raw)
				return 0
			}
			n = n*10 + int(raw[i]-'0')
		}
		return n
	}
	p.Other(ext)
	return 0
}

// Object tells whether the value is an object; if not, it is taken into ext.
func (p *Members) Object(ext *map[string]string) bool { return p.is(scan.Obj, ext) }

// Array tells whether the value is an array; if not, it is taken into ext.
func (p *Members) Array(ext *map[string]string) bool { return p.is(scan.Arr, ext) }

func (p *Members) is(k scan.Kind, ext *map[string]string) bool {
	if p.S.Kind() == k {
		return true
	}
	p.Other(ext)
	return false
}

// Other takes the value of the current member into ext.
func (p *Members) Other(ext *map[string]string) {
	key := p.S.Key()
	p.Put(ext, key, p.S.Raw())
}

// Put stores a raw value in ext; an empty one is absent. ext may be nil to drop the value, which is
// for callers that keep the whole object as it stands.
func (p *Members) Put(ext *map[string]string, key, raw string) {
	if ext == nil || Empty(raw) {
		return
	}
	if *ext == nil {
		*ext = map[string]string{}
	}
	raw = p.clean(p.Compact(raw))
	if !utf8.ValidString(raw) {
		p.Lossy = true
	}
	name := p.extKey(key)
	if _, twice := (*ext)[name]; twice {
		p.Lossy = true
	}
	(*ext)[name] = raw
}

func (p *Members) extKey(key string) string {
	name, ok := p.names[key]
	if !ok {
		if len(p.names) > 4096 {
			clear(p.names)
		}
		name = p.Prefix + key
		p.names[strings.Clone(key)] = name
	}
	return name
}

// Raw takes any value as it stands; an empty one gives "".
func (p *Members) Raw() string {
	v := p.S.Raw()
	if Empty(v) {
		return ""
	}
	return p.clean(v)
}

// Quote is s as JSON text, for values of ext that were decoded.
func Quote(s string) string { return string(message.AppendString(nil, s)) }

// Text takes the message text. Where it is not valid Unicode, b64 holds its bytes.
func (p *Members) Text() (text, b64 string) {
	if p.S.Kind() != scan.Str {
		p.Other(&p.Ext)
		return "", ""
	}
	outer := p.S.Lossy
	p.S.Lossy = false
	start := p.S.Offset()
	text = p.S.String()
	if p.S.Lossy {
		raw := rawBytes(p.View[start:p.S.Offset()])
		b64 = base64.StdEncoding.EncodeToString([]byte(p.clean(string(raw))))
	}
	p.S.Lossy = outer
	return p.clean(text), b64
}

// Whole keeps the record's own JSON when something in it has no lossless place elsewhere.
func (p *Members) Whole() {
	if !p.Lossy && !p.S.Lossy {
		return
	}
	raw := p.clean(p.View[:p.S.Offset()])
	if utf8.ValidString(raw) {
		p.Ext[p.Prefix+"record"] = raw
		return
	}
	p.Ext[p.Prefix+"record_b64"] = Quote(base64.StdEncoding.EncodeToString([]byte(raw)))
}

// Compact takes the white space between the tokens of JSON text away, which is the only thing in it
// that says nothing. raw has been checked.
func (p *Members) Compact(raw string) string {
	if raw[0] != '{' && raw[0] != '[' {
		return raw
	}
	b := p.squeeze[:0]
	for i := 0; i < len(raw); {
		switch c := raw[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
		case '"':
			j := i + 1
			for j < len(raw) && raw[j] != '"' {
				if raw[j] == '\\' {
					j++
				}
				j++
			}
			j = min(j+1, len(raw))
			b = append(b, raw[i:j]...)
			i = j
		default:
			b = append(b, c)
			i++
		}
	}
	p.squeeze = b
	if len(b) == len(raw) {
		return raw
	}
	return string(b)
}
