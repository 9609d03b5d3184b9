package slackgen

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzQuote compares the hand-written string encoder with encoding/json's decoder.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", `a"b\c/d`, "\x00\x1f\u2028", "船👩‍✈️𠮷", "a\tb\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		for _, w := range []writer{{}, {pretty: true}, {ascii: true}, {pretty: true, ascii: true}} {
			var got string
			if err := json.Unmarshal(w.quote(nil, s), &got); err != nil || got != s {
				t.Fatalf("%q came back as %q (%v)", s, got, err)
			}
		}
	})
}

func TestIDsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for n := range uint64(200_000) {
		id := slackID("U", 5, n)
		if len(id) != 11 || seen[id] {
			t.Fatalf("id %d is %q", n, id)
		}
		seen[id] = true
	}
}

func TestTimesAreDistinctAndRise(t *testing.T) {
	g := &gen{c: Config{Seed: 3, Messages: 200_000, Days: 20}.withDefaults()}
	for _, legacy := range []bool{false, true} {
		r := &room{kind: "public", days: 20, messages: 200_000, legacy: legacy}
		c := g.newClock(r)
		last, day, n := int64(0), -1, 0
		for c.left > 0 {
			us, _ := c.next()
			if us <= last || c.day < day {
				t.Fatalf("%d after %d, day %d after %d", us, last, c.day, day)
			}
			last, day = us, c.day
			n++
		}
		if n != r.messages || day != 19 {
			t.Errorf("%d records until day %d", n, day)
		}
	}
}
