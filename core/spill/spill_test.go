package spill

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

type pair struct{ key, val string }

func sortWith(t *testing.T, memory int, in []pair) []pair {
	t.Helper()
	dir := t.TempDir()
	s := New(dir, memory)
	defer s.Close()
	for _, p := range in {
		if err := s.Add([]byte(p.key), []byte(p.val)); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Fatalf("%d temporary files are visible", len(left))
	}
	it, err := s.Sort()
	if err != nil {
		t.Fatal(err)
	}
	var out []pair
	for it.Next() {
		out = append(out, pair{string(it.Key()), string(it.Value())})
	}
	if it.Err() != nil {
		t.Fatal(it.Err())
	}
	return out
}

func TestSortIsStableInMemoryAndOnDisk(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var in []pair
	for i := range 20_000 {
		key := make([]byte, r.IntN(12))
		for j := range key {
			key[j] = "abc\x00\xff"[r.IntN(5)]
		}
		in = append(in, pair{string(key), fmt.Sprint(i)})
	}
	want := slices.Clone(in)
	slices.SortStableFunc(want, func(a, b pair) int { return bytes.Compare([]byte(a.key), []byte(b.key)) })
	for _, memory := range []int{1 << 30, 64 << 10, 2 << 10} { // 2 KiB makes several hundred runs: more than one merge pass
		if got := sortWith(t, memory, in); !slices.Equal(got, want) {
			t.Errorf("memory %d: order differs", memory)
		}
	}
}

func TestEmptyAndSingle(t *testing.T) {
	if got := sortWith(t, 100, nil); len(got) != 0 {
		t.Fatal(got)
	}
	if got := sortWith(t, 1, []pair{{"", ""}}); len(got) != 1 {
		t.Fatal(got)
	}
}

func BenchmarkSorted(b *testing.B) { benchmark(b, func(i int) uint64 { return uint64(i) }) }
func BenchmarkRandom(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	benchmark(b, func(int) uint64 { return r.Uint64() })
}

func benchmark(b *testing.B, key func(int) uint64) {
	val := bytes.Repeat([]byte("x"), 600)
	s := New(b.TempDir(), 8<<20)
	defer s.Close()
	for i := 0; b.Loop(); i++ {
		s.Add(fmt.Appendf(nil, "slack:T01:C02:%020d", key(i)), val)
	}
	it, err := s.Sort()
	if err != nil {
		b.Fatal(err)
	}
	for it.Next() {
	}
}
