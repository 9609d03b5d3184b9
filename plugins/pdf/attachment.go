package pdf

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

// exhibit is an attachment in the list at a document's end.
type exhibit struct {
	number, message int64
	page            int
	name, kind      string
	size, sha       string
	state, reason   string
	path            string
}

// states are the words for an attachment without its bytes.
var states = map[string]string{
	message.MediaMissing:   "missing from the source",
	message.MediaExpired:   "expired before it could be saved",
	message.MediaForbidden: "the source did not allow it to be read",
	message.MediaTooLarge:  "too large to be saved",
	message.MediaRemote:    "kept on another server",
	message.MediaWithheld:  "withheld by the source",
	message.MediaDeleted:   "deleted in the source",
}

// Thumbnails are at most this large on the page.
const (
	thumbW = 230000
	thumbH = 170000
)

// attachment shows a picture small, and names the file with its size and digest. One without bytes says why.
func (v *volume) attachment(f frame, m *message.Message, a *message.Attachment) {
	v.serial.exhibit++
	v.tally.files++
	x := exhibit{number: v.serial.exhibit, message: v.serial.number, name: strings.Clone(oneLine(firstOf(a.Title, a.Name, v.words.t("file")))), state: strings.Clone(a.State), reason: strings.Clone(a.Reason)}
	if a.Name != "" && a.Name != x.name && a.Title != "" {
		x.name += " (" + strings.Clone(oneLine(a.Name)) + ")"
	}
	x.kind = strings.Clone(oneLine(firstOf(a.Sniffed, a.MIME)))
	found, err := v.history.Media.Find(a)
	v.fail(err)
	if found != nil && !found.Lost {
		x.size, x.path, x.sha = bytesOf(found.Size)+" ("+thousands(found.Size)+" B)", strings.Clone(found.Path), strings.Clone(a.SHA256)
		if found.Type != "" {
			x.kind = found.Type
		}
	} else {
		x.sha = strings.Clone(a.SHA256)
		if n, err := strconv.ParseInt(a.Size, 10, 64); err == nil {
			x.size = bytesOf(n)
		}
		v.tally.absent++
	}
	v.space(f, 4000)
	if x.path != "" {
		pic, err := v.picture(found, a.SHA256)
		v.fail(err)
		if pic.image != 0 {
			v.thumbnail(f, pic)
		}
	}
	head := []typeset.Span{span(v.words.f("Exhibit %s", thousands(x.number))+"  ", bold(8500, accent)), span(x.name, bold(8500, black)), span("   "+strings.Join(nonEmpty(x.size, x.kind), " · "), small(muted))}
	v.text(f, true, head...)
	switch {
	case x.path != "":
		v.text(f, false, span("SHA-256 ", small(muted)), span(x.sha, typeset.Style{Style: mono(7000).Style, Size: 7000, Color: muted}))
	default:
		v.text(f, false, span(strings.Join(nonEmpty(v.words.t(firstOf(states[x.state], x.state, "missing from the source")), x.reason), ": "), italic(8500, alarm)))
	}
	for _, t := range []struct{ word, text string }{{"Description", a.Alt}, {"Transcript", a.Transcript}, {"Excerpt", a.Preview}} {
		if t.text != "" {
			v.text(f.quoted(), false, span(v.words.t(t.word)+": ", small(muted)), span(t.text, typeset.Style{Size: 9000, Color: black}))
		}
	}
	x.page = v.number()
	v.exhibits = append(v.exhibits, x)
}

// thumbnail puts a picture; what names it stays with it.
func (v *volume) thumbnail(f frame, p shown) {
	w, h := p.width*750, p.height*750 // at 96 points to the inch
	if w > thumbW {
		w, h = thumbW, h*thumbW/w
	}
	if h > thumbH {
		w, h = w*thumbH/h, thumbH
	}
	w, h = max(w, 4000), max(h, 4000)
	v.add(row{height: h + 4000, keep: true, bars: f.bars, parts: []part{
		{box: document.Box{X: f.x - 500, Y: 1500, W: w + 1000, H: h + 1000}, color: hair},
		{image: p.image, box: document.Box{X: f.x, Y: 2000, W: w, H: h}},
	}})
}
