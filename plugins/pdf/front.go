package pdf

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

func storage(subject string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return fault.New(fault.Storage, "write document", subject, "check that the disk works and has room, then run again: what is committed is kept", err)
}

// frontPage is the document's first page, written last. It is one page whatever it says.
func (v *volume) frontPage() {
	v.lead, v.heading, v.day, v.key = true, "", "", ""
	f := frame{x: marginX}
	v.y = 0
	v.add(row{height: 40000, parts: []part{{box: document.Box{X: marginX, Y: 30000, W: 36000, H: 3000}, color: accent}}})
	v.text(f, false, span(strings.ToUpper(v.words.t("Chat history")), bold(9000, accent)))
	v.add(row{height: 8000})
	v.text(f, false, span(clip(oneLine(firstOf(v.own(), v.title)), 140), bold(22000, black)))
	if v.Split != "none" && v.title != v.words.t("Chat history") {
		v.text(f, false, span(clip(oneLine(v.title), 140), typeset.Style{Size: 12000, Color: muted}))
	}
	v.add(row{height: 16000})
	v.rule(false)
	for _, fact := range v.facts() {
		v.columns(f, []int{150000}, false, 0, []typeset.Span{span(fact[0], typeset.Style{Size: 9000, Color: muted})}, []typeset.Span{span(fact[1], typeset.Style{Size: 9000, Color: black})})
		v.add(row{height: 2500})
	}
	v.rule(false)
	v.frontContents(f)
	v.breakPage()
	v.lead = false
}

// facts are what the first page says of the document.
func (v *volume) facts() (list [][2]string) {
	fact := func(name string, value string) {
		if value != "" {
			list = append(list, [2]string{v.words.t(name), value})
		}
	}
	t := &v.tally
	period := t.from
	if t.until != t.from {
		period += " – " + t.until
	}
	if v.Split != "none" {
		fact("Kind", v.words.t(kinds[v.place.Kind()]))
		fact("Key in the records", clip(v.place.Key, 120))
		if c := v.place.Record; c != nil && c.Topic != nil {
			fact("Topic", clip(oneLine(c.Topic.Text), 200))
		}
		if c := v.place.Record; c != nil && c.Purpose != nil {
			fact("Purpose", clip(oneLine(c.Purpose.Text), 200))
		}
	}
	fact("Period", period)
	if v.part > 1 {
		fact("Part", thousands(int64(v.part)))
	}
	numbers := ""
	if t.records > 0 {
		numbers = v.words.f("No. %s to %s", thousands(t.first), thousands(t.last))
	}
	fact("Messages", strings.Join(nonEmpty(thousands(t.messages), v.some("%s replies", t.replies), v.some("%s edited", t.edited), v.some("%s deleted", t.deleted), numbers), " · "))
	fact("Attachments", strings.Join(nonEmpty(thousands(t.files), v.some("%s without their bytes", t.absent)), " · "))
	names := make([]string, 0, 21)
	for i, key := range t.order {
		if i == 20 {
			names = append(names, v.words.f("and %s more", thousands(int64(len(t.order)-i))))
			break
		}
		names = append(names, clip(oneLine(firstOf(v.history.Name(key), "?")), 40)+" ("+thousands(t.authors[key])+")")
	}
	fact("Written by", v.words.list(names))
	var systems []string
	for s := range t.systems {
		systems = append(systems, oneLine(s))
	}
	slices.Sort(systems)
	fact("Made from", strings.Join(append(nonEmpty(clip(v.words.list(systems), 100)), v.words.t("records that stand beside this document")), " · "))
	fact("Made by", "Chatferry, "+name+" "+version)
	fact("Times", v.words.f("in the zone %s", v.Zone))
	var replaced, kinds int64
	for _, n := range v.setter.Replaced {
		replaced, kinds = replaced+n, kinds+1
	}
	glyphs := v.words.t("none")
	if replaced > 0 {
		glyphs = v.words.f("%s, of %s kinds, are shown as their number, such as [U+1F600]", thousands(replaced), thousands(kinds))
	}
	fact("Characters without a glyph", glyphs)
	return list
}

// some is a text for a number that is not 0.
func (v *volume) some(text string, n int64) string {
	if n == 0 {
		return ""
	}
	return v.words.f(text, thousands(n))
}

// frontContents lists conversations and months with their pages, as far as there is room.
func (v *volume) frontContents(f frame) {
	const height = 13500
	list := v.contents
	if v.Split != "none" {
		list = slices.DeleteFunc(slices.Clone(list), func(c content) bool { return !c.month })
	}
	fits := (v.paper.H-marginFoot-v.y-40000)/height - 1
	if len(list) < 2 || fits < 2 {
		return
	}
	if len(list) > fits && v.Split == "none" {
		list = slices.DeleteFunc(slices.Clone(list), func(c content) bool { return c.month })
	}
	v.add(row{height: 6000})
	v.text(f, false, span(v.words.t("Contents"), bold(10000, black)))
	v.add(row{height: 3000})
	for i, c := range list {
		if i >= fits-1 && len(list) > fits {
			v.text(f, false, span(v.words.t("The bookmarks of this document list all of them."), small(muted)))
			return
		}
		title := clip(oneLine(c.title), 90)
		if c.month && v.Split == "none" {
			title = "      " + title
		}
		count := ""
		if c.count > 0 {
			count = v.words.f("%s messages", thousands(c.count))
		}
		v.tocRow(f, title, count, c.page)
	}
}

