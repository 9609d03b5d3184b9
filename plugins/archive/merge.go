package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"sort"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/spill"
)

// mergeMemory is what bringing generations together keeps in memory before it goes to disk.
const mergeMemory = 8 << 20

// digest16 stands for a conversation's key, so that a map of many stays small.
type digest16 [16]byte

func digestOf(conversation string) (d digest16) {
	sum := sha256.Sum256([]byte(conversation))
	copy(d[:], sum[:])
	return d
}

// merged makes units of several generations. A conversation's home is the first shard that has it;
// shards of later generations become parts of the homes of their conversations. All directories are
// one unit: people and places are few, and any delivery may list any of them.
func (a *archive) merged() ([]unit, error) {
	if err := a.findHomes(); err != nil {
		return nil, err
	}
	parts := map[home]map[home]bool{}
	if err := a.eachConversation(1, func(h home, conversation digest16) {
		to := a.homes[conversation]
		if parts[to] == nil {
			parts[to] = map[home]bool{}
		}
		parts[to][h] = true
	}); err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, s := range a.head.Generations[0].Shards {
		used[s.ID] = used[s.ID] || !s.Directory
	}
	directory := unit{label: "people and conversations", directory: true}
	list := []unit{directory}
	for g := range a.head.Generations {
		for i, s := range a.head.Generations[g].Shards {
			h := home{int32(g), int32(i)}
			switch {
			case s.Directory:
				list[0].parts = append(list[0].parts, h)
			case g == 0 || parts[h] != nil:
				u := unit{id: s.ID, label: s.Label, base: h, parts: a.sorted(h, parts[h])}
				if g > 0 {
					u.id = free(used, s.ID)
				}
				list = append(list, u)
			}
		}
	}
	list[0].id = free(used, "directory")
	if len(list[0].parts) == 0 {
		return list[1:], nil
	}
	list[0].base = list[0].parts[0]
	return list, nil
}

// findHomes fills a.homes for conversations that occur after the first generation; any other one has
// its home where it is.
func (a *archive) findHomes() error {
	a.homes = map[digest16]home{}
	err := a.eachConversation(1, func(h home, conversation digest16) {
		if _, known := a.homes[conversation]; !known {
			a.homes[conversation] = h
		}
	})
	if err != nil {
		return err
	}
	return a.eachConversation(0, func(h home, conversation digest16) {
		if old, known := a.homes[conversation]; known && h.generation == 0 && old.generation > 0 {
			a.homes[conversation] = h
		}
	})
}

// eachConversation visits the conversations of every message shard, from a generation on.
func (a *archive) eachConversation(from int, visit func(h home, conversation digest16)) error {
	for g := from; g < len(a.head.Generations); g++ {
		for i := range a.head.Generations[g].Shards {
			s := &a.head.Generations[g].Shards[i]
			if s.Index == nil {
				continue
			}
			err := eachPlace(a.root, s.Index, func(p place) error {
				visit(home{int32(g), int32(i)}, digestOf(p.Conversation))
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *archive) sorted(base home, set map[home]bool) []home {
	list := []home{base}
	for h := range set {
		if h != base {
			list = append(list, h)
		}
	}
	sort.Slice(list[1:], func(i, j int) bool {
		x, y := list[1+i], list[1+j]
		return x.generation < y.generation || x.generation == y.generation && x.shard < y.shard
	})
	return list
}

// free gives an id that is not used yet.
func free(used map[string]bool, id string) string {
	for used[id] {
		id += "_"
	}
	used[id] = true
	return id
}

// readMerged sorts a unit's records by key and generation and gives the newest of each key.
func (a *archive) readMerged(ctx context.Context, u *unit, skip int64, yield func(line []byte) error) error {
	sorter := spill.New(os.TempDir(), mergeMemory)
	defer sorter.Close()
	var key []byte
	for _, h := range u.parts {
		s := a.shard(h)
		for i := range s.Segments {
			err := a.readSegment(ctx, &s.Segments[i], func(line []byte) error {
				mine, recordKey, err := a.belongs(u, h, line)
				if err != nil || !mine {
					return err
				}
				// A zero byte ends the key, so that one key that begins another does not mix with it.
				key = append(append(key[:0], recordKey...), 0)
				key = binary.BigEndian.AppendUint32(key, ^uint32(h.generation))
				return sorter.Add(key, line)
			})
			if err != nil {
				return err
			}
		}
	}
	it, err := sorter.Sort()
	if err != nil {
		return err
	}
	defer it.Close()
	var last []byte
	emit := skipping(&skip, yield)
	for it.Next() {
		k := it.Key()[:len(it.Key())-4]
		if last != nil && bytes.Equal(k, last) {
			continue
		}
		last = append(last[:0], k...)
		if err := emit(it.Value()); err != nil {
			return err
		}
	}
	return it.Err()
}

// belongs tells whether a line of the shard h is u's, and gives its key.
func (a *archive) belongs(u *unit, h home, line []byte) (bool, string, error) {
	if u.directory || h.generation == 0 {
		return true, message.KeyOf(string(line)), nil
	}
	r, err := message.Decode(string(line))
	if err != nil {
		return false, "", corrupt(a.shard(h).ID, err)
	}
	return a.homes[digestOf(belongsTo(r))] == u.base, r.Key(), nil
}
