package pdf

import (
	"context"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

// indexName is the document that lists all others.
const indexName = "index.pdf"

// index writes the list of documents and people.
func (p *press) index(ctx context.Context) error {
	v, err := p.volume(indexName, 1)
	if err != nil {
		return err
	}
	v.heading = p.format.words.t("Index")
	f := frame{x: marginX}
	v.documents(f)
	v.people(f)
	if err := v.emojiList(ctx, f); err != nil {
		return err
	}
	v.replacedList(f)
	v.section(f, "Fonts")
	for _, x := range p.fonts.Used() {
		v.columns(f, []int{140000, 110000}, false, 0, []typeset.Span{span(x.Name(), small(black))}, []typeset.Span{span(firstOf(x.File, p.format.words.t("part of Chatferry")), small(muted))}, []typeset.Span{span(x.Digest, monoSmall())})
	}
	v.flush()
	v.breakPage()
	newest := ""
	for i := range p.made {
		newest = max(newest, p.made[i].tally.newest)
	}
	v.info.Title = p.title + " · " + p.format.words.t("Index")
	v.info.Date = p.format.read(newest)
	v.indexFront()
	v.total()
	if v.err != nil {
		return v.err
	}
	if err := v.doc.Close(v.info); err != nil {
		return storage(indexName, err)
	}
	return v.file.Close()
}

// indexFront is the first page of the index.
func (v *volume) indexFront() {
	v.lead, v.heading, v.day = true, "", ""
	f := frame{x: marginX}
	v.y = 0
	v.add(row{height: 40000, parts: []part{{box: document.Box{X: marginX, Y: 30000, W: 36000, H: 3000}, color: accent}}})
	v.text(f, false, span(strings.ToUpper(v.words.t("Chat history")), bold(9000, accent)))
	v.add(row{height: 8000})
	v.text(f, false, span(clip(oneLine(v.title), 140), bold(22000, black)))
	v.text(f, false, span(v.words.t("Index of all documents"), typeset.Style{Size: 12000, Color: muted}))
	v.add(row{height: 16000})
	v.rule(false)
	var t tally
	var pages, exhibits, replaced int64
	for i := range v.made {
		m := &v.made[i]
		t.messages += m.tally.messages
		t.records += m.tally.records
		t.replies += m.tally.replies
		t.edited += m.tally.edited
		t.deleted += m.tally.deleted
		t.absent += m.tally.absent
		if m.tally.from != "" && (t.from == "" || m.tally.from < t.from) {
			t.from = m.tally.from
		}
		t.until = max(t.until, m.tally.until)
		pages, exhibits, replaced = pages+int64(m.pages), exhibits+int64(m.exhibits), replaced+m.replaced
	}
	fact := func(name, value string) {
		v.columns(f, []int{150000}, false, 0, []typeset.Span{span(v.words.t(name), typeset.Style{Size: 9000, Color: muted})}, []typeset.Span{span(value, typeset.Style{Size: 9000, Color: black})})
		v.add(row{height: 2500})
	}
	fact("Documents", thousands(int64(len(v.made)))+" · "+v.words.f("%s pages", thousands(pages)))
	fact("Messages", strings.Join(nonEmpty(thousands(t.messages), v.some("%s replies", t.replies), v.some("%s edited", t.edited), v.some("%s deleted", t.deleted)), " · "))
	fact("Period", strings.Join(nonEmpty(t.from, t.until), " – "))
	fact("Attachments", strings.Join(nonEmpty(thousands(exhibits), v.some("%s without their bytes", t.absent)), " · "))
	fact("People", thousands(int64(len(v.history.People))))
	fact("Conversations", thousands(int64(len(v.history.Places))))
	fact("Times", v.words.f("in the zone %s", v.Zone))
	fact("Made by", "Chatferry, "+name+" "+version)
	fact("Characters without a glyph", thousands(replaced))
	v.rule(false)
	v.add(row{height: 6000})
	v.text(f, false, span(v.words.t("Beside the documents stand the attachments in the folder media, and in the folder records the full data that every page was made from. manifest-sha256.txt names all files with their digests; “sha256sum -c manifest-sha256.txt” checks them."), typeset.Style{Size: 9000, Color: black}))
	v.breakPage()
	v.lead = false
}

// documents lists every document with what is in it.
func (v *volume) documents(f frame) {
	v.section(f, "Documents")
	for i := range v.made {
		m := &v.made[i]
		t := &m.tally
		facts := nonEmpty(strings.Join(nonEmpty(t.from, t.until), " – "), v.words.f("%s messages", thousands(t.messages)), v.words.f("%s pages", thousands(int64(m.pages))), v.some("%s attachments", t.files))
		if t.records > 0 {
			facts = append(facts, v.words.f("No. %s to %s", thousands(t.first), thousands(t.last)))
		}
		v.text(f, true, span(m.title, bold(9000, black)))
		v.text(f, true, span(strings.Join(facts, " · "), small(muted)))
		v.text(f, false, span(m.name, small(accent)))
		v.space(f, 6000)
	}
}

// people lists everybody that the history describes.
func (v *volume) people(f frame) {
	if len(v.history.People) == 0 {
		return
	}
	v.section(f, "People")
	for _, p := range v.history.People {
		v.begin(p.Key, firstOf(oneLine(p.Name), p.ID))
		facts := []string{oneLine(p.Username), v.words.t(p.Kind)}
		if p.Deactivated {
			facts = append(facts, v.words.t("deactivated"))
		}
		facts = append(append(facts, p.Title), p.Departments...)
		contact := append(append([]string{}, p.Emails...), nonEmpty(p.Phone)...)
		v.columns(f, []int{150000, 150000}, false, 0,
			[]typeset.Span{span(oneLine(v.history.Name(p.Key)), bold(8500, black))},
			[]typeset.Span{span(oneLine(strings.Join(nonEmpty(facts...), " · ")), small(muted))},
			[]typeset.Span{span(oneLine(strings.Join(nonEmpty(contact...), " · ")), small(black)), span("  "+p.Key, small(muted))})
		v.end()
	}
}

// emojiList names the custom emoji.
func (v *volume) emojiList(ctx context.Context, f frame) error {
	if len(v.history.Emoji) == 0 {
		return ctx.Err()
	}
	v.section(f, "Custom emoji")
	for _, e := range v.history.Emoji {
		v.begin(e.Key, e.Name)
		digest := ""
		if e.Image != nil && e.Image.State == message.MediaPresent {
			digest = e.Image.SHA256
		}
		v.columns(f, []int{150000, 100000}, false, 0, []typeset.Span{span(":"+oneLine(e.Name)+":", small(black))}, []typeset.Span{span(oneLine(e.AliasFor), small(muted))}, []typeset.Span{span(digest, monoSmall())})
		v.end()
	}
	return ctx.Err()
}
