package people

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/chatferry/chatferry/core/plugin"
)

// Legal tells why a name breaks a rule, or nil.
func Legal(rule plugin.AccountRule, name string) error {
	switch {
	case len(name) < max(rule.Min, 1):
		return errors.New("the name is too short")
	case rule.Max > 0 && len(name) > rule.Max:
		return fmt.Errorf("the name is longer than %d characters", rule.Max)
	}
	for _, c := range name {
		if !allowed(rule, c) {
			return fmt.Errorf("the name has a character that is not a-z, 0-9 or one of %q", rule.Allowed)
		}
	}
	if !startsRight(rule, name[0]) {
		return errors.New("the name does not start as it must")
	}
	for _, r := range rule.Reserved {
		if begins, ok := strings.CutSuffix(r, "*"); r == name || ok && strings.HasPrefix(name, begins) {
			return errors.New("the name is reserved")
		}
	}
	return nil
}

func allowed(rule plugin.AccountRule, c rune) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c < 0x80 && strings.IndexByte(rule.Allowed, byte(c)) >= 0
}

func startsRight(rule plugin.AccountRule, c byte) bool {
	switch rule.Start {
	case "letter":
		return c >= 'a' && c <= 'z'
	case "alnum":
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
	}
	return true
}

// Make turns any text into a name that the rule allows, or "" when nothing is left of it. It does
// not look at who else has the name.
func Make(rule plugin.AccountRule, s string) string {
	s = fold(s, rule)
	for s != "" && !startsRight(rule, s[0]) {
		s = s[1:]
	}
	if s == "" || Legal(rule, s) == nil {
		return s
	}
	if t := suffixed(rule, s, "-1"); Legal(rule, t) == nil { // reserved or too short
		return t
	}
	if t := suffixed(rule, "x", "-"+s); len(t) <= max(rule.Max, len(s)) && Legal(rule, t) == nil { // reserved by its beginning
		return t
	}
	return ""
}

// suffixed appends a suffix, shortening s to make room; the suffix's "-" becomes what the rule has.
func suffixed(rule plugin.AccountRule, s, suffix string) string {
	if !strings.Contains(rule.Allowed, "-") {
		suffix = strings.ReplaceAll(suffix, "-", "")
	}
	if rule.Max > 0 && len(s)+len(suffix) > rule.Max {
		s = s[:max(0, rule.Max-len(suffix))]
	}
	return s + suffix
}

// fold lower-cases and transliterates s and puts the rule's separator for everything it has no
// letter for. Separators do not repeat and do not stand at the ends.
func fold(s string, rule plugin.AccountRule) string {
	sep := byte(0)
	for _, c := range []byte("-_.") {
		if strings.IndexByte(rule.Allowed, c) >= 0 {
			sep = c
			break
		}
	}
	var b []byte
	for _, c := range norm.NFKD.String(strings.ToLower(strings.ToValidUTF8(s, ""))) {
		if len(b) > 256 {
			break
		}
		c = unicode.ToLower(c)
		switch {
		case allowed(rule, c):
			b = append(b, byte(c))
		case unicode.Is(unicode.Mn, c):
		case letters[c] != "":
			b = append(b, letters[c]...)
		case sep != 0 && len(b) > 0 && b[len(b)-1] != sep:
			b = append(b, sep)
		}
	}
	name := string(b)
	if rule.Max > 0 && len(name) > rule.Max {
		name = name[:rule.Max]
	}
	return strings.Trim(name, "-_.")
}

// letters are transliterations that decomposition does not give.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'ø': "o", 'œ': "oe", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ŋ': "n",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'к': "k", 'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts",
	'ч': "ch", 'ш': "sh", 'щ': "shch", 'ы': "y", 'э': "e", 'ю': "yu", 'я': "ya", 'ґ': "g", 'є': "ye", 'і': "i",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l",
	'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f",
	'χ': "ch", 'ψ': "ps", 'ω': "o",
}
