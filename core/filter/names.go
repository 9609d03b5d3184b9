package filter

import (
	"fmt"
	"iter"
	"sort"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// names is a list of values that people, departments or conversations are compared with.
type names struct {
	setting string
	given   []string
	exact   map[string]int // folded value to its number
	globs   []glob
	seen    []atomic.Bool // the value matched somebody or something
}

type glob struct {
	pattern string
	number  int
}

func newNames(setting string, values []string) (*names, error) {
	if err := checkWords(setting, values); err != nil || len(values) == 0 {
		return nil, err
	}
	n := &names{setting: setting, given: values, exact: map[string]int{}, seen: make([]atomic.Bool, len(values))}
	for i, v := range values {
		v = Fold(strings.TrimSpace(v))
		if strings.Contains(v, "*") {
			n.globs = append(n.globs, glob{v, i})
		} else if _, twice := n.exact[v]; twice {
			n.seen[i].Store(true)
		} else {
			n.exact[v] = i
		}
	}
	return n, nil
}

// is matches a whole name; v is folded.
func (n *names) is(v string) bool {
	i, ok := n.exact[v]
	if ok && !n.seen[i].Load() {
		n.seen[i].Store(true)
	}
	return ok && v != ""
}

// like matches a whole name or a pattern; v is folded.
func (n *names) like(v string) bool {
	hit := n.is(v)
	for _, g := range n.globs {
		if v != "" && globMatch(g.pattern, v) {
			hit = true
			n.seen[g.number].Store(true)
		}
	}
	return hit
}

// key matches a key or an id. Patterns match only keys and only when they are written like keys
// (with a colon), else "s*" would be everything of Slack; "*" alone matches all.
func (n *names) key(key, id string) bool {
	key, id = Fold(key), Fold(id)
	hit := n.is(key)
	hit = n.is(id) || hit
	for _, g := range n.globs {
		if g.pattern == "*" || strings.Contains(g.pattern, ":") && globMatch(g.pattern, key) {
			hit = true
			n.seen[g.number].Store(true)
		}
	}
	return hit
}

// globMatch tells whether s as a whole matches pattern, in which "*" stands for anything.
func globMatch(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			p, mark = star+1, mark+1
			i = mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Warning is a value of a setting that matches nothing.
type Warning struct {
	Setting     string
	Value       string
	Cause       string   // "matches nobody"
	Suggestions []string // did you mean
}

// String is the warning in one line.
func (w Warning) String() string {
	s := fmt.Sprintf("%s: %q %s", w.Setting, w.Value, w.Cause)
	for i, v := range w.Suggestions {
		if i == 0 {
			s += fmt.Sprintf("; did you mean %q", v)
		} else {
			s += fmt.Sprintf(" or %q", v)
		}
	}
	if len(w.Suggestions) > 0 {
		s += "?"
	}
	return s
}

func (n *names) unmatched(cause string, known iter.Seq[string]) []Warning {
	if n == nil {
		return nil
	}
	var list []Warning
	for i, v := range n.given {
		if !n.seen[i].Load() {
			list = append(list, Warning{Setting: n.setting, Value: v, Cause: cause, Suggestions: closest(v, known)})
		}
	}
	return list
}

// maxSuggestions is how many names a "did you mean" offers.
const maxSuggestions = 3

// Closest gives up to three known names that v may be a misspelling of, nearest first.
func Closest(v string, known iter.Seq[string]) []string { return closest(v, known) }

func closest(v string, known iter.Seq[string]) []string {
	type near struct {
		name     string
		distance int
	}
	v = strings.Trim(Fold(v), "@#* ")
	size := utf8.RuneCountInString(v)
	limit := max(1, size/3)
	if size > 3 {
		limit = max(2, limit) // two letters in the wrong order
	}
	var best []near
	seen := map[string]bool{}
	for name := range known {
		if name == "" || abs(utf8.RuneCountInString(name)-size) > limit {
			continue
		}
		folded := Fold(name)
		if seen[folded] {
			continue
		}
		if dist := levenshtein.Distance(v, folded, nil); dist <= limit && dist < max(1, size) {
			seen[folded] = true
			best = append(best, near{name, dist})
			sort.Slice(best, func(i, j int) bool {
				if best[i].distance != best[j].distance {
					return best[i].distance < best[j].distance
				}
				return best[i].name < best[j].name
			})
			if len(best) > maxSuggestions {
				delete(seen, Fold(best[maxSuggestions].name))
				best = best[:maxSuggestions]
			}
		}
	}
	var out []string
	for _, b := range best {
		out = append(out, b.name)
	}
	return out
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
