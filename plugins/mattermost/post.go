package mattermost

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/projection"
)

// postTypes are the types of Mattermost's own notices for kinds of messages.
var postTypes = map[string]string{
	message.KindMe: "me", message.KindJoin: "system_join_channel", message.KindLeave: "system_leave_channel", message.KindTopic: "system_header_change",
	message.KindPurpose: "system_purpose_change", message.KindRename: "system_displayname_change", message.KindArchive: "system_channel_deleted",
	message.KindUnarchive: "system_channel_restored", message.KindSystem: "system_generic",
}

// post appends a post without what closes it: a reply is whole, a root lacks its replies and "}}".
// It also gives how many characters the properties have.
func (w *writer) post(b []byte, m *message.Message, reply bool) ([]byte, int) {
	switch {
	case reply:
		b = append(b, `{"user":`...)
	case w.slot.direct():
		b = append(b, `{"type":"direct_post","direct_post":{"channel_members":`...)
		b = append(appendStrings(b, w.slot.members), `,"user":`...)
	default:
		b = message.AppendString(append(b, `{"type":"post","post":{"team":`...), w.slot.team)
		b = append(appendText(b, "channel", w.slot.name), `,"user":`...)
	}
	b = message.AppendString(b, first(m.Author, unknownAuthor))
	if t := postTypes[m.Kind]; t != "" {
		b = appendText(b, "type", t)
	}
	at := projection.Millis(m.Sent.UTC)
	b = appendInt(appendText(b, "message", m.Text), "create_at", at)
	if m.Edited != nil && m.Edited.At != nil {
		b = appendInt(b, "edit_at", projection.Millis(m.Edited.At.UTC))
	}
	if len(m.Pins) > 0 {
		b = append(b, `,"is_pinned":true`...)
	}
	start := len(b) + len(`,"props":`)
	b = w.props(append(b, `,"props":`...), m, reply)
	props := utf8.RuneCount(b[start:])
	if len(m.Flagged) > 0 {
		b = append(b, `,"flagged_by":[`...)
		for i := range m.Flagged {
			b = append(message.AppendString(b, m.Flagged[i].By), ',')
		}
		b[len(b)-1] = ']'
	}
	b = appendReactions(b, m.Reactions)
	b = w.attachments(b, m.Attachments)
	if reply {
		b = append(b, '}')
	}
	return b, props
}

// props holds what Mattermost shows of an author's other name, and what we need to know the post again.
func (w *writer) props(b []byte, m *message.Message, reply bool) []byte {
	b = message.AppendString(append(b, `{"chatferry":{"key":`...), m.Key)
	if m.ID != lastPart(m.Key) {
		b = appendText(b, "id", m.ID)
	}
	if m.Kind != message.KindText {
		b = appendText(b, "kind", m.Kind)
	}
	if m.Subtype != "" {
		b = appendText(b, "subtype", m.Subtype)
	}
	if m.Thread != "" && !reply {
		b = appendText(b, "thread", m.Thread)
	}
	if m.Sent.ShiftMS != 0 {
		b = appendInt(b, "shift_ms", int64(m.Sent.ShiftMS))
	}
	if p := m.Part; p != nil {
		b = appendInt(appendInt(b, "part", int64(p.Number)), "of", int64(p.Of))
		if p.Parent != "" {
			b = appendText(b, "parent", p.Parent)
		}
	}
	if m.Author == "" {
		b = append(b, `,"no_author":true`...)
	}
	for i := range m.Attachments {
		if i == 0 {
			b = append(b, `,"files":[`...)
		}
		b = append(appendFile(b, &m.Attachments[i]), ',')
	}
	if len(m.Attachments) > 0 {
		b[len(b)-1] = ']'
	}
	b = append(b, '}')
	if m.ShownAs != nil {
		b = append(b, `,"from_webhook":"true"`...)
		if m.ShownAs.Name != "" {
			b = appendText(b, "override_username", m.ShownAs.Name)
		}
	}
	return append(b, '}')
}

// lastPart is a key's last part, "" when it is escaped.
func lastPart(key string) string {
	s := key[strings.LastIndexByte(key, ':')+1:]
	if strings.IndexByte(s, '%') >= 0 {
		return ""
	}
	return s
}

// appendFile describes an attachment; for one that is missing this is all there is.
func appendFile(b []byte, a *message.Attachment) []byte {
	b = message.AppendString(append(b, `{"state":`...), a.State)
	for _, f := range [...][2]string{{"id", a.ID}, {"name", a.Name}, {"size", a.Size}, {"reason", a.Reason}} {
		if f[1] != "" {
			b = appendText(b, f[0], f[1])
		}
	}
	if a.State != message.MediaPresent && a.SHA256 != "" {
		b = appendText(b, "sha256", a.SHA256)
	}
	return append(b, '}')
}

func appendReactions(b []byte, list []message.Reaction) []byte {
	n := 0
	for i := range list {
		r := &list[i]
		for k, by := range r.By {
			if n == 0 {
				b = append(b, `,"reactions":[`...)
			} else {
				b = append(b, ',')
			}
			n++
			b = message.AppendString(append(b, `{"user":`...), by)
			b = appendText(b, "emoji_name", r.Emoji)
			at := int64(0)
			if k < len(r.At) {
				at = projection.Millis(r.At[k])
			}
			b = append(strconv.AppendInt(append(b, `,"create_at":`...), at, 10), '}')
		}
	}
	if n > 0 {
		b = append(b, ']')
	}
	return b
}

func (w *writer) attachments(b []byte, list []message.Attachment) []byte {
	n := 0
	for i := range list {
		if list[i].State != message.MediaPresent {
			continue
		}
		if n == 0 {
			b = append(b, `,"attachments":[`...)
		} else {
			b = append(b, ',')
		}
		n++
		b = append(message.AppendString(append(b, `{"path":`...), w.path(&list[i])), '}')
	}
	if n > 0 {
		b = append(b, ']')
	}
	return b
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = message.AppendString(b, s)
	}
	return append(b, ']')
}
