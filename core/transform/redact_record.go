package transform

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// record redacts every place of r that the chosen fields cover. A new text field of the model must be
// added here; a test walks the model to see that none is forgotten.
func (t *redactTransform) record(w *work, r *message.Record) {
	switch r.Type {
	case message.TypePerson:
		t.ofPerson(w, r.Person)
	case message.TypeConversation:
		t.ofConversation(w, r.Conversation)
	case message.TypeMessage:
		ofMessage(w, r.Message)
	case message.TypeRevision:
		ofContent(w, r.Revision.Previous)
		ofContent(w, r.Revision.Current)
		ofExt(w, r.Revision.Ext)
	case message.TypeAnalysis:
		w.texts(&r.Analysis.Result)
		w.list(r.Analysis.Labels)
		ofExt(w, r.Analysis.Ext)
	}
}

func (t *redactTransform) ofPerson(w *work, p *message.Person) {
	if t.fields["person.name"] {
		w.texts(&p.Username, &p.Name, &p.RealName, &p.FirstName, &p.LastName)
		for i := range p.Names {
			w.texts(&p.Names[i].Name)
		}
	}
	if t.fields["person.emails"] {
		w.list(p.Emails)
	}
	if t.fields["person.phone"] {
		w.texts(&p.Phone)
	}
	if t.fields["person.title"] {
		w.texts(&p.Title)
	}
	if t.fields["person.status"] {
		w.texts(&p.Status)
	}
	if t.fields["person.custom"] {
		pairs(w, p.Custom)
	}
	ofExt(w, p.Ext)
}

func (t *redactTransform) ofConversation(w *work, c *message.Conversation) {
	if t.fields["conversation.name"] {
		w.texts(&c.Name, &c.DisplayName)
	}
	if t.fields["conversation.topic"] && c.Topic != nil {
		w.texts(&c.Topic.Text)
	}
	if t.fields["conversation.purpose"] && c.Purpose != nil {
		w.texts(&c.Purpose.Text)
	}
	pairs(w, c.Custom)
	ofExt(w, c.Ext)
}

func pairs(w *work, list []message.Pair) {
	for i := range list {
		w.texts(&list[i].Name, &list[i].Value)
	}
}

// ofExt redacts what the source said and the model has no field for. What transforms noted is theirs.
func ofExt(w *work, ext map[string]string) {
	for k, v := range ext {
		if strings.HasPrefix(k, ownExt) && k != ownExt+"renamed_from" {
			continue
		}
		before := v
		if w.json(&v); v != before {
			ext[k] = v
		}
	}
}

func ofContent(w *work, c *message.Content) {
	if c != nil {
		w.content(&c.Text, &c.TextB64, &c.Format, &c.Rich)
	}
}

func ofMessage(w *work, m *message.Message) {
	w.content(&m.Text, &m.TextB64, &m.Format, &m.Rich)
	w.texts(&m.Subject)
	if m.ShownAs != nil {
		w.texts(&m.ShownAs.Name)
		w.urls(&m.ShownAs.Icon)
	}
	for _, q := range [...]*message.Quote{m.Quoted, m.Forwarded} {
		if q != nil {
			w.texts(&q.Text, &q.AuthorName)
		}
	}
	for i := range m.Mentions {
		w.texts(&m.Mentions[i].Name)
	}
	for i := range m.Links {
		l := &m.Links[i]
		w.urls(&l.URL, &l.Image)
		w.texts(&l.Title, &l.Description, &l.Service)
	}
	for i := range m.Cards {
		c := &m.Cards[i]
		w.texts(&c.Title, &c.Text, &c.Author)
		w.urls(&c.URL)
		w.json(&c.JSON)
	}
	for i := range m.Attachments {
		ofAttachment(w, &m.Attachments[i])
	}
	if m.Edited != nil {
		ofContent(w, m.Edited.Previous)
	}
	for i := range m.Revisions {
		ofContent(w, m.Revisions[i].Previous)
	}
	w.list(m.Labels)
	pairs(w, m.Custom)
	rareParts(w, m)
	ofExt(w, m.Ext)
}

func ofAttachment(w *work, a *message.Attachment) {
	w.texts(&a.Name, &a.Title, &a.Alt, &a.Preview, &a.Transcript, &a.Path, &a.Reason)
	w.urls(&a.URL, &a.Permalink)
	ofExt(w, a.Ext)
}

func rareParts(w *work, m *message.Message) {
	if e := m.Event; e != nil {
		w.texts(&e.Old, &e.New)
	}
	if m.Call != nil {
		w.texts(&m.Call.Name)
	}
	if p := m.Poll; p != nil {
		w.texts(&p.Question)
		for i := range p.Options {
			w.texts(&p.Options[i].Text)
		}
	}
	if l := m.Location; l != nil {
		w.texts(&l.Name, &l.Address)
		w.urls(&l.URL)
	}
	if c := m.Contact; c != nil {
		w.texts(&c.Name, &c.VCard)
		w.list(c.Phones)
		w.list(c.Emails)
	}
	if a := m.AI; a != nil {
		w.texts(&a.Reasoning)
		for i := range a.ToolCalls {
			c := &a.ToolCalls[i]
			w.json(&c.Arguments)
			w.json(&c.Result)
		}
	}
}
