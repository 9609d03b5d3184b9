package slack

import (
	"crypto/sha256"
	"hash/maphash"

	"github.com/chatferry/chatferry/core/scan"
)

// Slack copies nine members of an author's entry in users.json into each of his messages. A copy that says
// what the entry says is not repeated: it would be a third of the whole history. A copy that differs, of
// an earlier name or picture, is kept in Ext.

// profileDigest is a digest of those nine members.
type profileDigest [16]byte

// copied are the members of user_profile, with where users.json has them.
var copied = [...]struct {
	name    string
	profile bool // inside "profile" of the entry
	entry   string
}{
	{"avatar_hash", true, "avatar_hash"}, {"image_72", true, "image_72"}, {"first_name", true, "first_name"},
	{"real_name", true, "real_name"}, {"display_name", true, "display_name"}, {"team", false, "team_id"},
	{"name", false, "name"}, {"is_restricted", false, "is_restricted"}, {"is_ultra_restricted", false, "is_ultra_restricted"},
}

// sum adds up the values of the copied members; false, null and absent are the same.
func sum(values *[len(copied)]string) profileDigest {
	var b []byte
	for _, v := range values {
		if v == "false" || v == "null" {
			v = ""
		}
		b = append(append(b, v...), 0)
	}
	full := sha256.Sum256(b)
	return profileDigest(full[:16])
}

// entryDigest is the digest of an element of users.json.
func entryDigest(raw string) profileDigest {
	var values [len(copied)]string
	var s scan.Scanner
	s.Reset(raw)
	for s.Object(); s.Next(); {
		key := s.Key()
		if key == "profile" && s.Kind() == scan.Obj {
			for s.Object(); s.Next(); {
				take(&s, s.Key(), true, &values)
			}
			continue
		}
		take(&s, key, false, &values)
	}
	return sum(&values)
}

func take(s *scan.Scanner, key string, profile bool, values *[len(copied)]string) {
	for i := range copied {
		if copied[i].profile == profile && copied[i].entry == key {
			values[i] = plain(s)
			return
		}
	}
	s.Skip()
}

// plain is a scalar as text.
func plain(s *scan.Scanner) string {
	if s.Kind() == scan.Str {
		return s.String()
	}
	return s.Raw()
}

// copyDigest is the digest of a message's user_profile; ok is false when it has members of its own.
func copyDigest(raw string) (d profileDigest, ok bool) {
	var values [len(copied)]string
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Obj {
		return d, false
	}
	for s.Object(); s.Next(); {
		key, known := s.Key(), false
		for i := range copied {
			if copied[i].name == key {
				values[i], known = plain(&s), true
			}
		}
		if !known {
			return d, false
		}
	}
	return sum(&values), s.Err() == nil && !s.Lossy
}

// seenProfile is the last verdict on a person's copies: they are nearly always the same bytes.
type seenProfile struct {
	raw  uint64
	same bool
}

var profileSeed = maphash.MakeSeed()

// repeats tells whether a message's user_profile says what users.json says of its author.
func (p *parser) repeats(user, raw string) bool {
	want, listed := p.ids.profiles[user]
	if !listed {
		return false
	}
	h := maphash.String(profileSeed, raw)
	if seen, ok := p.profiles[user]; ok && seen.raw == h {
		return seen.same
	}
	got, ok := copyDigest(raw)
	if p.profiles == nil || len(p.profiles) >= maxRefs {
		p.profiles = map[string]seenProfile{}
	}
	same := ok && got == want
	p.profiles[string([]byte(user))] = seenProfile{h, same}
	return same
}
