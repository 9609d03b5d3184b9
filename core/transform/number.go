package transform

// group is a run of digits.
type group struct{ start, end int }

const maxGroups = 32 // of one run; what follows is a run of its own

// separators may stand between the groups of one number: those people write, and the marks of
// mrkdwn and Markdown, which may stand anywhere.
func separator(c byte) bool {
	switch c {
	case ' ', '-', '.', '/', '(', ')', '*', '_', '~', '`':
		return true
	}
	return false
}

// numbers finds the numbers of detectors card, phone and cn_id in the skeleton.
func (w *work) numbers() {
	t := w.sk.text
	for i := 0; i < len(t); {
		if !isDigit(t[i]) {
			i++
			continue
		}
		groups := w.groups[:0]
		for i < len(t) && len(groups) < maxGroups {
			g := group{start: i}
			for i < len(t) && isDigit(t[i]) {
				i++
			}
			g.end = i
			groups = append(groups, g)
			next := i
			for next < len(t) && next-i < 3 && separator(t[next]) {
				next++
			}
			if next == i || next == len(t) || !isDigit(t[next]) {
				break
			}
			i = next
		}
		w.groups = groups
		w.run(groups)
	}
}

// run tries every window of neighbouring groups, from the left, the longest first.
func (w *work) run(groups []group) {
	for i := 0; i < len(groups); i++ {
		last, digits := i, 0
		for last < len(groups) && digits+groups[last].end-groups[last].start <= maxDigits {
			digits += groups[last].end - groups[last].start
			last++
		}
		for j := last; j > i; j-- {
			if w.window(groups[i:j]) {
				i = j - 1
				break
			}
		}
	}
}

const maxDigits = 19

func (w *work) window(g []group) bool {
	t := w.sk.text
	start, end := g[0].start, g[len(g)-1].end
	if start > 0 && isAlpha(t[start-1]) {
		return false
	}
	digits := w.digits[:0]
	for _, x := range g {
		digits = append(digits, t[x.start:x.end]...)
	}
	w.digits = digits
	if w.use.cnID && end < len(t) && t[end]|0x20 == 'x' && !(end+1 < len(t) && isAlnum(t[end+1])) && len(digits) == 17 {
		if grouped(g, 17, 0) || grouped(g, 6, 8, 3) {
			if cnID(append(digits, 'X')) {
				w.found(w.use.cnIDRule, start, end+1)
				return true
			}
		}
	}
	if end < len(t) && isAlpha(t[end]) {
		return false
	}
	switch {
	case w.use.cnID && len(digits) == 18 && (len(g) == 1 || grouped(g, 6, 8, 4)) && cnID(digits):
		w.found(w.use.cnIDRule, start, end)
	case w.use.card && !w.decimal(start, end) && w.cardShape(g) && card(digits):
		w.found(w.use.cardRule, start, end)
	case w.use.phone && w.phone(g, digits):
		if start > 1 && t[start-1] == '(' && t[start-2] == '+' {
			start -= 2
		} else if start > 0 && (t[start-1] == '+' || t[start-1] == '(') {
			start--
		}
		w.found(w.use.phoneRule, start, end)
	default:
		return false
	}
	return true
}

// grouped tells whether groups have these lengths; zeros are not there.
func grouped(g []group, sizes ...int) bool {
	n := 0
	for _, size := range sizes {
		if size == 0 {
			continue
		}
		if n >= len(g) || g[n].end-g[n].start != size {
			return false
		}
		n++
	}
	return n == len(g)
}

// decimal tells whether the digits are part of a number with a decimal point or thousands commas.
func (w *work) decimal(start, end int) bool {
	t := w.sk.text
	return start > 1 && (t[start-1] == '.' || t[start-1] == ',') && isDigit(t[start-2]) ||
		end+1 < len(t) && (t[end] == '.' || t[end] == ',') && isDigit(t[end+1])
}

// cardShape: groups of at least three digits (the last may be shorter), parted by spaces and dashes.
func (w *work) cardShape(g []group) bool {
	for i := range g {
		if i > 0 {
			for _, c := range w.sk.text[g[i-1].end:g[i].start] {
				if c == '.' || c == '/' || c == '(' || c == ')' {
					return false
				}
			}
		}
		if len(g) > 1 && g[i].end-g[i].start < 3 && i < len(g)-1 {
			return false
		}
	}
	return len(g) <= 6
}

// number is the value of the first n digits.
func number(d []byte, n int) int {
	v := 0
	for _, c := range d[:n] {
		v = v*10 + int(c-'0')
	}
	return v
}

// card checks length and first digits by network, and the Luhn sum.
func card(d []byte) bool {
	n := len(d)
	if n < 13 || n > 19 {
		return false
	}
	p1, p2, p3, p4 := number(d, 1), number(d, 2), number(d, 3), number(d, 4)
	var ok bool
	switch {
	case p1 == 4: // Visa
		ok = n == 13 || n == 16 || n == 19
	case p2 >= 51 && p2 <= 55, p4 >= 2221 && p4 <= 2720: // Mastercard
		ok = n == 16
	case p4 >= 2200 && p4 <= 2205: // Mir
		ok = n >= 16
	case p2 == 34, p2 == 37: // American Express
		ok = n == 15
	case p3 >= 300 && p3 <= 305, p2 == 36, p2 == 38, p2 == 39: // Diners Club
		ok = n == 14 || n == 16 || n == 19
	case p4 >= 3528 && p4 <= 3589: // JCB
		ok = n >= 16
	case p4 == 6011, p3 >= 644 && p3 <= 649, p2 == 65, p2 == 62, p2 == 60, p2 == 81, p2 == 82: // Discover, UnionPay, RuPay
		ok = n >= 16
	case p2 == 50, p2 >= 56 && p2 <= 58, p2 == 63, p2 == 67, p2 == 66, p2 == 68: // Maestro and others
		ok = n >= 16
	}
	return ok && luhn(d)
}

func luhn(d []byte) bool {
	sum := 0
	for i, c := range d {
		v := int(c - '0')
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// cnID checks a Chinese identity number: province, date of birth, check character.
func cnID(d []byte) bool {
	if len(d) != 18 {
		return false
	}
	switch p := number(d, 2); {
	case p >= 11 && p <= 15, p >= 21 && p <= 23, p >= 31 && p <= 37, p >= 41 && p <= 46, p >= 50 && p <= 54, p >= 61 && p <= 65, p == 71, p == 81, p == 82, p == 83:
	default:
		return false
	}
	if !date(number(d[6:], 4), number(d[10:], 2), number(d[12:], 2)) {
		return false
	}
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(d[i]-'0') * weight
	}
	check := (12 - sum%11) % 11
	if check == 10 {
		return d[17] == 'X'
	}
	return d[17] == byte('0'+check)
}

func date(y, m, d int) bool {
	if y < 1850 || y > 2100 || m < 1 || m > 12 || d < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && (y%4 == 0 && y%100 != 0 || y%400 == 0) {
		days = 29
	}
	return d <= days
}
