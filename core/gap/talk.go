package gap

import (
	"hash/maphash"
	"slices"
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Bounds of a conversation in progress.
const (
	maxKeys    = 1 << 22
	maxThreads = 1 << 18
	maxRefs    = 1 << 18
	maxRuns    = 1 << 16
)

// talk is the conversation that the observer is in.
type talk struct {
	place    *Place
	lastKey  []byte
	lastTime []byte
	twins    int64 // messages at lastTime so far
	slots    []slot
	keys     []uint64 // hashes of all messages' keys
	overfull bool     // more than maxKeys: what is referred to cannot be looked up
	threads  map[string]*thread
	open     []ref
	seq      sequence
}

// thread is what is known of one thread.
type thread struct {
	reply  string // key of the first reply
	found  int
	newest []byte // time of the newest reply
	claims int
	latest string // time of the newest reply as claimed
}

// ref is a reference to a message, from a record that has the key from.
type ref struct {
	rule string
	to   uint64
	from string
}

var seed = maphash.MakeSeed() // hashes never leave the process

func (t *talk) start(p *Place) {
	if t.threads == nil {
		t.threads = map[string]*thread{}
	}
	clear(t.threads)
	*t = talk{place: p, lastKey: t.lastKey[:0], lastTime: t.lastTime[:0], slots: t.slots[:0], keys: t.keys[:0], threads: t.threads, open: t.open[:0], seq: sequence{runs: t.seq.runs[:0]}}
}

// count takes a message's time, number and key.
func (t *talk) count(m *message.Message) {
	p := t.place
	p.Messages++
	sec, ok := seconds(m.Sent.UTC)
	if ok {
		t.time(m, sec)
	}
	t.seq.add(m.Seq)
	if t.seq.back && m.Sent.UTC != string(t.lastTime) {
		hit(&p.Hits, "CLK-ORDER").add(1, m.Key)
	}
	t.twin(m)
	t.lastKey = append(t.lastKey[:0], m.Key...)
	if len(t.keys) < maxKeys {
		t.keys = append(t.keys, maphash.String(seed, m.Key))
	} else {
		t.overfull = true
	}
}

func (t *talk) time(m *message.Message, sec int64) {
	p := t.place
	if at, i := slotOf(sec), len(t.slots)-1; i >= 0 && t.slots[i].at == at {
		t.slots[i].n++
	} else {
		t.slots = append(t.slots, slot{at, 1})
	}
	if m.Sent.UTC[17:19] == "00" {
		p.Minutes++
	}
	if sec < epochEnd {
		hit(&p.Hits, "CLK-EPOCH").add(1, m.Key)
		return
	}
	if p.First == 0 || sec < p.First {
		p.First = sec
	}
	p.Last = max(p.Last, sec)
}

// manyTwins is how many messages at one instant are no coincidence.
const manyTwins = 20

func (t *talk) twin(m *message.Message) {
	if m.Sent.UTC != string(t.lastTime) {
		t.lastTime, t.twins = append(t.lastTime[:0], m.Sent.UTC...), 1
		return
	}
	if t.twins++; t.twins == manyTwins {
		hit(&t.place.Hits, "CLK-TWIN").add(manyTwins, m.Key)
	} else if t.twins > manyTwins {
		hit(&t.place.Hits, "CLK-TWIN").N++
	}
}

// links takes a message's part in a thread and what it answers.
func (t *talk) links(m *message.Message) {
	if m.Thread != "" && m.Thread != m.Key {
		if x := t.thread(m.Thread); x != nil {
			if x.found++; x.found == 1 {
				x.reply = strings.Clone(m.Key)
			}
			x.newest = append(x.newest[:0], m.Sent.UTC...) // they come sorted by time
		}
	}
	if i := m.ThreadInfo; i != nil && i.Replies > 0 {
		if x := t.thread(m.Key); x != nil {
			x.claims = i.Replies
			if i.Latest != nil {
				x.latest = strings.Clone(i.Latest.UTC)
			}
		}
	}
	if m.ReplyTo != "" && m.ReplyTo != m.Thread {
		t.ref("REF-REPLY", m.ReplyTo, m.Key)
	}
}

func (t *talk) thread(key string) *thread {
	x := t.threads[key]
	if x == nil && len(t.threads) < maxThreads {
		x = &thread{}
		t.threads[strings.Clone(key)] = x
	}
	return x
}

// ref keeps a reference into this conversation until all of it is known.
func (t *talk) ref(rule, to, from string) {
	if strings.HasPrefix(to, t.place.Key+":") && len(t.open) < maxRefs {
		t.open = append(t.open, ref{rule, maphash.String(seed, to), strings.Clone(from)})
	}
}

func (t *talk) has(h uint64) bool {
	_, ok := slices.BinarySearch(t.keys, h)
	return ok || t.overfull
}

// settle judges what the conversation shows by itself.
func (t *talk) settle() {
	p := t.place
	if p == nil {
		return
	}
	if len(p.Slots) > 0 { // it came in two pieces
		if earlier, err := unpack(p.Slots); err == nil {
			t.slots = mergeSlots(earlier, t.slots)
		}
	}
	p.Slots = pack(t.slots)
	slices.Sort(t.keys)
	for _, r := range t.open {
		if !t.has(r.to) {
			hit(&p.Hits, r.rule).add(1, r.from)
		}
	}
	t.settleThreads()
	if runs, missing, at := t.seq.long(); runs > 0 {
		hit(&p.Hits, "GAP-SEQ").add(missing, p.Key+" after number "+at)
	}
}

func (t *talk) settleThreads() {
	roots := make([]string, 0, len(t.threads))
	for root := range t.threads {
		roots = append(roots, root)
	}
	sort.Strings(roots)
	hits := &t.place.Hits
	for _, root := range roots {
		x := t.threads[root]
		switch {
		case x.claims == 0 && x.found > 0:
			if !t.has(maphash.String(seed, root)) {
				hit(hits, "REF-THREAD").add(1, x.reply)
			}
		case x.claims == x.found:
		default:
			hit(hits, "REF-REPLIES").add(1, root)
			if x.claims > x.found && x.latest != "" && before(string(x.newest), x.latest) {
				hit(hits, "REF-LATEST").add(1, root)
			}
		}
	}
}
