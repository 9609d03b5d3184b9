package tui

import (
	"strings"

	"github.com/chatferry/chatferry/core/safe"
)

// field is one line that can be edited.
type field struct {
	text []rune
	at   int // the cursor stands before this rune
}

// fieldRunes bounds what can be pasted.
const fieldRunes = 4096

func newField(s string) field {
	f := field{}
	f.set(s)
	return f
}

func (f *field) set(s string) {
	f.text = []rune(s)
	f.at = len(f.text)
}

func (f *field) value() string { return strings.TrimSpace(string(f.text)) }

// press takes a key; false when it is none of a field's.
func (f *field) press(k key) bool {
	switch k.name {
	case "left":
		f.at = max(0, f.at-1)
	case "right":
		f.at = min(len(f.text), f.at+1)
	case "home", "ctrl+a":
		f.at = 0
	case "end", "ctrl+e":
		f.at = len(f.text)
	case "backspace":
		if f.at > 0 {
			f.text = append(f.text[:f.at-1:f.at-1], f.text[f.at:]...)
			f.at--
		}
	case "delete":
		if f.at < len(f.text) {
			f.text = append(f.text[:f.at:f.at], f.text[f.at+1:]...)
		}
	case "ctrl+u":
		f.text, f.at = nil, 0
	default:
		if k.text == "" {
			return false
		}
		for _, r := range k.text {
			if r < 0x20 || r == 0x7f || len(f.text) >= fieldRunes {
				continue
			}
			f.text = append(f.text[:f.at:f.at], append([]rune{r}, f.text[f.at:]...)...)
			f.at++
		}
	}
	return true
}

// draw shows the part around the cursor in width columns, brackets included. The cursor is a sign, so
// that it is seen without colours too.
func (f *field) draw(st *Styles, width int, active bool) string {
	width = max(width-2, 4)
	if !active {
		return render(st.Dim, "[") + render(st.Plain, safe.Pad(string(f.text), width)) + render(st.Dim, "]")
	}
	before, after := safe.Text(string(f.text[:f.at])), safe.Text(string(f.text[f.at:]))
	for safe.Width(before) > width-2 && before != "" {
		_, size := firstCluster(before)
		before = before[size:]
	}
	sign := " "
	if st.Plaintext {
		sign = "|"
	}
	rest := safe.Pad(after, max(0, width-1-safe.Width(before)))
	return render(st.Key, "[") + render(st.Plain, before) + render(st.Chosen, sign) + render(st.Plain, rest) + render(st.Key, "]")
}
