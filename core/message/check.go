package message

import (
	"errors"
	"fmt"
)

// Check applies the schema's rules that cost little: required fields, enumerations, and the
// shapes of times, sizes and digests. It is run on every record that crosses a plugin border.
// Its errors name fields, never values.
func (r *Record) Check() error {
	var c checker
	switch r.Type {
	case TypePerson:
		p := r.Person
		c.head(p.Type, TypePerson, p.V, p.Key)
		c.need("id", p.ID)
		c.one("kind", p.Kind, "human", "bot", "app", "guest", "system", "unknown", "deleted")
		c.time("active_from", p.ActiveFrom)
		c.time("active_until", p.ActiveUntil)
		c.time("updated", p.Updated)
		for i := range p.Names {
			c.time("names.from", p.Names[i].From)
			c.time("names.until", p.Names[i].Until)
		}
	case TypeConversation:
		v := r.Conversation
		c.head(v.Type, TypeConversation, v.V, v.Key)
		c.need("id", v.ID)
		c.need("system", v.System)
		c.one("kind", v.Kind, "public", "private", "direct", "group", "workspace", "space", "broadcast", "meeting", "ai", "unknown")
		c.time("created", v.Created)
		c.time("archived_at", v.ArchivedAt)
		c.time("deleted_at", v.DeletedAt)
		c.time("updated", v.Updated)
		for _, n := range []*Note{v.Topic, v.Purpose} {
			if n != nil {
				c.time("note.at", n.At)
			}
		}
		c.pins(v.Pins)
	case TypeMembership:
		m := r.Membership
		c.head(m.Type, TypeMembership, m.V, m.Key)
		c.need("conversation", m.Conversation)
		c.need("person", m.Person)
		c.clean("conversation", m.Conversation)
		c.clean("person", m.Person)
		c.time("joined", m.Joined)
		c.time("left", m.Left)
	case TypeMessage:
		c.message(r.Message)
	case TypeRevision:
		v := r.Revision
		c.head(v.Type, TypeRevision, v.V, v.Key)
		c.need("of", v.Of)
		c.need("conversation", v.Conversation)
		c.clean("of", v.Of)
		c.clean("conversation", v.Conversation)
		c.one("action", v.Action, "edit", "delete")
		c.time("at", v.At)
		for _, content := range []*Content{v.Previous, v.Current} {
			if content != nil {
				c.blocks(content.Rich)
			}
		}
	case TypeEmoji:
		e := r.Emoji
		c.head(e.Type, TypeEmoji, e.V, e.Key)
		c.need("name", e.Name)
		c.time("created", e.Created)
	case TypeAnalysis:
		a := r.Analysis
		c.head(a.Type, TypeAnalysis, a.V, a.Key)
		c.need("kind", a.Kind)
		if len(a.Of) == 0 {
			c.fail("of", "is empty")
		}
		c.time("at", a.At)
	default:
		return errors.New("check record: unknown type")
	}
	for _, a := range r.Attachments() {
		c.attachment(a)
	}
	if raw := *r.RawSource(); raw != nil {
		c.digits("raw.index", raw.Index)
		c.digits("raw.offset", raw.Offset)
		c.digits("raw.length", raw.Length)
		c.digest("raw.sha256", raw.SHA256)
	}
	if c.err != nil {
		return fmt.Errorf("check %s record: %w", r.Type, c.err)
	}
	return nil
}

type checker struct{ err error }

func (c *checker) fail(field, what string) {
	if c.err == nil {
		c.err = fmt.Errorf("field %s %s", field, what)
	}
}

func (c *checker) need(field, v string) {
	if v == "" {
		c.fail(field, "is missing")
	}
}

func (c *checker) head(typ, want string, v int, key string) {
	if typ != want {
		c.fail("type", "is not "+want)
	}
	if v != Version {
		c.fail("v", "is not a version this program knows")
	}
	c.need("key", key)
	c.clean("key", key)
}

// clean refuses control characters: keys are parts of sort keys and of lines for people.
func (c *checker) clean(field, v string) {
	for i := 0; i < len(v); i++ {
		if v[i] < 0x20 || v[i] == 0x7f {
			c.fail(field, "holds a control character")
			return
		}
	}
}

func (c *checker) one(field, v string, allowed ...string) {
	for _, a := range allowed {
		if v == a {
			return
		}
	}
	c.fail(field, "has a value outside its list")
}

