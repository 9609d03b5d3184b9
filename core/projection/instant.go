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
	b := appendSeconds(buf[:0], sec)
	if digits > 0 {
		b = append(b, '.')
		for div := sc / 10; div > 0; div /= 10 {
			b = append(b, byte('0'+frac/div%10))
		}
	}
	return string(append(b, 'Z'))
}

// appendSeconds writes seconds since 1970 as "2006-01-02T15:04:05".
func appendSeconds(b []byte, sec int64) []byte {
	days := sec / 86400
	sec -= days * 86400
	if sec < 0 {
		days, sec = days-1, sec+86400
	}
	z := days + 719468
	if z < 0 {
		return time.Unix(days*86400+sec, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05")
	}
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d, m, y := doy-(153*mp+2)/5+1, mp+3, yoe+era*400
	if m > 12 {
		m, y = m-12, y+1
	}
	two := func(n int64, sep byte) { b = append(b, byte('0'+n/10), byte('0'+n%10), sep) }
	two(y/100%100, '0')
	b = b[:len(b)-1]
	two(y%100, '-')
	two(m, '-')
	two(d, 'T')
	two(sec/3600, ':')
	two(sec/60%60, ':')
	two(sec%60, 0)
	return b[:len(b)-1]
}

// roundTo cuts an instant to that many digits; what cannot be read stays.
func roundTo(s string, digits int) string {
	t, _, ok := instant(s, digits)
	if !ok {
		return s
	}
	return format(t, digits)
}
