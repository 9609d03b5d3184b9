package telegram

import (
	"github.com/chatferry/chatferry/core/message"
)

// actions are the service messages that the model has a kind for. Any other is a notice of the system, under
// Telegram's own word.
var actions = map[string]string{
	"invite_members": message.KindJoin, "join_group_by_link": message.KindJoin, "join_group_by_request": message.KindJoin, "joined_telegram": message.KindSystem,
	"remove_members":   message.KindLeave,
	"edit_group_title": message.KindRename,
	"pin_message":      message.KindPin,
	"phone_call":       message.KindCall, "conference_call": message.KindCall, "group_call": message.KindCall, "group_call_scheduled": message.KindCall, "invite_to_group_call": message.KindCall,
}

// outcomes are how calls ended.
var outcomes = map[string]string{"busy": "declined", "disconnect": "ended", "hangup": "ended", "missed": "missed"}

// service reads a notice: what happened, as data. Members are named without ids, so they stay in Ext.
func (r *reader) service() {
	f, m := &r.f, &r.m
	m.Kind, m.Subtype = message.KindSystem, f.action
	if k := actions[f.action]; k != "" {
		m.Kind = k
	}
	e := &message.Event{Action: m.Kind, Actor: m.Author}
	if m.Kind == message.KindSystem {
		e.Action = first(f.action, "notice")
	}
	if f.messageID != "" {
		e.Item, f.messageID = r.chat.key+":"+message.Key(f.messageID), ""
	}
	if e.New = first(f.newTitle, f.title); e.New != "" {
		f.newTitle, f.title = "", ""
	}
	m.Event = e
	if m.Kind == message.KindCall {
		m.Call = &message.Call{By: m.Author, Started: &message.Time{UTC: m.Sent.UTC, Precision: m.Sent.Precision, Zone: m.Sent.Zone}}
		m.Call.Outcome = outcomes[memberText(r.Ext["telegram.discard_reason"])]
	}
}

// memberText is the string that raw JSON holds, "" for anything else.
func memberText(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	return raw[1 : len(raw)-1]
}