func (c *checker) message(m *Message) {
	c.head(m.Type, TypeMessage, m.V, m.Key)
	c.need("id", m.ID)
	c.need("conversation", m.Conversation)
	c.clean("conversation", m.Conversation)
	c.clean("thread", m.Thread)
	c.need("kind", m.Kind)
	c.time("sent", &m.Sent)
	c.time("received", m.Received)
	c.time("expires", m.Expires)
	c.blocks(m.Rich)
	c.pins(m.Pins)
	for i := range m.Mentions {
		c.one("mentions.kind", m.Mentions[i].Kind, "person", "group", "conversation", "everyone", "here", "channel")
	}
	for i := range m.Links {
		c.need("links.url", m.Links[i].URL)
	}
	for i := range m.Cards {
		c.need("cards.kind", m.Cards[i].Kind)
	}
	for i := range m.Reactions {
		x := &m.Reactions[i]
		c.need("reactions.emoji", x.Emoji)
		if len(x.At) > 0 && len(x.At) != len(x.By) {
			c.fail("reactions.at", "is not parallel to by")
		}
		for _, at := range x.At {
			c.instant("reactions.at", at)
		}
	}
	if m.Edited != nil {
		c.edit("edited", m.Edited)
	}
	for i := range m.Revisions {
		c.edit("revisions", &m.Revisions[i])
	}
	for _, q := range []*Quote{m.Quoted, m.Forwarded} {
		if q != nil {
			c.time("quote.sent", q.Sent)
		}
	}
	c.receipts("flagged", m.Flagged)
	c.receipts("receipts", m.Receipts)
	if m.Deleted != nil {
		c.time("deleted.at", m.Deleted.At)
	}
	if m.ThreadInfo != nil {
		c.time("thread_info.latest", m.ThreadInfo.Latest)
	}
	if m.Call != nil {
		c.time("call.started", m.Call.Started)
		c.time("call.ended", m.Call.Ended)
	}
	if m.Event != nil {
		c.need("event.action", m.Event.Action)
	}
}

func (c *checker) blocks(list []Block) {
	for i := range list {
		c.need("rich.kind", list[i].Kind)
		for j := range list[i].Inlines {
			c.need("rich.inlines.kind", list[i].Inlines[j].Kind)
		}
	}
}

func (c *checker) edit(field string, e *Edit) {
	c.time(field+".at", e.At)
	if e.Previous != nil {
		c.blocks(e.Previous.Rich)
	}
}

func (c *checker) receipts(field string, list []Receipt) {
	for i := range list {
		c.time(field+".at", list[i].At)
	}
}

func (c *checker) pins(list []Pin) {
	for i := range list {
		c.time("pins.at", list[i].At)
	}
}

func (c *checker) attachment(a *Attachment) {
	c.one("attachment.state", a.State, MediaPresent, MediaMissing, MediaExpired, MediaForbidden, MediaTooLarge, MediaRemote, MediaWithheld, MediaDeleted)
	if a.State == MediaPresent && a.SHA256 == "" {
		c.fail("attachment.sha256", "is missing though the state is present")
	}
	c.digits("attachment.size", a.Size)
	c.digest("attachment.sha256", a.SHA256)
	c.time("attachment.uploaded", a.Uploaded)
	c.time("attachment.expires", a.Expires)
}

func (c *checker) digits(field, v string) {
	for i := 0; i < len(v); i++ {
		if v[i]-'0' > 9 {
			c.fail(field, "is not a decimal number")
			return
		}
	}
}

var lowerHex = func() (t [256]bool) {
	for _, b := range []byte(hexDigits) {
		t[b] = true
	}
	return t
}()

func (c *checker) digest(field, v string) {
	if v == "" {
		return
	}
	if len(v) != 64 {
		c.fail(field, "is not a SHA-256 in hex")
		return
	}
	bad := false
	for i := 0; i < len(v); i++ {
		bad = bad || !lowerHex[v[i]]
	}
	if bad {
		c.fail(field, "is not a SHA-256 in lower-case hex")
	}
}

func (c *checker) time(field string, t *Time) {
	if t == nil {
		return
	}
	c.instant(field, t.UTC)
	if t.Precision != "" {
		c.one(field+".precision", t.Precision, "ns", "us", "ms", "s", "min", "day")
	}
	if t.Zone != "" {
		c.one(field+".zone", t.Zone, "utc", "offset", "assumed", "unknown")
	}
}

func (c *checker) instant(field, v string) {
	if !Instant(v) {
		c.fail(field, "is not an RFC 3339 time in UTC")
	}
}

// Instant tells whether v is "2006-01-02T15:04:05[.fraction]Z", a real date and time of day, with at most
// nine fraction digits. time.Parse is slower and takes more: commas, hours of one digit, any fraction.
func Instant(v string) bool {
	const shape = "0000-00-00T00:00:00"
	if len(v) <= len(shape) || v[len(v)-1] != 'Z' {
		return false
	}
	for i := range len(shape) {
		if digit := v[i]-'0' <= 9; shape[i] == '0' && !digit || shape[i] != '0' && v[i] != shape[i] {
			return false
		}
	}
	if f := v[len(shape) : len(v)-1]; f != "" {
		if f[0] != '.' || len(f) < 2 || len(f) > 10 {
			return false
		}
		for i := 1; i < len(f); i++ {
			if d := f[i] - '0'; d > 9 {
				return false
			}
		}
	}
	two := func(i int) int { return int(v[i]-'0')*10 + int(v[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	if month < 1 || month > 12 || two(11) > 23 || two(14) > 59 || two(17) > 59 {
		return false
	}
	days := 31
	switch month {
	case 4, 6, 9, 11:
		days = 30
	case 2:
		days = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			days = 29
		}
	}
	return day >= 1 && day <= days
}
