package filter

import (
	"errors"
	"unicode/utf8"
)

// automaton finds any of a set of byte strings in one pass (Aho-Corasick, fully expanded). It is
// immutable; a search is a number, so that one can go on over several pieces of text.
type automaton struct {
	class [256]uint16 // of a byte; 0 for bytes that are in no word
	width uint32      // number of classes
	next  []uint32    // by state + class; states are multiples of width
}

// found marks a transition into a state in which a word ends.
const found = 1 << 31

// maxTransitions bounds an automaton's memory to 32 MiB.
const maxTransitions = 8 << 20

var errTooManyKeywords = errors.New("holds too many or too long keywords")

// newAutomaton builds the automaton of words. With fold, ASCII capitals are read as small letters;
// the words must be folded.
func newAutomaton(words []string, fold bool) (*automaton, error) {
	a := &automaton{width: 1}
	states := 1
	for _, w := range words {
		states += len(w)
		for i := 0; i < len(w); i++ {
			if a.class[w[i]] == 0 {
				a.class[w[i]] = uint16(a.width)
				a.width++
			}
		}
	}
	if states*int(a.width) > maxTransitions {
		return nil, errTooManyKeywords
	}
	a.next = make([]uint32, a.width, states*int(a.width))
	for _, w := range words {
		a.insert(w)
	}
	a.link()
	if fold {
		for c := 'A'; c <= 'Z'; c++ {
			a.class[c] = a.class[c+'a'-'A']
		}
	}
	return a, nil
}

func (a *automaton) insert(w string) {
	state := uint32(0)
	for i := 0; i < len(w); i++ {
		at := state + uint32(a.class[w[i]])
		if a.next[at]&^found == 0 {
			a.next[at] |= uint32(len(a.next))
			a.next = append(a.next, make([]uint32, a.width)...)
		}
		if i == len(w)-1 {
			a.next[at] |= found
		}
		state = a.next[at] &^ found
	}
}

// link fills in the transitions of failed matches, breadth first.
func (a *automaton) link() {
	fail := make([]uint32, len(a.next)/int(a.width))
	queue := make([]uint32, 0, len(fail))
	for c := uint32(1); c < a.width; c++ {
		if s := a.next[c] &^ found; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		back := fail[state/a.width]
		for c := uint32(0); c < a.width; c++ {
			at, other := &a.next[state+c], a.next[back+c]
			if s := *at &^ found; s != 0 {
				fail[s/a.width] = other &^ found
				*at |= other & found
				queue = append(queue, s)
			} else {
				*at = other
			}
		}
	}
}

// raw feeds bytes as they are and returns the new state; found is set once a word was met.
func (a *automaton) raw(state uint32, s string) uint32 {
	for i := 0; i < len(s); i++ {
		if state = a.next[state+uint32(a.class[s[i]])]; state&found != 0 {
			return state
		}
	}
	return state
}

// folded feeds s folded. Text that simple does not cover goes through f's buffers.
func (a *automaton) folded(state uint32, s string, f *folder) uint32 {
	start := state
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			state = a.next[state+uint32(a.class[c])]
			i++
		} else {
			r, n := utf8.DecodeRuneInString(s[i:])
			to, ok := simple(r)
			if !ok {
				return a.slow(start, s, f)
			}
			state = a.rune(state, to)
			i += n
		}
		if state&found != 0 {
			// A mark that follows may still change the last character: only what comes next can tell.
			if i == len(s) || s[i] < utf8.RuneSelf {
				return state
			}
			return a.slow(start, s, f)
		}
	}
	return state
}

func (a *automaton) rune(state uint32, r rune) uint32 {
	var b [utf8.UTFMax]byte
	n := utf8.EncodeRune(b[:], r)
	for _, c := range b[:n] {
		if state = a.next[state+uint32(a.class[c])]; state&found != 0 {
			return state
		}
	}
	return state
}

func (a *automaton) slow(state uint32, s string, f *folder) uint32 {
	f.c = f.append(f.c[:0], s)
	for _, c := range f.c {
		if state = a.next[state+uint32(a.class[c])]; state&found != 0 {
			return state
		}
	}
	return state
}
