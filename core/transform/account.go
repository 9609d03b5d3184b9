package transform

import "bytes"

// ibanLength is the length of an IBAN by country.
var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
	"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
	"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
	"IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
	"LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
	"NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
	"SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
	"UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// ibans finds IBANs, written in one piece or in groups, in capitals or not.
func (w *work) ibans() {
	t := w.sk.text
	for i := 0; i+14 < len(t); i++ {
		if !isDigit(t[i+2]) {
			if !isAlnum(t[i+2]) {
				i += 2 // no country code can reach over it
			}
			continue
		}
		if !isDigit(t[i+3]) || !isAlpha(t[i]) || !isAlpha(t[i+1]) || i > 0 && isAlnum(t[i-1]) {
			continue
		}
		size := ibanLength[string([]byte{t[i] &^ 0x20, t[i+1] &^ 0x20})]
		if size == 0 {
			continue
		}
		if end, ok := w.iban(i, size); ok {
			w.found(w.use.ibanRule, i, end)
			i = end - 1
		}
	}
}

func (w *work) iban(i, size int) (end int, ok bool) {
	t := w.sk.text
	d := w.digits[:0]
	for len(d) < size && i < len(t) {
		switch c := t[i]; {
		case isDigit(c):
			d = append(d, c)
		case isAlpha(c):
			d = append(d, c&^0x20)
		case (c == ' ' || c == '-' || c == '*' || c == '_' || c == '`' || c == '~') && i+1 < len(t) && (isAlnum(t[i+1]) || separator(t[i+1]) && !separator(t[i-1])):
		default:
			return 0, false
		}
		i++
	}
	w.digits = d
	if len(d) < size || i < len(t) && isAlnum(t[i]) {
		return 0, false
	}
	rest := 0
	for k := range d {
		c := d[(k+4)%len(d)]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return i, rest == 1
}

// emails finds addresses with an ASCII local part and a domain of at least two labels.
func (w *work) emails() {
	t := w.sk.text
	done := 0
	for i := 0; i < len(t); i++ {
		at := bytes.IndexByte(t[i:], '@')
		if at < 0 {
			return
		}
		i += at
		start := i
		for start > done && i-start < 64 && localPart(t[start-1]) {
			start--
		}
		for start < i && (t[start] == '.' || t[start] == '\'') {
			start++
		}
		end := domain(t, i+1)
		if start == i || end == 0 {
			continue
		}
		w.found(w.use.emailRule, start, end)
		done, i = end, end-1
	}
}

func localPart(c byte) bool {
	switch c {
	case '.', '_', '%', '+', '\'', '-':
		return true
	}
	return isAlnum(c)
}

// domain is the end of the domain name at i, or 0.
func domain(t []byte, i int) int {
	end, label, dots := 0, i, 0
	for ; i-label <= 63; i++ {
		if i < len(t) && (isAlnum(t[i]) || t[i] == '-' && i > label) {
			continue
		}
		if i == label {
			break
		}
		last := i
		for t[last-1] == '-' {
			last--
		}
		if dots > 0 && last-label >= 2 && isAlpha(t[label]) && last == i {
			end = i
		}
		if i >= len(t) || t[i] != '.' {
			break
		}
		dots, label = dots+1, i+1
	}
	return end
}
