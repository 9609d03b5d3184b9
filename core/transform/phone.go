package transform

// phone tells whether the groups are a telephone number. International ones (+, 00) need only a
// plausible length; national ones must have the groups of a known country, and must not be a piece
// of something longer such as a date or an address.
func (w *work) phone(g []group, d []byte) bool {
	t := w.sk.text
	start, end, n := g[0].start, g[len(g)-1].end, len(d)
	plus := start > 0 && t[start-1] == '+' || start > 1 && t[start-1] == '(' && t[start-2] == '+'
	if plus {
		return n >= 8 && n <= 15 && d[0] != '0'
	}
	if w.joined(start, end) {
		return false
	}
	if len(g) > 1 && d[0] == '0' && d[1] == '0' && n >= 10 && n <= 17 && d[2] != '0' {
		return true
	}
	if n == 13 && d[0] == '8' && d[1] == '6' && (len(g) == 1 || g[0].end-g[0].start == 2) {
		g, d, n = g[min(1, len(g)-1):], d[2:], 11
		if cnMobile(d) {
			return true
		}
	}
	return national(g, d, n)
}

func cnMobile(d []byte) bool { return len(d) == 11 && d[0] == '1' && d[1] >= '3' }

func national(g []group, d []byte, n int) bool {
	switch {
	case n == 11 && cnMobile(d):
		return len(g) == 1 || grouped(g, 3, 4, 4) || grouped(g, 3, 8)
	case d[0] != '0' && grouped(g, 3, 3, 4):
		return d[0] >= '2' && d[3] >= '2' || d[0] == '4' && d[1] == '0' && d[2] == '0' // North America, 400 numbers of China
	case n == 11 && d[0] == '1' && grouped(g, 1, 3, 3, 4):
		return d[1] >= '2' && d[4] >= '2'
	case d[0] != '0':
		return false
	case len(g) == 1: // Japanese mobiles
		return n == 11 && (d[1] == '7' || d[1] == '8' || d[1] == '9') && d[2] == '0'
	case len(g) == 2: // Germany, China, Britain
		a, b := g[0].end-g[0].start, g[1].end-g[1].start
		return a >= 3 && a <= 5 && b >= 6 && b <= 8 && d[a] != '0' && n >= 10
	case grouped(g, 2, 2, 2, 2, 2): // France
		return d[1] != '0'
	case len(g) == 3 && (n == 10 || n == 11): // Japan, Korea, Britain
		last := g[2].end - g[2].start
		return d[1] != '0' && (last == 4 || last == 3 && n == 10)
	}
	return false
}

// joined tells whether the digits are a piece of something longer: they go on with digits after a
// dash, dot, slash or the like, or a code such as "INV-" or "#" stands before them.
func (w *work) joined(start, end int) bool {
	t := w.sk.text
	if start > 0 && t[start-1] == '#' {
		return true
	}
	if start > 1 && joint(t[start-1]) {
		if c := t[start-2]; isDigit(c) || isAlpha(c) && (t[start-1] == '-' || t[start-1] == '_' || t[start-1] == '/') {
			return true
		}
	}
	return end+1 < len(t) && joint(t[end]) && isDigit(t[end+1])
}

func joint(c byte) bool {
	switch c {
	case '-', '.', '/', ',', ':', '_', '=':
		return true
	}
	return false
}
