package filter

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// keywords finds any of the keywords in everything readable of a message.
type keywords struct {
	words *automaton
	fold  bool
	re    *regexp.Regexp
}

func newKeywords(values []string, match string) (*keywords, error) {
	if err := checkWords("keywords", values); err != nil {
		return nil, err
	}
	k := &keywords{}
	switch match {
	case "", "fold":
		k.fold = true
		folded := make([]string, len(values))
		for i, v := range values {
			if folded[i] = Fold(v); folded[i] == "" {
				return nil, plugin.BadSetting("keywords", "use a word with visible characters", errors.New("holds a keyword of invisible characters only"))
			}
		}
		values = folded
	case "exact":
	case "regex":
		var err error
		k.re, err = compileAny(values)
		return k, err
	default:
		return nil, plugin.BadSetting("match", `choose one of "exact", "fold", "regex"`, errors.New("is not one of its choices"))
	}
	var err error
	if k.words, err = newAutomaton(values, k.fold); err != nil {
		return nil, plugin.BadSetting("keywords", "use fewer keywords, or match = \"regex\"", err)
	}
	return k, nil
}

// compileAny makes one expression that matches where any of the given ones does.
func compileAny(values []string) (*regexp.Regexp, error) {
	parts := make([]string, len(values))
	for i, v := range values {
		if _, err := regexp.Compile(v); err != nil {
			return nil, plugin.BadSetting("keywords", "write a regular expression in RE2 syntax", fmt.Errorf("value %d: %w", i+1, err))
		}
		parts[i] = "(?:" + v + ")"
	}
	re, err := regexp.Compile(strings.Join(parts, "|"))
	if err != nil {
		return nil, plugin.BadSetting("keywords", "use fewer or shorter expressions", err)
	}
	return re, nil
}

// search is one look at one record.
type search struct {
	k   *keywords
	f   *folder // nil unless the search folds
	hit bool
}

func (k *keywords) in(r *message.Record) bool {
	s := search{k: k}
	if k.fold {
		s.f = folders.Get().(*folder)
		defer s.f.release()
	}
	switch r.Type {
	case message.TypeMessage:
		s.message(r.Message)
	case message.TypeRevision:
		s.content(r.Revision.Current)
		s.content(r.Revision.Previous)
	}
	return s.hit
}

func (s *search) text(list ...string) {
	for _, t := range list {
		if s.hit {
			return
		}
		if t != "" {
			s.feed(0, t)
		}
	}
}

// feed looks for a keyword that ends in t; state carries over from the text right before t.
func (s *search) feed(state uint32, t string) uint32 {
	switch {
	case s.k.re != nil:
		s.hit = s.hit || s.k.re.MatchString(t)
		return 0
	case s.k.fold:
		state = s.k.words.folded(state, t, s.f)
	default:
		state = s.k.words.raw(state, t)
	}
	s.hit = s.hit || state&found != 0
	return state
}

func (s *search) message(m *message.Message) {
	s.text(m.Text, m.Subject)
	s.blocks(m.Rich)
	for i := range m.Attachments {
		a := &m.Attachments[i]
		s.text(a.Name, a.Title, a.Alt, a.Preview, a.Transcript)
	}
	for i := range m.Cards {
		s.text(m.Cards[i].Title, m.Cards[i].Text)
	}
	for i := range m.Links {
		s.text(m.Links[i].URL, m.Links[i].Title, m.Links[i].Description)
	}
	for _, q := range [...]*message.Quote{m.Quoted, m.Forwarded} {
		if q != nil {
			s.text(q.Text)
		}
	}
	if m.Event != nil {
		s.text(m.Event.Old, m.Event.New)
	}
	if m.Edited != nil {
		s.content(m.Edited.Previous)
	}
	for i := range m.Revisions {
		s.content(m.Revisions[i].Previous)
	}
	s.rare(m)
}

func (s *search) rare(m *message.Message) {
	if p := m.Poll; p != nil {
		s.text(p.Question)
		for i := range p.Options {
			s.text(p.Options[i].Text)
		}
	}
	if m.Location != nil {
		s.text(m.Location.Name, m.Location.Address)
	}
	if m.Contact != nil {
		s.text(m.Contact.Name)
	}
	if m.AI != nil {
		s.text(m.AI.Reasoning)
		for i := range m.AI.ToolCalls {
			s.text(m.AI.ToolCalls[i].Arguments, m.AI.ToolCalls[i].Result)
		}
	}
}

func (s *search) content(c *message.Content) {
	if c != nil {
		s.text(c.Text)
		s.blocks(c.Rich)
	}
}

// blocks looks through rich text; a keyword may run over several inlines of one block.
func (s *search) blocks(list []message.Block) {
	for i := range list {
		if s.hit {
			return
		}
		b := &list[i]
		s.text(b.Text)
		if s.k.re != nil && len(b.Inlines) > 1 {
			s.text(plain(b))
			continue
		}
		state := uint32(0)
		for j := range b.Inlines {
			if s.hit {
				return
			}
			in := &b.Inlines[j]
			state = s.feed(state, inlineText(in))
			if in.URL != "" {
				s.text(in.URL)
			}
		}
	}
}

func inlineText(in *message.Inline) string {
	switch {
	case in.Kind == message.InlineBreak:
		return "\n"
	case in.Text != "":
		return in.Text
	}
	return in.Name
}

func plain(b *message.Block) string {
	var out strings.Builder
	for j := range b.Inlines {
		out.WriteString(inlineText(&b.Inlines[j]))
	}
	for j := range b.Inlines {
		if u := b.Inlines[j].URL; u != "" {
			out.WriteString("\n" + u)
		}
	}
	return out.String()
}
