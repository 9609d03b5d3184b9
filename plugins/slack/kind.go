package slack

import (
	"github.com/chatferry/chatferry/core/element"
)

import "github.com/chatferry/chatferry/core/message"

// kinds maps every subtype that Slack's own libraries know. One that is not here is "unknown" and
// keeps its name in Subtype.
var kinds = map[string]string{
	"bot_message":                     message.KindBot,
	"slackbot_response":               message.KindBot,
	"me_message":                      message.KindMe,
	"file_share":                      message.KindFile,
	"file_mention":                    message.KindFile,
	"file_comment":                    message.KindComment,
	"reminder_add":                    message.KindReminder,
	"tombstone":                       message.KindTombstone,
	"ekm_access_denied":               message.KindWithheld,
	"pinned_item":                     message.KindPin,
	"unpinned_item":                   message.KindUnpin,
	"huddle_thread":                   message.KindCall,
	"sh_room_created":                 message.KindCall,
	"sh_room_shared":                  message.KindCall,
	"channel_join":                    message.KindJoin,
	"group_join":                      message.KindJoin,
	"app_conversation_join":           message.KindSystem,
	"channel_leave":                   message.KindLeave,
	"group_leave":                     message.KindLeave,
	"app_conversation_leave":          message.KindSystem,
	"channel_topic":                   message.KindTopic,
	"group_topic":                     message.KindTopic,
	"channel_purpose":                 message.KindPurpose,
	"group_purpose":                   message.KindPurpose,
	"channel_name":                    message.KindRename,
	"group_name":                      message.KindRename,
	"channel_archive":                 message.KindArchive,
	"group_archive":                   message.KindArchive,
	"channel_unarchive":               message.KindUnarchive,
	"group_unarchive":                 message.KindUnarchive,
	"bot_add":                         message.KindSystem,
	"bot_remove":                      message.KindSystem,
	"bot_enable":                      message.KindSystem,
	"bot_disable":                     message.KindSystem,
	"document_mention":                message.KindSystem,
	"document_comment_root":           message.KindSystem,
	"assistant_app_thread":            message.KindSystem,
	"message_replied":                 message.KindSystem,
	"joiner_notification":             message.KindSystem,
	"channel_canvas_updated":          message.KindSystem,
	"channel_convert_to_private":      message.KindSystem,
	"channel_convert_to_public":       message.KindSystem,
	"channel_posting_permissions":     message.KindSystem,
	"group_posting_permissions":       message.KindSystem,
	"joiner_notification_for_inviter": message.KindSystem,
	"canvas_updated":                  message.KindSystem,
	"canvas_mention":                  message.KindSystem,
	"canvas_share":                    message.KindSystem,
}

// kindOf decides the kind of the message in p.
func (p *parser) kindOf() string {
	switch sub := p.f.subtype; sub {
	case "", "thread_broadcast", "reply_broadcast":
		switch {
		case p.f.bot != "":
			return message.KindBot
		case len(p.m.Attachments) > 0:
			return message.KindFile
		}
		return message.KindText
	default:
		if k, ok := kinds[sub]; ok {
			return k
		}
		return message.KindUnknown
	}
}

// events are the kinds that are something the system noted, with its data in Event.
func isEvent(kind string) bool {
	switch kind {
	case message.KindJoin, message.KindLeave, message.KindTopic, message.KindPurpose, message.KindRename, message.KindArchive,
		message.KindUnarchive, message.KindPin, message.KindUnpin, message.KindSystem, message.KindReminder:
		return true
	}
	return false
}

// event fills in what a system message says. Members that it uses are not repeated in Ext.
func (p *parser) event() {
	f, m := &p.f, &p.m
	if !isEvent(m.Kind) {
		return
	}
	e := &message.Event{Action: m.Kind, Actor: m.Author}
	m.Event = e
	switch m.Kind {
	case message.KindJoin:
		e.Targets = one(m.Author)
		if f.inviter != "" {
			e.Actor = p.person(f.inviter)
			f.inviter = ""
		}
	case message.KindLeave:
		e.Targets = one(m.Author)
	case message.KindTopic:
		e.New, f.topic = f.topic, ""
	case message.KindPurpose:
		e.New, f.purpose = f.purpose, ""
	case message.KindRename:
		e.Old, e.New = f.oldName, f.name
		f.oldName, f.name = "", ""
	case message.KindPin, message.KindUnpin:
		e.Item = p.item()
	case message.KindSystem:
		e.Action = f.subtype
		if f.inviter != "" {
			e.Targets = one(p.person(f.inviter))
			f.inviter = ""
		}
		if len(f.subtype) > 4 && f.subtype[:4] == "bot_" && f.bot != "" {
			e.Targets = one(p.person(f.bot))
		}
	}
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// item is the key of the pinned message or the id of the pinned file. The item itself stays in Ext.
func (p *parser) item() string {
	if p.f.item != "" {
		if ts := element.Path(p.f.item, "message", "ts"); ts != "" {
			return p.keyIn(p.placeKey(element.Path(p.f.item, "channel")), ts)
		}
		if ts := element.Member(p.f.item, "ts"); ts != "" {
			return p.messageKey(ts)
		}
		return first(element.Member(p.f.item, "id"), element.Path(p.f.item, "file", "id"))
	}
	if len(p.m.Attachments) > 0 {
		return p.m.Attachments[0].ID
	}
	if p.m.Quoted != nil {
		return p.m.Quoted.Message
	}
	return ""
}

// placeKey is the key of a conversation id, this conversation for "".
func (p *parser) placeKey(id string) string {
	if id == "" || id == p.conv.id {
		return p.conv.key
	}
	return p.ids.key(id)
}
