package tui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// units is the list of what a run works through, each with its own bar: sorted and searched.
type units struct {
	list   []unit
	at     map[string]int // by id
	order  int
	typed  bool
	search field
	t      table
}

// unit is a conversation, or what else is delivered as a whole.
type unit struct {
	id, label string
	bytes     int64
	state     progress.State // "" waiting
	part      float64        // of those in work
	number    int
}

var unitOrders = []string{"plan", "state", "name", "size"}

func (u *units) set(shards []progress.Shard) {
	u.list, u.at = make([]unit, len(shards)), make(map[string]int, len(shards))
	for i, s := range shards {
		u.list[i] = unit{id: s.ID, label: cmp.Or(s.Label, s.ID), bytes: s.Bytes, number: i}
		if s.Done {
			u.list[i].state = progress.Done
		}
		u.at[s.ID] = i
	}
}

func (u *units) change(id string, state progress.State) {
	if i, ok := u.at[id]; ok {
		u.list[i].state, u.list[i].part = state, 0
	}
}

func (u *units) tick(s progress.Snapshot) {
	for n, id := range s.Active {
		if i, ok := u.at[id]; ok && n < len(s.Behind) {
			u.list[i].part = s.Behind[n]
		}
	}
}

// settle turns what was in work when a run ended into waiting: it will be read again.
func (u *units) settle() {
	for i := range u.list {
		if u.list[i].state == progress.Started {
			u.list[i].state, u.list[i].part = "", 0
		}
	}
}

func (u *units) label(id string) string {
	if i, ok := u.at[id]; ok {
		return u.list[i].label
	}
	return id
}

// shown are the units that match the search, in the order chosen.
func (u *units) shown() []unit {
	want := strings.ToLower(u.search.value())
	list := slices.DeleteFunc(slices.Clone(u.list), func(x unit) bool { return want != "" && !strings.Contains(strings.ToLower(x.label), want) })
	rank := map[progress.State]int{progress.Failed: 0, progress.Held: 0, progress.Started: 1, "": 2, progress.Done: 3}
	slices.SortStableFunc(list, func(a, b unit) int {
		switch unitOrders[u.order] {
		case "name":
			return cmp.Compare(a.label, b.label)
		case "size":
			return cmp.Compare(b.bytes, a.bytes)
		case "state":
			return cmp.Compare(rank[a.state], rank[b.state])
		}
		return cmp.Compare(a.number, b.number)
	})
	return list
}

func (u *units) press(k key) bool {
	switch k.name {
	case "s":
		u.order = (u.order + 1) % len(unitOrders)
	case "/":
		u.typed = true
	default:
		return u.t.press(k, len(u.shown()))
	}
	return true
}

func (u *units) pressSearch(k key) bool {
	switch k.name {
	case "enter", "esc":
		u.typed = false
		if k.name == "esc" {
			u.search.set("")
		}
		return true
	case "up", "down":
		return u.t.press(k, len(u.shown()))
	}
	return u.search.press(k)
}

func (u *units) draw(v *view) {
	list := u.shown()
	done := 0
	for _, x := range u.list {
		if x.state == progress.Done {
			done++
		}
	}
	v.line(v.st.Dim, v.tx.say("units.line", "done", safe.Count(int64(done)), "of", safe.Count(int64(len(u.list))), "order", v.tx.say("units.by."+unitOrders[u.order])))
	if u.typed || u.search.value() != "" {
		v.cells(cell{v.st.Head, v.tx.say("choose.search"), 14, false})
		v.lines[len(v.lines)-1] += u.search.draw(v.st, min(v.width-14, 40), u.typed)
	}
	if len(list) == 0 {
		return
	}
	const bar = 12
	u.t.draw(v, v.left(), []column{{}, {width: 9, right: true, from: 70}, {width: bar, from: 50}, {width: 10}}, len(list), func(i int) row {
		x := list[i]
		style, part := v.st.Plain, x.part
		switch x.state {
		case progress.Done:
			style, part = v.st.Good, 1
		case progress.Held, progress.Failed:
			style = v.st.Bad
		case "":
			style = v.st.Dim
		}
		full := min(int(part*bar), bar)
		word := v.tx.say("unit." + string(cmp.Or(x.state, "waiting")))
		return row{[]string{u.name(v.tx, x), report.Bytes(x.bytes), strings.Repeat(v.st.Full, full) + strings.Repeat(v.st.Empty, bar-full), word}, style}
	}, nil)
}

// name is a unit's name; those that the engine makes are in the catalogue.
func (u *units) name(tx *Texts, x unit) string {
	if tx.has("unit.id." + x.id) {
		return tx.say("unit.id." + x.id)
	}
	return x.label
}
