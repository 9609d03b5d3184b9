package message

import (
	"strconv"
	"strings"
	"time"
)

const (
	minSecond = -62135596800 // year 1
	maxSecond = 253402300799 // year 9999
)

// Epoch turns seconds since 1970, "1549307811.074100", into RFC 3339 with the same digits. It never goes
// through a float. ok is false for what is not an instant between the years 1 and 9999.
func Epoch(ts string) (utc, precision string, ok bool) {
	whole, frac, dotted := strings.Cut(ts, ".")
	if dotted && frac == "" || len(frac) > 9 || !allDigits(frac) {
		return "", "", false
	}
	neg := strings.HasPrefix(whole, "-")
	if neg {
		whole = whole[1:]
	}
	if whole == "" || len(whole) > 18 || !allDigits(whole) {
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
	var buf [40]byte
	return string(appendInstant(buf[:0], sec, frac)), precisionOf(len(frac)), true
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

// EpochTime is the time that Epoch reads; nil when raw is none.
func EpochTime(raw string) *Time {
	utc, precision, ok := Epoch(raw)
	if !ok {
		return nil
	}
	return &Time{UTC: utc, Raw: raw, Precision: precision, Zone: "utc"}
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// ISOTime reads an ISO 8601 time with an offset or "Z" behind it, as programs write it: RFC 3339, or with a
// space for the "T". The digits of its fraction stay, up to nine; nil when raw is no such time.
func ISOTime(raw string) *Time {
	s := raw
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.UTC().Year() < 1 || at.UTC().Year() > 9999 || strings.Contains(s, ",") {
		return nil
	}
	frac := ""
	if i := strings.IndexByte(s, '.'); i > 0 {
		frac = s[i+1:]
		frac = frac[:strings.IndexFunc(frac, func(r rune) bool { return r < '0' || r > '9' })]
	}
	if len(frac) > 9 {
		return nil
	}
	t := &Time{UTC: string(appendInstant(nil, at.Unix(), frac)), Raw: raw, Precision: precisionOf(len(frac)), Zone: "offset"}
	if strings.HasSuffix(s, "Z") {
		t.Zone = "utc"
	}
	if t.Raw == t.UTC {
		t.Raw = ""
	}
	return t
}

// precisionOf names the unit that so many digits of a fraction keep.
func precisionOf(n int) string {
	switch {
	case n == 0:
		return "s"
	case n <= 3:
		return "ms"
	case n <= 6:
		return "us"
	}
	return "ns"
}
