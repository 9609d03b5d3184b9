package verify

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

// BenchmarkCompare times what comparing costs once both sides are sorted: one million messages in 5,000
// conversations, nearly each on a day of its own, of which one is dropped, one is doubled and one is
// changed. "differences" only names them, "roots" builds both trees besides.
func BenchmarkCompare(b *testing.B) {
	for _, roots := range []bool{false, true} {
		name := map[bool]string{false: "differences", true: "roots"}[roots]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				state := b.TempDir()
				expected, found := million(b, state)
				b.StartTimer()
				diffs := differences(b, state, expected, found, roots)
				b.StopTimer()
				checkPlanted(b, diffs)
				expected.sorter.Close()
				found.sorter.Close()
				b.StartTimer()
			}
		})
	}
}

func differences(b *testing.B, state string, expected, found *side, roots bool) []Difference {
	var r Result
	if roots {
		diffs, err := compare(state, expected, found, &r)
		if err != nil {
			b.Fatal(err)
		}
		return diffs
	}
	c := comparison{r: &r}
	var err error
	if c.a.it, err = expected.sorter.Sort(); err != nil {
		b.Fatal(err)
	}
	if c.b.it, err = found.sorter.Sort(); err != nil {
		b.Fatal(err)
	}
	if err := c.run(); err != nil {
		b.Fatal(err)
	}
	return c.diffs
}

func checkPlanted(b *testing.B, diffs []Difference) {
	var kinds []string
	for _, d := range diffs {
		kinds = append(kinds, d.Kind+" "+d.Key)
	}
	slices.Sort(kinds)
	want := []string{"differs slack:T1:C2890:567890.000100", "extra slack:T1:C0678:345678.000100", "missing slack:T1:C3456:123456.000100"}
	if !slices.Equal(kinds, want) {
		b.Fatalf("%q", kinds)
	}
}

// million fills both sides and sorts them.
func million(b *testing.B, state string) (expected, found *side) {
	salts, err := LoadSalts(state)
	if err != nil {
		b.Fatal(err)
	}
	expected, found = newSide(state, salts), newSide(state, salts)
	add := func(s *side, e *entry) {
		if err := s.add(e); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 1_000_000 {
		e := entry{Place: message.Place{Type: message.TypeMessage, Conversation: fmt.Sprintf("slack:T1:C%04d", i%5000), Subject: fmt.Sprintf("slack:T1:U%03d", i%300),
			At: message.MomentOf(fmt.Sprintf("20%02d-%02d-%02dT10:%02d:%02d.%06dZ", 10+i%12, 1+i/7%12, 1+i/11%28, i/60%60, i%60, i))}}
		e.Key, e.sent, e.content = fmt.Sprintf("%s:%d.000100", e.Conversation, i), e.At, sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		add(expected, &e)
		switch i {
		case 123_456:
			continue
		case 345_678:
			add(found, &e)
		case 567_890:
			e.content[0]++
		}
		add(found, &e)
	}
	for _, s := range []*side{expected, found} {
		if _, err := s.sorter.Sort(); err != nil {
			b.Fatal(err)
		}
	}
	return expected, found
}
