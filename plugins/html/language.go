package html

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// language is the site's own words in one language. The English words are the keys; a language is one map
// in a file of its own, and a test proves that it has all of them.
type language struct {
	code  string // for the lang attribute
	words map[string]string
}

func languageOf(code string) language {
	if code == "zh" {
		return language{"zh-Hans", chinese}
	}
	return language{"en", nil}
}

// t translates one of the site's texts.
func (l language) t(s string) string {
	if w, ok := l.words[s]; ok {
		return w
	}
	return s
}

// count is a text for n things, such as "%s reply|%s replies": one, and any other number.
func (l language) count(n int64, s string) string {
	s = l.t(s)
	one, many, ok := strings.Cut(s, "|")
	if ok && n != 1 {
		one = many
	}
	return fmt.Sprintf(one, thousands(n))
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

// bytes is a size in words.
func (l language) bytes(n int64) string {
	switch {
	case n >= 10<<30:
		return strconv.FormatInt(n>>30, 10) + " GB"
	case n >= 10<<20:
		return strconv.FormatInt(n>>20, 10) + " MB"
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " B"
}

// clock is an instant as the site shows it.
type clock struct {
	zone *time.Location
	utc  bool
}

// read takes a time of the model. Years before 1 or after 9999 do not occur in it.
func (c clock) read(utc string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, utc)
	if err != nil {
		return time.Time{}
	}
	return t.In(c.zone)
}

// dayAndTime gives "2006-01-02" and "15:04" of a time of the model.
func (c clock) dayAndTime(utc string) (day, at string) {
	if c.utc && len(utc) >= 16 {
		return utc[:10], utc[11:16]
	}
	s := c.read(utc).Format("2006-01-02 15:04")
	return s[:10], s[11:]
}

// machineTime is a time of the model as HTML knows it, which has no more than three digits below a second.
func machineTime(s string) string {
	if i := strings.IndexByte(s, '.'); i > 0 && len(s) > i+4 {
		return s[:i+4] + strings.TrimLeft(s[i+4:], "0123456789")
	}
	return s
}
