package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/element"
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
	if p.S.Kind() == scan.Null {
		p.S.SkipNull()
		return
	}
	if !p.Object(&p.Ext) {
		return
	}
	p.m.Attachments = append(p.m.Attachments, message.Attachment{})
	a := &p.m.Attachments[len(p.m.Attachments)-1]
	var st fileState
	for p.S.Object(); p.S.Next(); {
		p.fileMember(a, &st)
	}
	if p.S.Err() == nil {
		p.settleFile(a, &st)
	}
}

func (p *parser) fileMember(a *message.Attachment, st *fileState) {
	ext := &a.Ext
	switch p.S.Key() {
	case "id":
		p.Set(&a.ID, p.Str(ext))
	case "name":
		a.Name = p.Str(ext)
	case "title":
		a.Title = p.Str(ext)
	case "mimetype":
		a.MIME = p.Str(ext)
	case "mode":
		a.Mode = p.Str(ext)
	case "size":
		raw := p.Scalar(ext)
		if len(raw) > 18 || !digits(raw) {
			p.Put(ext, "size", element.Quote(raw))
			raw = ""
		}
		a.Size = raw
	case "user":
		a.Uploader = p.person(p.Str(ext))
	case "created":
		st.created = p.Scalar(ext)
	case "timestamp":
		st.timestamp = p.Scalar(ext)
	case "url_private":
		st.private = p.Str(ext)
	case "url_private_download":
		st.download = p.Str(ext)
	case "permalink":
		a.Permalink = p.Str(ext)
	case "file_access":
		st.access = p.Str(ext)
	case "is_external":
		st.external = p.Flag(ext)
	case "external_type":
		st.externalType = p.Str(ext)
	case "original_w":
		a.Width = p.Count(ext)
	case "original_h":
		a.Height = p.Count(ext)
	case "duration_ms":
		a.Duration = seconds(p.Scalar(ext))
	case "alt_txt":
		a.Alt = p.Str(ext)
	case "preview":
		a.Preview = p.Str(ext)
	case "subtype":
		st.video = p.Str(ext)
	default:
		p.Other(ext)
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
		p.Put(&a.Ext, "timestamp", element.Quote(st.timestamp))
	}
	if a.Uploaded == nil && st.created != "" && st.created != "0" {
		p.Put(&a.Ext, "created", element.Quote(st.created))
	}
	a.URL = first(st.private, st.download)
	if st.download != "" && st.download != a.URL {
		p.Put(&a.Ext, "url_private_download", element.Quote(st.download))
	}
	if st.access != "" && st.access != "visible" {
		p.Put(&a.Ext, "file_access", element.Quote(st.access))
	}
	if st.video != "" {
		p.Put(&a.Ext, "subtype", element.Quote(st.video))
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
	list := element.Objects(raw)
	if len(list) == 0 {
		p.Put(&p.Ext, "attachments", raw)
		return
	}
	keep := false
	for _, a := range list {
		keep = !p.card(a) || keep
	}
	if keep {
		p.Put(&p.Ext, "attachments", raw)
	}
}

// card places one legacy attachment and tells whether that kept its exact JSON.
func (p *parser) card(raw string) (exact bool) {
	from := first(element.Member(raw, "from_url"), element.Member(raw, "original_url"))
	if (element.Flag(raw, "is_msg_unfurl") || element.Flag(raw, "is_share")) && p.quote(raw) {
		return false
	}
	if from != "" && element.RawMember(raw, "actions") == "" && element.RawMember(raw, "fields") == "" {
		p.m.Links = append(p.m.Links, message.Link{
			URL: from, Title: unescape(element.Member(raw, "title")), Description: unescape(element.Member(raw, "text")),
			Service: element.Member(raw, "service_name"), Image: first(element.Member(raw, "image_url"), element.Member(raw, "thumb_url")),
		})
		return false
	}
	c := message.Card{Kind: "slack.attachment", Title: unescape(element.Member(raw, "title")), JSON: raw, Author: element.Member(raw, "author_name"), URL: element.Member(raw, "title_link")}
	if c.Text = readable(raw); c.Text == "" {
		c.Text = unescape(element.Member(raw, "fallback"))
	}
	p.m.Cards = append(p.m.Cards, c)
	return true
}

// quote reads a copy of another message. There is room for one of each kind; a further one becomes a
// link. The whole stays in Ext.
func (p *parser) quote(raw string) bool {
	q := &message.Quote{Text: element.Member(raw, "text"), AuthorName: first(element.Member(raw, "author_name"), element.Member(raw, "author_subname"))}
	if id := element.Member(raw, "author_id"); id != "" {
		q.Author = p.person(id)
	}
	ts := element.Member(raw, "ts")
	q.Sent = message.EpochTime(ts)
	if id := element.Member(raw, "channel_id"); id != "" {
		q.Conversation = strings.Clone(p.placeKey(id))
		if ts != "" {
			q.Message = p.keyIn(q.Conversation, ts)
		}
	}
	if q.Text == "" {
		q.Text = element.Member(raw, "fallback")
	}
	switch {
	case element.Flag(raw, "is_share") && p.m.Forwarded == nil:
		p.m.Forwarded = q
	case p.m.Quoted == nil:
		p.m.Quoted = q
	default:
		return false
	}
	return true
}
