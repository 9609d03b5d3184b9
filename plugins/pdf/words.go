package pdf

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// language is the documents' own words in one language. The English words are the keys; a language is one map
// in a file of its own, and a test proves that it has all of them.
type language struct {
	code  string // BCP 47
	words map[string]string
}

func languageOf(code string) language {
	if code == "zh" {
		return language{"zh-Hans", chinese}
	}
	return language{"en", nil}
}

// t translates one of the documents' texts.
func (l language) t(s string) string {
	if w, ok := l.words[s]; ok {
		return w
	}
	return s
}

// f translates a text with verbs and fills it.
func (l language) f(s string, args ...any) string { return fmt.Sprintf(l.t(s), args...) }

// total is the number of pages where "page x of" stands before it.
func (l language) total(n int) string {
	if l.words != nil {
		return strconv.Itoa(n) + " 页"
	}
	return strconv.Itoa(n)
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// day is a date in words.
func (l language) day(t time.Time) string {
	if l.words != nil {
		return t.Format("2006年1月2日") + " " + l.t(t.Weekday().String())
	}
	return t.Format("Monday, 2 January 2006")
}

// month is a month in words.
func (l language) month(t time.Time) string {
	if l.words != nil {
		return t.Format("2006年1月")
	}
	return t.Format("January 2006")
}

// list joins names.
func (l language) list(names []string) string {
	if l.words != nil {
		return strings.Join(names, "、")
	}
	return strings.Join(names, ", ")
}

func bytesOf(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " B"
}

// read takes a time of the model into the zone that is shown.
func (f *format) read(utc string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, utc)
	if err != nil {
		return time.Time{}
	}
	return t.In(f.zone)
}

// moment is a time of the model as it is shown, with its zone.
func (f *format) moment(utc string) string {
	t := f.read(utc)
	if t.IsZero() {
		return utc
	}
	if f.zone == time.UTC || f.Zone == "UTC" {
		return t.Format("2006-01-02 15:04:05") + " UTC"
	}
	return t.Format("2006-01-02 15:04:05 -07:00")
}
