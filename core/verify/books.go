package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/ledger"
)

// seals compares the leaf files of a sink with what the ledger says of each, so that a row that was
// taken away, added or changed is noticed even where the target was changed to match.
type seals map[sealKey]ledger.Seal

type sealKey struct {
	gen  int
	unit string
}

func loadSeals(state, sink string, gen int) (seals, error) {
	books, err := ledger.Open(state, true)
	if err != nil {
		return nil, err
	}
	defer books.Close()
	list, err := books.Seals(sink, gen)
	s := seals{}
	for _, x := range list {
		s[sealKey{x.Gen, x.Shard}] = x
	}
	return s, err
}

// check compares one file, and forgets it.
func (s seals) check(f engine.LeafFile, r *Result) {
	k := sealKey{f.Gen, f.Unit}
	x, ok := s[k]
	delete(s, k)
	switch {
	case !ok:
		r.Broken = append(r.Broken, fmt.Sprintf("unit %s: leaves of generation %d that the ledger does not know", f.Unit, f.Gen))
	case x.Objects != f.Rows:
		r.Broken = append(r.Broken, fmt.Sprintf("unit %s: %d leaves, the ledger has %d", f.Unit, f.Rows, x.Objects))
	case x.Seal != f.Seal:
		r.Broken = append(r.Broken, fmt.Sprintf("unit %s: the leaves are not those that the ledger knows", f.Unit))
	}
}

// rest notes the files that are not there.
func (s seals) rest(r *Result) {
	list := slices.SortedFunc(maps.Keys(s), func(a, b sealKey) int { return cmp.Or(cmp.Compare(a.gen, b.gen), cmp.Compare(a.unit, b.unit)) })
	for _, k := range list {
		r.Broken = append(r.Broken, fmt.Sprintf("unit %s: its %d leaves of generation %d are gone", k.unit, s[k].Objects, k.gen))
	}
}
