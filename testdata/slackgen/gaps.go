package slackgen

import (
	"slices"
	"strings"
)

// GapTruth is a rule of Chatferry that must find something because of a defect, and how often.
type GapTruth struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
}

// shows are the rules that older defects set off, beside rejects.
var shows = map[string][]GapTruth{
	"truncated-zip":    {{"GAP-TAIL", 1}},
	"same-folder":      {{"GAP-LISTED", 1}},
	"cut-record":       {{"GAP-TAIL", 1}},
	"empty-file":       {{"GAP-FILE", 1}},
	"ts-negative":      {{"CLK-EPOCH", 1}},
	"reply-count-lies": {{"REF-LATEST", 1}, {"REF-REPLIES", 1}},
	"dangling":         {{"REF-THREAD", 1}, {"REF-AUTHOR", 1}, {"REF-MENTION", 1}},
}

// gap adds to the truth.
func (t *Truth) gap(rule string, n int) {
	i := slices.IndexFunc(t.Gaps, func(g GapTruth) bool { return g.Rule == rule })
	if i < 0 {
		t.Gaps = append(t.Gaps, GapTruth{rule, n})
		return
	}
	t.Gaps[i].Count += n
}

// Lengths of time in µs.
const (
	oneDay   = 86400e6
	silent   = 21 * oneDay // of "silent-weeks"
	retained = 90 * oneDay // of "retention-90"
)

// wholeDefects prepares the defects that change the whole history.
func (g *gen) wholeDefects() {
	for _, d := range g.c.Defects {
		for _, x := range shows[d.Name] {
			g.t.gap(x.Rule, x.Count)
		}
	}
	if g.has("silent-weeks") {
		g.t.gap("GAP-TIME-ALL", 1)
	}
	g.oldest = -1 << 62
	if g.has("retention-90") {
		g.oldest = g.end - retained
		g.begun = map[*room]int64{}
	}
}

// retain tells whether a retention of 90 days leaves a record, and notes what its absence shows.
func (g *gen) retain(r *room, i int) bool {
	it := &g.win[i]
	if it.us < g.oldest {
		return false
	}
	if g.begun == nil {
		return true
	}
	if g.begun[r] == 0 {
		g.begun[r] = it.us
	}
	switch {
	case it.root >= 0 && g.win[it.root].us < g.oldest:
		g.t.OrphanReply++
		if first := g.win[it.root].replies; !slices.ContainsFunc(first, func(k int32) bool { return int(k) < i && g.win[k].us >= g.oldest }) {
			g.t.gap("REF-THREAD", 1)
		}
	case it.target >= 0 && g.win[it.target].us < g.oldest && kinds[it.kind].name == "message_changed":
		g.t.gap("REF-REVISION", 1)
	}
	return true
}

// cutTruth counts the conversations that a retention has visibly cut.
func (g *gen) cutTruth() {
	first := int64(1 << 62)
	for r, us := range g.begun {
		if r.created < us-30*oneDay {
			first = min(first, us)
		}
	}
	for r, us := range g.begun {
		if r.created < us-30*oneDay && us <= first+oneDay {
			g.t.gap("GAP-HEAD", 1)
		}
	}
}

// on makes the next record stand at the usual hour of the n-th day.
func (b *broken) on(n int) {
	b.next = b.g.c.Since.UnixMicro() + int64(3+n)*oneDay + dayStart
}

// missingDay is a conversation of five weeks with forty messages a day, one day file of which is absent:
// the day on which most answers to a question of the day before came.
func missingDay(b *broken) error {
	const days, absent, daily = 35, 17, 40
	b.on(absent)
	lost := b.at()
	for n := 1; n < days; n++ {
		if n == absent {
			continue
		}
		b.on(n)
		var parts []part
		for range daily {
			parts = append(parts, b.good("A busy day."))
		}
		if n == absent-1 {
			at := b.next + 61e6 + 100
			root := b.with("Who is there tomorrow?", func(w *writer) {
				w.ts("thread_ts", at)
				w.num("reply_count", 4)
				w.num("reply_users_count", 2)
				w.ts("latest_reply", lost)
			})
			root.thread = tsString(at)
			b.g.t.Threads++
			b.r.truth.Threads++
			parts = append(parts, root, b.reply(at, "I am."))
		}
		if err := b.day(n, parts...); err != nil {
			return err
		}
	}
	for _, rule := range []string{"GAP-TIME", "REF-REPLIES", "REF-LATEST"} {
		b.g.t.gap(rule, 1)
	}
	return nil
}

// cappedRoom is an old conversation of which exactly 1,000 messages are left.
func cappedRoom(b *broken) error {
	b.r.created -= 40 * oneDay
	left := 1000 - b.r.truth.Messages
	for n := 1; left > 0; n++ {
		b.on(n)
		var parts []part
		for range min(left, 111) {
			parts = append(parts, b.good("One of the newest thousand."))
		}
		left -= len(parts)
		if err := b.day(n, parts...); err != nil {
			return err
		}
	}
	b.g.t.gap("GAP-CAP", 1)
	return nil
}

// wrongClock gives records of these times, which no file name can tell.
func wrongClock(rule string, times ...int64) func(b *broken) error {
	return func(b *broken) error {
		var damage []part
		for _, us := range times {
			p := b.good("Said at another time.")
			now := tsString(p.us)
			p.us = us
			p.json = strings.Replace(p.json, now, tsString(us), 1)
			damage = append(damage, p)
		}
		b.g.t.gap(rule, len(times))
		return b.around(damage...)
	}
}

// wholeMinutes writes a conversation whose seconds were lost.
func wholeMinutes(b *broken) error {
	var damage []part
	for i := range 30 {
		p := b.good("About now.")
		now := tsString(p.us)
		p.us = p.us/60e6*60e6 + int64(i)*60e6
		p.json = strings.Replace(p.json, now, tsString(p.us), 1)
		damage = append(damage, p)
	}
	b.g.t.gap("CLK-MINUTE", 1)
	return b.day(1, damage...)
}

// orphanThread is two threads whose first messages are in no file.
func orphanThread(b *broken) error {
	first := b.g.c.Since.UnixMicro() + 999999
	b.g.t.OrphanReply += 3
	b.g.t.gap("REF-THREAD", 2)
	return b.around(b.reply(first, "Yes."), b.reply(first, "No."), b.reply(first+60e6, "Perhaps."))
}
