package whatsapp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// header is the beginning of a line that begins an entry: "[31/12/19, 14:05:59] " or "31/12/19, 14:05 - ".
type header struct {
	shape
	parts          [3]int // of the date, in the order in which they stand
	hour, min, sec int
	period         string // day period as it stands, without dots and spaces; "" without one
	raw            string // from the first digit of the date to the end of the time
	end            int    // where what was written begins
}

// shape is what all headers of one file have in common.
type shape struct {
	first, second rune   // between the parts of the date
	year          int8   // which part has four digits, -1 for none
	clock         byte   // between hours and minutes
	seconds       bool   // the time has seconds
	periods       bool   // the time has a day period
	word          string // before the time, no day period: "klo", "à"
	mark          string // behind the time: "]", "-", "–", ":", ""
}

// isMark tells the invisible marks of direction that WhatsApp puts before and into headers and its own words.
func isMark(r rune) bool {
	return r == '\u200e' || r == '\u200f' || r == '\ufeff' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// zeros are the digits zero of the scripts in which dates are written.
var zeros = [...]rune{'0', '٠', '۰', '०', '০', '૦', '௦', '౦', '೦', '൦', '๐', '၀', '០', '０'}

func digitOf(r rune) int {
	for _, z := range zeros {
		if r >= z && r <= z+9 {
			return int(r - z)
		}
	}
	return -1
}

// periods are the words for halves and parts of the day: true for those after noon.
var periods = map[string]bool{
	"am": false, "a": false, "pm": true, "p": true,
	"上午": false, "凌晨": false, "清晨": false, "早上": false, "中午": true, "下午": true, "傍晚": true, "晚上": true,
	"午前": false, "午後": true, "오전": false, "오후": true,
	"ص": false, "م": true, "قظ": false, "بظ": true, "πμ": false, "μμ": true, "öö": false, "ös": true,
	"de": false, "du": true, "fm": false, "em": true, "sa": false, "ch": true, "vorm": false, "nachm": true,
	"पूर्वाह्न": false, "अपराह्न": true, "ip": true, "ap": false, "pd": false, "md": true, "dop": false, "odp": true,
}

// words stand before a time and say nothing.
var words = map[string]bool{"klo": true, "kl": true, "à": true, "um": true, "at": true, "às": true, "as": true, "alle": true, "alleore": true, "ore": true, "om": true, "o": true, "в": true, "alas": true, "เวลา": true, "u": true}

// lexer walks a header rune by rune.
type lexer struct {
	s string
	i int
}

func (l *lexer) peek() (rune, int) {
	if l.i >= len(l.s) {
		return -1, 0
	}
	return utf8.DecodeRuneInString(l.s[l.i:])
}

func (l *lexer) marks() {
	for r, n := l.peek(); n > 0 && isMark(r); r, n = l.peek() {
		l.i += n
	}
}

// spaces skips white space within a line, and marks.
func (l *lexer) spaces() (seen bool) {
	for r, n := l.peek(); n > 0 && (isMark(r) || r != '\n' && r != '\r' && unicode.IsSpace(r)); r, n = l.peek() {
		l.i += n
		seen = seen || !isMark(r)
	}
	return seen
}

func (l *lexer) is(r rune) bool {
	x, n := l.peek()
	if n == 0 || x != r {
		return false
	}
	l.i += n
	return true
}

// number reads up to most digits of one number.
func (l *lexer) number(most int) (v, n int) {
	for ; n < most; n++ {
		l.marks()
		r, size := l.peek()
		d := digitOf(r)
		if d < 0 {
			break
		}
		v = v*10 + d
		l.i += size
	}
	return v, n
}

// headerOf reads the header of a line.
func headerOf(line string) (h header, ok bool) {
	l := lexer{s: line}
	l.marks()
	bracket := l.is('[')
	l.marks()
	if r, _ := l.peek(); digitOf(r) < 0 {
		return h, false
	}
	start := l.i
	if !h.date(&l) || !h.time(&l) {
		return h, false
	}
	return h, h.close(&l, start, bracket)
}

func (h *header) date(l *lexer) bool {
	h.year = -1
	for i := range h.parts {
		v, n := l.number(4)
		if n == 0 || n == 3 || n == 4 && h.year >= 0 {
			return false
		}
		if h.parts[i] = v; n == 4 {
			h.year = int8(i)
		}
		if i == 2 {
			break
		}
		l.spaces()
		r, size := l.peek()
		if r != '-' && r != '/' && r != '.' {
			return false
		}
		if i == 0 {
			h.first = r
		} else {
			h.second = r
		}
		l.i += size
		l.spaces()
	}
	l.is('.')
	l.marks()
	return true
}

// most is how long a word around the time may be, in bytes.
const most = 24

func (h *header) time(l *lexer) bool {
	if !l.is(',') && !l.is('،') && !l.is('.') {
		l.marks()
	}
	if !l.spaces() {
		return false
	}
	from := l.i
	for r, n := l.peek(); digitOf(r) < 0; r, n = l.peek() {
		if n == 0 || r == '\n' || r == '\r' || r == ':' || r == ']' || l.i-from > most {
			return false
		}
		l.i += n
	}
	if word := plain(l.s[from:l.i]); word != "" {
		h.before(word)
	}
	var n int
	if h.hour, n = l.number(2); n == 0 {
		return false
	}
	r, _ := l.peek()
	if r != ':' && r != '.' {
		return false
	}
	h.clock = byte(r)
	l.i++
	if h.min, n = l.number(2); n != 2 {
		return false
	}
	mark := l.i
	if l.is(':') || l.is('.') {
		if h.sec, n = l.number(2); n == 2 {
			h.seconds = true
		} else {
			l.i, h.sec = mark, 0
		}
	}
	return true // that there is no hour 99 is for whoever reads the entry
}

func (h *header) before(word string) {
	if _, ok := periods[word]; ok {
		h.period, h.periods = word, true
	} else {
		h.word = word
	}
}

// plain makes a word comparable: lower case, without dots, spaces and marks.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || isMark(r) || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// close reads what stands behind the time: a day period, and the mark that ends the header.
func (h *header) close(l *lexer, start int, bracket bool) bool {
	h.raw = strings.TrimSpace(l.s[start:l.i])
	if h.periods {
		return h.ending(l, bracket)
	}
	after, behind := *l, *l
	after.spaces()
	from := after.i
	for r, n := after.peek(); n > 0 && after.i-from < most && (unicode.IsLetter(r) || unicode.IsMark(r) || r == '.' || isMark(r) || r != '\n' && r != '\r' && unicode.IsSpace(r)); r, n = after.peek() {
		after.i += n
		word := plain(l.s[from:after.i])
		if _, known := periods[word]; !known {
			continue
		}
		trial, end := *h, after
		if !trial.ending(&end, bracket) || trial.mark == ":" {
			continue
		}
		h.period, h.periods, h.raw = word, true, strings.TrimSpace(l.s[start:after.i])
		if behind = after; trial.mark != "" { // without a mark the word may go on: "a. m."
			break
		}
	}
	if h.periods {
		*l = behind
	}
	return h.ending(l, bracket)
}

// ending reads the mark behind the time and the one space behind that.
func (h *header) ending(l *lexer, bracket bool) bool {
	if bracket {
		l.spaces()
		if h.mark = "]"; !l.is(']') {
			return false
		}
		return h.gap(l)
	}
	if l.is(':') {
		h.mark = ":"
		return h.gap(l)
	}
	if !l.spaces() {
		return false
	}
	at := l.i
	for _, dash := range []rune{'-', '–'} {
		if h.mark = string(dash); l.is(dash) && h.gap(l) {
			return true
		}
	}
	h.mark, h.end, l.i = "", at, at
	return true
}

// gap skips the one space behind a header. Where the text is empty editors strip that too.
func (h *header) gap(l *lexer) bool {
	r, n := l.peek()
	if n > 0 && r != '\n' && r != '\r' {
		if !unicode.IsSpace(r) && !isMark(r) {
			return false
		}
		if !isMark(r) {
			l.i += n
		}
	}
	h.end = l.i
	return true
}

// clock24 is the hour of a day of 24. ok is false for a time that does not exist.
func (h *header) clock24() (hour int, ok bool) {
	hour = h.hour
	if h.periods {
		late := periods[h.period]
		switch {
		case hour == 12 && !late:
			hour = 0
		case hour == 12 && h.period == "晚上": // midnight, of which day?
			return 0, false
		case hour < 12 && late && !(h.period == "中午" && hour == 11):
			hour += 12
		}
	}
	return hour, hour < 24 && h.min < 60 && h.sec < 60
}
