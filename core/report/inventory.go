package report

import (
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Media is a number of attachments and the bytes that the source says they have.
type Media struct {
	Count int64 `json:"count"`
	Bytes int64 `json:"bytes"`
}

// Inventory is what is in a dump.
type Inventory struct {
	Path                string           `json:"path"`
	Format              string           `json:"format"` // begins with the system's name
	People              int64            `json:"people"`
	PeopleByKind        map[string]int64 `json:"people_by_kind,omitempty"`
	Conversations       int64            `json:"conversations"` // without workspaces, which are containers
	ConversationsByKind map[string]int64 `json:"conversations_by_kind,omitempty"`
	Workspaces          int64            `json:"workspaces"`
	Memberships         int64            `json:"memberships"`
	Messages            int64            `json:"messages"` // every record of the history: replies and system events too
	MessagesByKind      map[string]int64 `json:"messages_by_kind,omitempty"`
	MessagesByMonth     map[string]int64 `json:"messages_by_month,omitempty"` // keyed "2019-04", UTC
	Replies             int64            `json:"replies"`
	Reactions           int64            `json:"reactions"` // one per person and emoji
	Revisions           int64            `json:"revisions"`
	Emoji               int64            `json:"emoji"`
	Attachments         int64            `json:"attachments"` // references from messages
	AttachmentBytes     int64            `json:"attachment_bytes"`
	AttachmentsByState  map[string]Media `json:"attachments_by_state,omitempty"`
	First               string           `json:"first"` // RFC 3339, UTC; empty when there is no message
	Last                string           `json:"last"`
	Rejected            int64            `json:"rejected"` // records that could not be read
	RejectedByReason    map[string]int64 `json:"rejected_by_reason,omitempty"`
	Unmapped            []UnmappedRow    `json:"unmapped,omitempty"` // fields of the source that the model has no place for
	Findings            []Finding        `json:"findings,omitempty"` // what the source itself lacks
	Notes               []string         `json:"notes,omitempty"`
}

// Count adds one record. Counting a person or a conversation that came before is the caller's to
// avoid: the inventory keeps numbers, not keys.
func (v *Inventory) Count(r *message.Record) {
	switch r.Type {
	case message.TypePerson:
		v.People++
		add(&v.PeopleByKind, r.Person.Kind, 1)
	case message.TypeConversation:
		if r.Conversation.Kind == "workspace" {
			v.Workspaces++
			return
		}
		v.Conversations++
		add(&v.ConversationsByKind, r.Conversation.Kind, 1)
	case message.TypeMembership:
		v.Memberships++
	case message.TypeRevision:
		v.Revisions++
	case message.TypeEmoji:
		v.Emoji++
	case message.TypeMessage:
		v.message(r.Message)
	}
}

func (v *Inventory) message(m *message.Message) {
	v.Messages++
	add(&v.MessagesByKind, m.Kind, 1)
	if m.Thread != "" && m.Thread != m.Key {
		v.Replies++
	}
	for i := range m.Reactions {
		v.Reactions += int64(max(len(m.Reactions[i].By), 1))
	}
	if month, ok := monthOf(m.Sent.UTC); ok {
		add(&v.MessagesByMonth, month, 1)
		v.span(m.Sent.UTC)
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		size := number(a.Size)
		v.Attachments++
		v.AttachmentBytes += size
		if v.AttachmentsByState == nil {
			v.AttachmentsByState = map[string]Media{}
		}
		one := v.AttachmentsByState[a.State]
		v.AttachmentsByState[a.State] = Media{Count: one.Count + 1, Bytes: one.Bytes + size}
	}
}

// Reject adds one record that could not be read.
func (v *Inventory) Reject(reason string) {
	v.Rejected++
	add(&v.RejectedByReason, reason, 1)
}

// Merge adds what o counted: inventories of shards make up that of the dump.
func (v *Inventory) Merge(o *Inventory) {
	v.People += o.People
	v.Conversations += o.Conversations
	v.Workspaces += o.Workspaces
	v.Memberships += o.Memberships
	v.Messages += o.Messages
	v.Replies += o.Replies
	v.Reactions += o.Reactions
	v.Revisions += o.Revisions
	v.Emoji += o.Emoji
	v.Attachments += o.Attachments
	v.AttachmentBytes += o.AttachmentBytes
	v.Rejected += o.Rejected
	merge(&v.PeopleByKind, o.PeopleByKind)
	merge(&v.ConversationsByKind, o.ConversationsByKind)
	merge(&v.MessagesByKind, o.MessagesByKind)
	merge(&v.MessagesByMonth, o.MessagesByMonth)
	merge(&v.RejectedByReason, o.RejectedByReason)
	for state, m := range o.AttachmentsByState {
		if v.AttachmentsByState == nil {
			v.AttachmentsByState = map[string]Media{}
		}
		one := v.AttachmentsByState[state]
		v.AttachmentsByState[state] = Media{Count: one.Count + m.Count, Bytes: one.Bytes + m.Bytes}
	}
	if o.First != "" {
		v.span(o.First)
		v.span(o.Last)
	}
	for _, note := range o.Notes {
		if !slices.Contains(v.Notes, note) {
			v.Notes = append(v.Notes, note)
		}
	}
}

func (v *Inventory) span(utc string) {
	if v.First == "" || earlier(utc, v.First) {
		v.First = strings.Clone(utc)
	}
	if v.Last == "" || earlier(v.Last, utc) {
		v.Last = strings.Clone(utc)
	}
}

// earlier compares two RFC 3339 times in UTC that may differ in their fraction digits.
func earlier(a, b string) bool { return strings.TrimSuffix(a, "Z") < strings.TrimSuffix(b, "Z") }

func monthOf(utc string) (string, bool) {
	if len(utc) < 10 || utc[4] != '-' || utc[7] != '-' {
		return "", false
	}
	return utc[:7], true
}

// number reads a size; what is no number or no size counts as nothing.
func number(s string) int64 {
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > 1<<53 {
			return 0
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n
}

// add counts under name. The key is cloned when new, because it may be a part of a large buffer.
func add(m *map[string]int64, name string, n int64) {
	if *m == nil {
		*m = map[string]int64{}
	}
	if _, ok := (*m)[name]; !ok {
		if len(*m) >= maxNames {
			name = otherName
		} else {
			name = strings.Clone(name)
		}
	}
	(*m)[name] += n
}

// maxNames bounds what a hostile dump can make us keep: kinds and months come from it.
const (
	maxNames  = 10_000
	otherName = "other"
)

func merge(m *map[string]int64, from map[string]int64) {
	for _, name := range sorted(from) {
		add(m, name, from[name])
	}
}
