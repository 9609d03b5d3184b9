package xlsx

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/table"
)

// first is the first character of a text, with its bytes and the UTF-16 units that it takes in a cell. What XML
// cannot hold is written _xHHHH_, as the format wants it, and so is the underscore of a text that looks like
// that. A carriage return is among these: XML readers make a line feed of it.
func first(s string) (r rune, size, units int) {
	r, size = utf8.DecodeRuneInString(s)
	switch {
	case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff, r == '_' && begins(s):
		return r, size, 7
	case r > 0xffff:
		return r, size, 2
	}
	return r, size, 1
}

// appendText appends a text as it stands in a cell, and gives how many UTF-16 units it takes there.
func appendText(b []byte, s string) ([]byte, int) {
	total := 0
	for len(s) > 0 {
		r, size, units := first(s)
		total += units
		switch {
		case units == 7:
			const digits = "0123456789ABCDEF"
			b = append(b, '_', 'x', digits[r>>12], digits[r>>8&15], digits[r>>4&15], digits[r&15], '_')
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		default:
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return b, total
}

// escaped tells whether s begins with what a reader takes for an escaped character.
func escaped(s string) bool { return len(s) > 6 && s[6] == '_' && begins(s) }

// begins tells whether s begins like one: the underscore that ends it may be that of the next character's escape.
func begins(s string) bool {
	if len(s) < 6 || s[0] != '_' || s[1] != 'x' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// textOf is the inverse of appendText.
func textOf(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = entities.Replace(s)
	}
	if !strings.Contains(s, "_x") {
		return s
	}
	var b []byte
	for i := 0; i < len(s); {
		if escaped(s[i:]) {
			n, _ := strconv.ParseUint(s[i+2:i+6], 16, 16)
			b = utf8.AppendRune(b, rune(n))
			i += 7
			continue
		}
		b = append(b, s[i])
		i++
	}
	return string(b)
}

// reference is the address of a cell; columns and rows count from 0 and 1.
func reference(col, row int) string { return letters(col) + strconv.Itoa(row) }

func letters(col int) string {
	if col < 26 {
		return string(rune('A' + col))
	}
	return letters(col/26-1) + string(rune('A'+col%26))
}

// columnOf is the inverse of letters for the front of a reference, -1 of nothing.
func columnOf(ref string) int {
	col := 0
	for i := 0; i < len(ref) && i < 3 && ref[i]-'A' < 26; i++ {
		col = col*26 + int(ref[i]-'A') + 1
	}
	return col - 1
}

// layouts of cells that hold dates.
var layouts = map[table.Type]string{table.Day: "2006-01-02", table.Local: "2006-01-02 15:04:05"}

const (
	dayMicros = 86_400_000_000
	epoch     = 25_569 // 1970-01-01 in days of the format
	firstDate = 61     // 1900-03-01: before that programs do not agree
	lastDate  = 2_958_466
)

// serial is a date cell's number. It is false where the number does not give the text back exactly.
func serial(typ table.Type, text string) (float64, bool) {
	var micros int64
	if typ == table.Time {
		var ok bool
		if micros, ok = table.Micros(text); !ok {
			return 0, false
		}
	} else {
		at, err := time.Parse(layouts[typ], text)
		if err != nil {
			return 0, false
		}
		micros = at.UnixMicro()
	}
	rest := micros % dayMicros
	if rest < 0 {
		rest += dayMicros
	}
	v := float64((micros-rest)/dayMicros+epoch) + float64(rest)/dayMicros
	return v, v >= firstDate && v < lastDate && dateOf(typ, v) == text
}

// dateOf is the inverse of serial.
func dateOf(typ table.Type, v float64) string {
	if !(v >= firstDate && v < lastDate) {
		return ""
	}
	day := math.Floor(v)
	micros := (int64(day)-epoch)*dayMicros + int64(math.Round((v-day)*dayMicros))
	if typ == table.Time {
		text, _ := table.TimeOf(micros)
		return text
	}
	return time.UnixMicro(micros).UTC().Format(layouts[typ])
}
