package edition

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// slugBytes is how long the readable half of a Slug can be.
const slugBytes = 60

// Slug is a file name for something called title whose identity is key: readable, the same every time,
// different for different keys, and harmless on every system: letters, digits and hyphens of any script,
// and eight digits of the key's digest at the end.
func Slug(title, key string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFC.String(strings.ToLower(title)) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !(unicode.IsMark(r) && b.Len() > 0) {
			gap = b.Len() > 0
			continue
		}
		if b.Len()+len(string(r)) > slugBytes {
			break
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	if b.Len() > 0 {
		b.WriteByte('-')
	}
	return b.String() + Digest(key)[:8]
}

// plainName tells whether a name inside an edition is one: relative, without ".", "..", empty parts, control
// characters or what some system forbids.
func plainName(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.ContainsAny(part, `\:*?"<>|`) || strings.IndexFunc(part, unicode.IsControl) >= 0 {
			return false
		}
	}
	return true
}
