package projection

import "time"

var scale = map[int]int64{0: 1, 3: 1000, 6: 1_000_000}

// instant reads RFC 3339 in UTC as a count of units of 10^-digits seconds, and tells whether that is exact.
func instant(s string, digits int) (t int64, exact, ok bool) {
	if len(s) < 20 || s[len(s)-1] != 'Z' || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return slowInstant(s, digits)
	}
	y, m, d := number(s[0:4]), number(s[5:7]), number(s[8:10])
	hh, mm, ss := number(s[11:13]), number(s[14:16]), number(s[17:19])
	if y < 0 || m < 1 || m > 12 || d < 1 || hh < 0 || mm < 0 || ss < 0 {
		return slowInstant(s, digits)
	}
	frac, exact := int64(0), true
	n := 0
	if len(s) > 20 {
		if s[19] != '.' {
			return slowInstant(s, digits)
		}
		for _, c := range []byte(s[20 : len(s)-1]) {
			if c-'0' > 9 {
				return slowInstant(s, digits)
			}
			if n < digits {
				frac = frac*10 + int64(c-'0')
				n++
			} else if c != '0' {
				exact = false
			}
		}
	}
	for ; n < digits; n++ {
		frac *= 10
	}
	// Days from the civil date, after H. Hinnant.
	if m <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	days := era*146097 + doe - 719468
	return (((days*24+hh)*60+mm)*60+ss)*scale[digits] + frac, exact, true
}

func slowInstant(s string, digits int) (int64, bool, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, false, false
	}
	unit := int64(time.Second) / scale[digits]
	return t.Unix()*scale[digits] + int64(t.Nanosecond())/unit, int64(t.Nanosecond())%unit == 0, true
}

func number(s string) int64 {
	n := int64(0)
	for _, c := range []byte(s) {
		if c-'0' > 9 {
			return -1
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// Millis reads RFC 3339 in UTC as milliseconds since 1970; 0 when it is not one.
func Millis(s string) int64 {
	t, _, _ := instant(s, 3)
	return t
}

// FormatMillis writes milliseconds since 1970 as every projected time is written.
func FormatMillis(ms int64) string { return format(ms, 3) }

func format(t int64, digits int) string {
	sc := scale[digits]
	sec, frac := t/sc, t%sc
	if frac < 0 {
		sec, frac = sec-1, frac+sc
	}
	var buf [40]byte
	b := time.Unix(sec, 0).UTC().AppendFormat(buf[:0], "2006-01-02T15:04:05")
	if digits > 0 {
		b = append(b, '.')
		for div := sc / 10; div > 0; div /= 10 {
			b = append(b, byte('0'+frac/div%10))
		}
	}
	return string(append(b, 'Z'))
}

// roundTo cuts an instant to that many digits; what cannot be read stays.
func roundTo(s string, digits int) string {
	t, _, ok := instant(s, digits)
	if !ok {
		return s
	}
	return format(t, digits)
}
