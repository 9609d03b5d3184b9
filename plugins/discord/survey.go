package discord

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/scan"
)

// Limits of what is learned of a document.
const (
	maxHeader = 1 << 20 // of a member that is not messages
	maxPeople = 200_000
	maxPerson = 8 << 10
	maxEmoji  = 50_000
)

// fence stands before the messages; there is one array of them in a document.
const fence = `"messageCount"`

// surveyor goes over one document and learns who is in it.
type surveyor struct {
	s    *source
	d    *document
	m    element.Members
	seen []string // raw people of one message
	by   string   // its raw author
	icon []string // raw emoji of one message
}

// survey fills in a document and plans its messages.
func (s *source) survey(ctx context.Context, d *document) error {
	v := &surveyor{s: s, d: d}
	a := &element.Array{Ctx: ctx, To: v, Fence: fence, Tiny: s.window}
	if err := a.Start(d.entry.Path, io.NewSectionReader(d.file, 0, d.file.Size), d.file.Size); err != nil {
		return err
	}
	var pieces []element.Piece
	if err := a.Object(func(name string) error {
		a.Kind()
		at := a.Offset()
		if name != "messages" || a.Kind() != scan.Arr {
			raw, err := a.Take(maxHeader)
			if raw != "" {
				d.head[name] = strings.ToValidUTF8(raw, "\ufffd")
			}
			if name == "channel" {
				d.at = at
			}
			return err
		}
		p := element.Piece{File: d.entry.Path, Doc: d.file, Size: d.file.Size, Offset: at, Index: a.Index(), Of: d}
		lost := len(a.Lost)
		err := a.Elements()
		a.Lost = a.Lost[:lost] // reading says what is wrong in here
		p.Bytes = a.Offset() - at
		pieces = append(pieces, p)
		return err
	}); err != nil {
		return err
	}
	if err := a.End(); err != nil {
		return err
	}
	for _, p := range pieces {
		s.plan.Add(channelKey(d.channel("id")), p)
	}
	d.lost = a.Lost
	if n, err := strconv.ParseInt(d.head["messageCount"], 10, 40); err == nil && n >= 0 {
		s.claims[d.channel("id")] += n
	}
	if d.file.Damage != nil {
		d.lost = append(d.lost, element.Part{Offset: d.file.Size, Reason: "damaged", Detail: d.file.Damage.Error() + "; the records read from this file may be wrong"})
	}
	return nil
}

// Parse looks at one message for who is in it.
func (v *surveyor) Parse(s *scan.Scanner, _ string) {
	v.seen, v.icon, v.by = v.seen[:0], v.icon[:0], ""
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	for s.Object(); s.Next(); {
		switch s.Key() {
		case "author":
			v.by = s.Raw()
		case "mentions":
			v.seen = append(v.seen, element.Objects(s.Raw())...)
		case "interaction":
			v.seen = append(v.seen, element.RawMember(s.Raw(), "user"))
		case "reactions":
			for _, x := range element.Objects(s.Raw()) {
				v.icon = append(v.icon, element.RawMember(x, "emoji"))
				v.seen = append(v.seen, element.Objects(element.RawMember(x, "users"))...)
			}
		default:
			s.Skip()
		}
	}
}

// Emit keeps what was learned.
func (v *surveyor) Emit(*element.Place) error {
	v.meet(v.by, true)
	for _, raw := range v.seen {
		v.meet(raw, false)
	}
	for _, raw := range v.icon {
		id := element.Member(raw, "id")
		if _, known := v.s.emoji[id]; id != "" && !known && len(raw) < maxPerson && len(v.s.emoji) < maxEmoji {
			v.s.emoji[strings.Clone(id)] = picture{strings.Clone(element.Member(raw, "name")), strings.Clone(element.Member(raw, "imageUrl")), v.d}
		}
	}
	return nil
}

// meet keeps how somebody is described: as an author, if he ever is one, because that says the most.
func (v *surveyor) meet(raw string, author bool) {
	id := element.Member(raw, "id")
	known := v.s.people[id]
	if id == "" || len(raw) > maxPerson || known != nil && (known.author || !author) || known == nil && len(v.s.people) >= maxPeople {
		return
	}
	own := string([]byte(raw))
	v.s.people[strings.Clone(id)] = &account{raw: own, compact: strings.Clone(v.m.Compact(own)), doc: v.d, author: author}
}

// Begins tells a message by the members that each has.
func (v *surveyor) Begins(view string) bool { return begins(view) }

func begins(view string) bool {
	s := scan.New(view)
	id, typ, at := false, false, false
	for s.Object(); s.Next(); s.Skip() {
		id = id || s.Key() == "id"
		typ = typ || s.Key() == "type"
		at = at || s.Key() == "timestamp"
	}
	return s.Err() == nil && id && typ && at
}
