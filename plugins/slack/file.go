package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// fileState are members that decide an attachment's state and URL.
type fileState struct {
	access, download, private, externalType string
	external                                bool
	timestamp, created                      string
	video                                   string
}

// file reads a file object into the next attachment.
func (p *parser) file() {
	if p.s.Kind() == scan.Null {
		p.s.SkipNull()
		return
	}
	if !p.object(&p.ext) {
		return
	}
	p.m.Attachments = append(p.m.Attachments, message.Attachment{})
	a := &p.m.Attachments[len(p.m.Attachments)-1]
	var st fileState
	for p.s.Object(); p.s.Next(); {
		p.fileMember(a, &st)
	}
	if p.s.Err() == nil {
		p.settleFile(a, &st)
	}
}

func (p *parser) fileMember(a *message.Attachment, st *fileState) {
	ext := &a.Ext
	switch p.s.Key() {
	case "id":
		p.set(&a.ID, p.str(ext))
	case "name":
		a.Name = p.str(ext)
	case "title":
		a.Title = p.str(ext)
	case "mimetype":
		a.MIME = p.str(ext)
	case "mode":
		a.Mode = p.str(ext)
	case "size":
		raw := p.scalar(ext)
		if len(raw) > 18 || !digits(raw) {
			p.put(ext, "size", quote(raw))
			raw = ""
		}
		a.Size = raw
	case "user":
		a.Uploader = p.person(p.str(ext))
	case "created":
		st.created = p.scalar(ext)
	case "timestamp":
		st.timestamp = p.scalar(ext)
	case "url_private":
		st.private = p.str(ext)
	case "url_private_download":
		st.download = p.str(ext)
	case "permalink":
		a.Permalink = p.str(ext)
	case "file_access":
		st.access = p.str(ext)
	case "is_external":
		st.external = p.flag(ext)
	case "external_type":
		st.externalType = p.str(ext)
	case "original_w":
		a.Width = p.count(ext)
	case "original_h":
		a.Height = p.count(ext)
	case "duration_ms":
		a.Duration = seconds(p.scalar(ext))
	case "alt_txt":
		a.Alt = p.str(ext)
	case "preview":
		a.Preview = p.str(ext)
	case "subtype":
		st.video = p.str(ext)
	default:
		p.other(ext)
	}
}

// seconds turns milliseconds into decimal seconds.
func seconds(ms string) string {
	if ms == "" || !digits(ms) || len(ms) > 15 {
		return ""
	}
	if len(ms) < 4 {
		ms = "0000"[len(ms):] + ms
	}
	s := strings.TrimRight(ms[len(ms)-3:], "0")
	if s != "" {
		s = "." + s
	}
	return ms[:len(ms)-3] + s
}

func (p *parser) settleFile(a *message.Attachment, st *fileState) {
	a.Uploaded = createdOf(first(st.created, st.timestamp))
	if st.timestamp != st.created && st.timestamp != "" && st.created != "" {
		p.put(&a.Ext, "timestamp", quote(st.timestamp))
	}
	if a.Uploaded == nil && st.created != "" && st.created != "0" {
		p.put(&a.Ext, "created", quote(st.created))
	}
	a.URL = first(st.private, st.download)
	if st.download != "" && st.download != a.URL {
		p.put(&a.Ext, "url_private_download", quote(st.download))
	}
	if st.access != "" && st.access != "visible" {
		p.put(&a.Ext, "file_access", quote(st.access))
	}
	if st.video != "" {
		p.put(&a.Ext, "subtype", quote(st.video))
	}
	a.External = st.externalType
	a.Role = roleOf(a.MIME, st.video)
	a.State, a.Reason = message.MediaRemote, "not_in_dump"
	switch {
	case a.Mode == "tombstone":
		a.State, a.Reason = message.MediaDeleted, "tombstone"
	case a.Mode == "hidden_by_limit":
		a.State, a.Reason = message.MediaWithheld, "hidden_by_limit"
	case st.access == "access_denied":
		a.State, a.Reason = message.MediaForbidden, "access_denied"
	case st.access == "file_not_found":
		a.State, a.Reason = message.MediaMissing, "file_not_found"
	case st.external || a.Mode == "external":
		a.Reason = "external"
		if a.External == "" {
			a.External = "unknown"
		}
	case st.access == "check_file_info":
		a.Reason = "check_file_info"
	}
}

func roleOf(mime, subtype string) string {
	kind, _, _ := strings.Cut(mime, "/")
	switch {
	case subtype == "slack_audio":
		return "voice"
	case kind == "image":
		return "image"
	case kind == "video":
		return "video"
	}
	return "file"
}

// cards reads the member "attachments": previews of links become Links, copies of other messages
// Quoted or Forwarded, anything else a Card with its exact JSON.
func (p *parser) cards() {
	raw := p.f.cards
	if raw == "" {
		return
	}
	list := objectsOf(raw)
	if len(list) == 0 {
		p.put(&p.ext, "attachments", raw)
		return
	}
	keep := false
	for _, a := range list {
		keep = !p.card(a) || keep
	}
	if keep {
		p.put(&p.ext, "attachments", raw)
	}
}

// card places one legacy attachment and tells whether that kept its exact JSON.
func (p *parser) card(raw string) (exact bool) {
	from := first(memberOf(raw, "from_url"), memberOf(raw, "original_url"))
	if (flagOf(raw, "is_msg_unfurl") || flagOf(raw, "is_share")) && p.quote(raw) {
		return false
	}
	if from != "" && rawMember(raw, "actions") == "" && rawMember(raw, "fields") == "" {
		p.m.Links = append(p.m.Links, message.Link{
			URL: from, Title: unescape(memberOf(raw, "title")), Description: unescape(memberOf(raw, "text")),
			Service: memberOf(raw, "service_name"), Image: first(memberOf(raw, "image_url"), memberOf(raw, "thumb_url")),
		})
		return false
	}
	c := message.Card{Kind: "slack.attachment", Title: unescape(memberOf(raw, "title")), JSON: raw, Author: memberOf(raw, "author_name"), URL: memberOf(raw, "title_link")}
	if c.Text = readable(raw); c.Text == "" {
		c.Text = unescape(memberOf(raw, "fallback"))
	}
	p.m.Cards = append(p.m.Cards, c)
	return true
}

// quote reads a copy of another message. There is room for one of each kind; a further one becomes a
// link. The whole stays in Ext.
func (p *parser) quote(raw string) bool {
	q := &message.Quote{Text: memberOf(raw, "text"), AuthorName: first(memberOf(raw, "author_name"), memberOf(raw, "author_subname"))}
	if id := memberOf(raw, "author_id"); id != "" {
		q.Author = p.person(id)
	}
	ts := memberOf(raw, "ts")
	q.Sent = timeOf(ts)
	if id := memberOf(raw, "channel_id"); id != "" {
		q.Conversation = strings.Clone(p.placeKey(id))
		if ts != "" {
			q.Message = p.keyIn(q.Conversation, ts)
		}
	}
	if q.Text == "" {
		q.Text = memberOf(raw, "fallback")
	}
	switch {
	case flagOf(raw, "is_share") && p.m.Forwarded == nil:
		p.m.Forwarded = q
	case p.m.Quoted == nil:
		p.m.Quoted = q
	default:
		return false
	}
	return true
}
