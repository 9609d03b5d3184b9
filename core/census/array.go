package census

// Array counts the elements of a JSON array by its quotes, escapes and brackets alone, over any number of
// pieces. It knows nothing of what an element is: anything between two commas of the outermost array.
type Array struct {
	n                         int64
	depth                     int64
	opened, closed            bool
	inElement, inString, skip bool
	first                     int // bytes of a byte order mark seen
	broken                    string
}

const mark = "\xef\xbb\xbf"

// Write looks at the next piece. It never fails.
func (a *Array) Write(p []byte) (int, error) {
	for i := 0; i < len(p) && a.broken == ""; i++ {
		c := p[i]
		switch {
		case a.skip:
			a.skip = false
		case a.inString:
			switch c {
			case '\\':
				a.skip = true
			case '"':
				a.inString = false
			}
		case a.first < len(mark) && !a.opened && c == mark[a.first]:
			a.first++
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		default:
			a.token(c)
		}
	}
	return len(p), nil
}

// token takes a byte that is neither white space nor inside a string.
func (a *Array) token(c byte) {
	switch {
	case a.closed:
		a.broken = "there is data after the array"
		return
	case !a.opened:
		if a.opened = c == '['; !a.opened {
			a.broken = "it is no array"
		}
		a.depth = 1
		return
	case c == ']' || c == '}':
		if a.depth--; a.depth == 0 {
			a.closed, a.inElement = true, false
			if c != ']' {
				a.broken = "its brackets do not match"
			}
		}
		return
	case c == ',' && a.depth == 1:
		if !a.inElement {
			a.broken = "it has a comma without an element"
		}
		a.inElement = false
		return
	}
	if a.depth == 1 && !a.inElement {
		a.inElement = true
		a.n++
	}
	switch c {
	case '[', '{':
		a.depth++
	case '"':
		a.inString = true
	}
}

// Count gives the elements, and what is wrong with the array, "" for nothing.
func (a *Array) Count() (n int64, broken string) {
	switch {
	case a.broken != "":
		return a.n, a.broken
	case !a.opened:
		return 0, "it is empty"
	case !a.closed:
		return a.n, "it ends inside the array"
	}
	return a.n, ""
}
