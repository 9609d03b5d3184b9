package gap

import (
	"cmp"
	"slices"
	"strconv"
)

// sequence collects the numbers that a source gives to the messages of a conversation, as runs without
// a hole.
type sequence struct {
	runs []run
	last uint64
	seen int64
	back bool // the last number is lower than the one before
	lost bool // more than maxRuns runs: these numbers are not dense
}

type run struct{ from, to uint64 }

func (s *sequence) add(seq string) {
	s.back = false
	if seq == "" {
		return
	}
	n, err := strconv.ParseUint(seq, 10, 63)
	if err != nil {
		return
	}
	s.back = s.seen > 0 && n < s.last
	s.last = n
	s.seen++
	if i := len(s.runs) - 1; i >= 0 && n >= s.runs[i].from && n <= s.runs[i].to+1 {
		s.runs[i].to = max(s.runs[i].to, n)
		return
	}
	if len(s.runs) == maxRuns {
		s.lost = true
		return
	}
	s.runs = append(s.runs, run{n, n})
}

const (
	fewNumbers = 50  // below, nothing is said of a sequence
	longHole   = 20  // the least that is long
	density    = 0.8 // share of numbers that must be there outside long holes
)

// long finds holes that deletions do not explain: at least longHole numbers and five times the median
// hole, in a sequence that is dense otherwise. at is the number before the first.
func (s *sequence) long() (holes int, missing int64, at string) {
	if s.lost || s.seen < fewNumbers || len(s.runs) < 2 {
		return 0, 0, ""
	}
	slices.SortFunc(s.runs, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	var sizes []uint64
	there, top := uint64(0), s.runs[0].from-1
	var after []uint64
	for i, r := range s.runs {
		if r.from > top+1 && i > 0 {
			sizes, after = append(sizes, r.from-top-1), append(after, top)
		}
		if r.to > top || i == 0 {
			there += r.to - max(r.from, top+1) + 1
			top = r.to
		}
	}
	if len(sizes) == 0 {
		return 0, 0, ""
	}
	sorted := slices.Sorted(slices.Values(sizes))
	limit := uint64(longHole)
	if len(sorted) > 2 { // one or two have no others to be compared with
		limit = max(longHole, 5*sorted[(len(sorted)-1)/2])
	}
	short := uint64(0)
	for i, n := range sizes {
		if n < limit {
			short += n
			continue
		}
		if holes == 0 {
			at = strconv.FormatUint(after[i], 10)
		}
		holes++
		missing += int64(min(n, 1<<40))
	}
	if float64(there) < density*float64(there+short) {
		return 0, 0, ""
	}
	return holes, missing, at
}
