package census

// Items counts the items of a JSON array, or the members of an object, by quotes, escapes and brackets
// alone, over any number of pieces. It knows nothing of what an item is: anything between two commas of the
// outermost brackets. Depth is a number, so nesting costs nothing.
type Items struct {
	Object bool // the outermost brackets are those of an object

	n                int64
	depth            int64
	opened, closed   bool
	item, whole      bool // an item has begun; its value has ended, so a comma must follow
	inString, escape bool
	mark             int // bytes of a byte order mark seen
	broken           string
}

const byteOrderMark = "\xef\xbb\xbf"

// Write looks at the next piece. It never fails.
func (t *Items) Write(p []byte) (int, error) {
	for i := 0; i < len(p) && t.broken == ""; i++ {
		c := p[i]
		switch {
		case t.escape:
			t.escape = false
		case t.inString:
			switch c {
			case '\\':
				t.escape = true
			case '"':
				t.inString = false
				t.whole = t.whole || t.depth == 1 && !t.Object
			}
		case t.mark < len(byteOrderMark) && !t.opened && c == byteOrderMark[t.mark]:
			t.mark++
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		default:
			t.token(c)
		}
	}
	return len(p), nil
}

// token takes a byte that is neither white space nor inside a string.
func (t *Items) token(c byte) {
	opening, closing := byte('['), byte(']')
	if t.Object {
		opening, closing = '{', '}'
	}
	switch {
	case t.closed:
		t.broken = "there is data after its end"
	case !t.opened:
		if t.opened = c == opening; !t.opened {
			t.broken = "it does not begin as it should"
		}
		t.depth = 1
	case c == ']' || c == '}':
		if t.depth--; t.depth == 0 {
			if t.closed = true; c != closing {
				t.broken = "its brackets do not match"
			}
		}
		t.whole = t.whole || t.depth == 1
	case c == ',' && t.depth == 1:
		if !t.item {
			t.broken = "it has a comma without an item"
		}
		t.item, t.whole = false, false
	case t.depth == 1 && t.whole:
		t.broken = "an item is not followed by a comma"
	default:
		if t.depth == 1 && !t.item {
			t.item = true
			t.n++
		}
		switch c {
		case '[', '{':
			t.depth++
		case '"':
			t.inString = true
		}
	}
}

// Count gives the items, and what is wrong with the text, "" for nothing.
func (t *Items) Count() (n int64, broken string) {
	switch {
	case t.broken != "":
		return t.n, t.broken
	case !t.opened:
		return 0, "it is empty"
	case !t.closed:
		return t.n, "it ends before its last bracket"
	}
	return t.n, ""
}
