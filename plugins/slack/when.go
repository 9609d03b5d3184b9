package slack

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

const (
	minSecond = -62135596800 // year 1
	maxSecond = 253402300799 // year 9999
)

// instant turns Slack's "1549307811.074100" into RFC 3339 with the same digits. It never goes through
// a float. ok is false for what is not an instant between the years 1 and 9999.
func instant(ts string) (utc, precision string, ok bool) {
	whole, frac, dotted := strings.Cut(ts, ".")
	if dotted && frac == "" || len(frac) > 9 || !digits(frac) {
		return "", "", false
	}
	neg := strings.HasPrefix(whole, "-")
	if neg {
		whole = whole[1:]
	}
	if whole == "" || len(whole) > 18 || !digits(whole) {
		return "", "", false
	}
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return "", "", false
	}
	if neg {
		if sec = -sec; strings.Trim(frac, "0") != "" {
			sec--
			frac = complement(frac)
		}
	}
	if sec < minSecond || sec > maxSecond {
		return "", "", false
	}
	switch n := len(frac); {
	case n == 0:
		precision = "s"
	case n <= 3:
		precision = "ms"
	case n <= 6:
		precision = "us"
	default:
		precision = "ns"
	}
	var buf [40]byte
	return string(appendInstant(buf[:0], sec, frac)), precision, true
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// complement is 1 minus the fraction, digit by digit.
func complement(frac string) string {
	b := []byte(frac)
	i := len(b) - 1
	for ; b[i] == '0'; i-- {
	}
	b[i] = '0' + 10 - (b[i] - '0')
	for i--; i >= 0; i-- {
		b[i] = '0' + 9 - (b[i] - '0')
	}
	return string(b)
}

// appendInstant writes sec and the fraction digits as RFC 3339 in UTC.
func appendInstant(b []byte, sec int64, frac string) []byte {
	days := sec / 86400
	rest := sec % 86400
	if rest < 0 {
		rest += 86400
		days--
	}
	// Days since 0000-03-01 in eras of 400 years: no leap-year table needed.
	z := days + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day := doy - (153*mp+2)/5 + 1
	month := mp + 3
	year := yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	b = append(b, byte('0'+year/1000), byte('0'+year/100%10))
	b = append(two(b, year%100), '-')
	b = append(two(b, month), '-')
	b = append(two(b, day), 'T')
	b = append(two(b, rest/3600), ':')
	b = append(two(b, rest/60%60), ':')
	b = two(b, rest%60)
	if frac != "" {
		b = append(append(b, '.'), frac...)
	}
	return append(b, 'Z')
}

func two(b []byte, n int64) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// timeOf reads a Slack time; nil when raw is none.
func timeOf(raw string) *message.Time {
	utc, precision, ok := instant(raw)
	if !ok {
		return nil
	}
	return &message.Time{UTC: utc, Raw: raw, Precision: precision, Zone: "utc"}
}

// firstSlack is the start of 2013: Slack writes 0 or 1 where it does not know when something was made.
const firstSlack = 1356998400

// createdOf is timeOf for times of creation, where small numbers stand for "not known".
func createdOf(raw string) *message.Time {
	if len(raw) < 10 || len(raw) == 10 && raw < strconv.Itoa(firstSlack) {
		return nil
	}
	return timeOf(raw)
}

// millisOf reads a time in milliseconds.
func millisOf(raw string) *message.Time {
	if len(raw) < 12 || !digits(raw) {
		return nil
	}
	t := timeOf(raw[:len(raw)-3] + "." + raw[len(raw)-3:])
	if t != nil {
		t.Raw = raw
	}
	return t
}
