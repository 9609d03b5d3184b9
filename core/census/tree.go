package census

import "slices"

// Tree counts chosen values of a JSON document, wherever they stand in it, by quotes, escapes and brackets
// alone. A path names the members that lead to a value, and "*" for any item of an array: "chats", "list",
// "*", "messages", "*" counts all messages of all chats.
type Tree struct {
	Paths [][]string

	n        int64
	stack    []level
	started  bool
	str      []byte // the string being read, as long as it may be a name
	inString bool
	escape   bool
	isName   bool // the string is the name of a member
	mark     int
	broken   string
}

// level is one open bracket: for each path, how many of its steps lead here, -1 for none.
type level struct {
	object bool
	fresh  bool // nothing has come since it opened, or since a comma
	value  bool // a value ended: a comma must follow
	steps  []int
	next   []int // of the value that comes: for each path, its steps
}

// deepest is how deep steps are followed; below, only the number of brackets is known.
const (
	deepest  = 16
	longName = 256
)

// Write looks at the next piece. It never fails.
func (t *Tree) Write(p []byte) (int, error) {
	for i := 0; i < len(p) && t.broken == ""; i++ {
		c := p[i]
		switch {
		case t.escape:
			t.escape = false
			t.keep(c)
		case t.inString && c == '\\':
			t.escape = true
			t.keep(c)
		case t.inString && c != '"':
			t.keep(c)
		case t.inString:
			t.inString = false
			t.ended()
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		case !t.started && t.mark < len(byteOrderMark) && c == byteOrderMark[t.mark]:
			t.mark++
		default:
			t.token(c)
		}
	}
	return len(p), nil
}

func (t *Tree) keep(c byte) {
	if t.isName && len(t.str) < longName {
		t.str = append(t.str, c)
	}
}

// ended takes the end of a string: of a value, or of a name.
func (t *Tree) ended() {
	if len(t.stack) == 0 {
		return
	}
	l := &t.stack[len(t.stack)-1]
	if !t.isName {
		l.value = true
		return
	}
	l.lead(t.Paths, string(t.str))
	t.tally(l)
}

// tally counts a value that a path ends at.
func (t *Tree) tally(l *level) {
	for i, n := range l.next {
		if n == len(t.Paths[i]) {
			t.n++
			return
		}
	}
}

// lead finds which paths go on by a step.
func (l *level) lead(paths [][]string, step string) {
	l.next = l.next[:0]
	if len(l.steps) == 0 {
		return
	}
	for i, p := range paths {
		n := -1
		if len(l.steps) > i && l.steps[i] >= 0 && l.steps[i] < len(p) && p[l.steps[i]] == step {
			n = l.steps[i] + 1
		}
		l.next = append(l.next, n)
	}
}

func (t *Tree) token(c byte) {
	if len(t.stack) == 0 {
		if t.started {
			t.broken = "there is data after its end"
			return
		}
		if t.started = true; c != '{' && c != '[' {
			t.broken = "it does not begin as it should"
			return
		}
		t.open(c, make([]int, len(t.Paths)))
		return
	}
	l := &t.stack[len(t.stack)-1]
	switch c {
	case '}', ']':
		if (c == '}') != l.object {
			t.broken = "its brackets do not match"
			return
		}
		t.stack = t.stack[:len(t.stack)-1]
		if len(t.stack) > 0 {
			t.stack[len(t.stack)-1].value = true
		}
		return
	case ',':
		if l.fresh && !l.object {
			t.broken = "it has a comma without an item"
		}
		l.fresh, l.value = true, false
		return
	case ':':
		return
	}
	if l.value {
		t.broken = "an item is not followed by a comma"
		return
	}
	t.begin(l, c)
}

// begin takes the first byte of a name or a value, or a further one of a number or word.
func (t *Tree) begin(l *level, c byte) {
	fresh := l.fresh
	l.fresh = false
	if fresh && !l.object {
		l.lead(t.Paths, "*")
		t.tally(l)
	}
	switch c {
	case '"':
		t.inString, t.isName, t.str = true, fresh && l.object, t.str[:0]
	case '{', '[':
		t.open(c, l.next)
	}
}

func (t *Tree) open(c byte, steps []int) {
	if len(t.stack) > 1<<20 {
		t.broken = "it is nested too deep"
		return
	}
	n := level{object: c == '{', fresh: true}
	if len(t.stack) < deepest && len(steps) > 0 && slices.Max(steps) >= 0 {
		n.steps = append(n.steps, steps...)
	}
	t.stack = append(t.stack, n)
}

// Count gives how many values there are, and what is wrong with the text, "" for nothing.
func (t *Tree) Count() (n int64, broken string) {
	switch {
	case t.broken != "":
		return t.n, t.broken
	case !t.started:
		return 0, "it is empty"
	case len(t.stack) > 0 || t.inString:
		return t.n, "it ends before its last bracket"
	}
	return t.n, ""
}