// tocRow is an entry of the contents: it leads to its page, which is not the open one.
func (v *volume) tocRow(f frame, title, count string, page int) {
	number := strconv.Itoa(page)
	left, err := v.lines([]typeset.Span{span(title, typeset.Style{Size: 9000, Color: black}), span("   "+count, small(muted))}, v.textWidth()-60000)
	v.fail(err)
	right, err := v.lines([]typeset.Span{span(number, typeset.Style{Size: 9000, Color: accent})}, 60000)
	v.fail(err)
	if len(left) == 0 || len(right) == 0 {
		return
	}
	x := v.paper.W - marginX - right[0].Width
	v.add(row{height: 13500, link: page - 1, parts: []part{{line: left[0], x: f.x, width: left[0].Width, drop: 13000}, {line: right[0], x: x, width: right[0].Width, drop: 13000}}})
}

// appendix is the index of exhibits, members, characters without a glyph, and fonts.
func (v *volume) appendix() {
	f := frame{x: marginX}
	v.exhibitIndex(f)
	v.memberList(f)
	v.replacedList(f)
	v.section(f, "Fonts")
	v.text(f, false, span(v.words.t("The letters of this document are embedded from these files. Their digests are SHA-256."), small(muted)))
	v.add(row{height: 3000})
	for _, x := range v.fonts.Used() {
		file := firstOf(x.File, v.words.t("part of Chatferry"))
		v.columns(f, []int{140000, 110000}, false, 0, []typeset.Span{span(x.Name(), small(black))}, []typeset.Span{span(file, small(muted))}, []typeset.Span{span(x.Digest, monoSmall())})
	}
}

func monoSmall() typeset.Style {
	s := mono(6000)
	s.Color = muted
	return s
}

// section begins a part of the appendix.
func (v *volume) section(f frame, title string) {
	v.space(f, 14000)
	page, y := v.here(60000)
	v.doc.Bookmark(0, v.words.t(title), page, y)
	v.text(f, true, span(v.words.t(title), bold(14000, black)))
	v.add(row{height: 4000, keep: true})
}

func (v *volume) exhibitIndex(f frame) {
	if len(v.exhibits) == 0 {
		return
	}
	v.section(f, "Index of exhibits")
	v.text(f, true, span(v.words.t("The files stand beside this document, in the folder media, named by their SHA-256."), small(muted)))
	v.add(row{height: 4000, keep: true})
	for i := range v.exhibits {
		x := &v.exhibits[i]
		where := v.words.f("No. %s, page %s", thousands(x.message), thousands(int64(x.page)))
		what := []typeset.Span{span(x.name, bold(8500, black)), span("   "+strings.Join(nonEmpty(x.size, x.kind), " · "), small(muted))}
		switch {
		case x.path != "":
			what = append(what, span("\n"+x.sha, monoSmall()))
		default:
			what = append(what, span("\n"+strings.Join(nonEmpty(v.words.t(firstOf(states[x.state], x.state, "missing from the source")), x.reason), ": "), small(alarm)))
		}
		v.columns(f, []int{52000, 110000}, false, x.page-1, []typeset.Span{span(thousands(x.number), bold(8500, accent))}, []typeset.Span{span(where, small(muted))}, what)
		v.space(f, 4000)
	}
}

// memberList says who was in the conversation, and when.
func (v *volume) memberList(f frame) {
	if v.Split == "none" || v.part > 1 || v.place == nil {
		return
	}
	list := v.members[v.place.Key]
	if len(list) == 0 && (v.place.Record == nil || len(v.place.Record.Participants) == 0) {
		return
	}
	v.section(f, "Members")
	if len(list) == 0 {
		v.text(f, false, span(v.names(v.place.Record.Participants), small(black)))
	}
	for _, m := range list {
		when := strings.Join(nonEmpty(v.some2("joined %s", m.joined), v.some2("left %s", m.left)), " · ")
		v.columns(f, []int{200000, 90000}, false, 0, []typeset.Span{span(oneLine(v.history.Name(m.person)), small(black))}, []typeset.Span{span(oneLine(m.role), small(muted))}, []typeset.Span{span(when, small(muted))})
	}
}

func (v *volume) some2(text, value string) string {
	if value == "" {
		return ""
	}
	return v.words.f(text, value)
}

// replacedList names the characters that the pages show as their numbers. Listing them replaces no more.
func (v *volume) replacedList(f frame) {
	if len(v.setter.Replaced) == 0 {
		return
	}
	list := make([]rune, 0, len(v.setter.Replaced))
	for r := range v.setter.Replaced {
		list = append(list, r)
	}
	slices.Sort(list)
	v.section(f, "Characters without a glyph")
	v.text(f, false, span(v.words.t("No font that was at hand has these characters, or they must not act on the text around them. Each stands on the pages as its number; the records have the character."), small(muted)))
	var b strings.Builder
	for i, r := range list {
		if i > 0 {
			b.WriteString("   ")
		}
		b.WriteString("U+" + strings.ToUpper(strconv.FormatInt(int64(r), 16)))
		if unicode.IsControl(r) {
			b.WriteString(" " + v.words.t("control character"))
		}
		b.WriteString(" × " + thousands(v.setter.Replaced[r]))
	}
	v.add(row{height: 3000})
	v.text(f, false, span(b.String(), small(black)))
}
