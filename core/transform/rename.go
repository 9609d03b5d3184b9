package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const renameDoc = `Renames conversations. names maps what a conversation is now (#name, name, id or key) to its
new name. The old name is kept in Ext "chatferry.renamed_from". Mentions of the conversation that
carry its name get the new one; message text stays as it was written. A filter finds the conversation
by both names. As a plugin it knows conversations only while it sees their own records, so mentions stay as they are.`

type renameSettings struct {
	Names map[string]string `ferry:"names,required" help:"old name, #name, id or key = new name"`
}

const (
	ruleConversation = iota
	ruleMention
)

type renameTransform struct {
	*counts
	names   map[string]string // by folded reference
	given   map[string]string // folded reference as written
	dir     *filter.Directory
	once    sync.Once
	renamed map[string]string // conversation key to new name
	missing []filter.Warning
}

func openRename(config json.RawMessage, env Env) (Transform, error) {
	s, err := plugin.DecodeConfig[renameSettings](config)
	if err != nil {
		return nil, err
	}
	t := &renameTransform{counts: newCounts("conversation", "mention"), names: map[string]string{}, given: map[string]string{}, dir: env.Directory, renamed: map[string]string{}}
	taken := map[string]bool{}
	for _, old := range sortedKeys(s.Names) {
		name := strings.TrimSpace(strings.TrimPrefix(s.Names[old], "#"))
		ref := filter.Fold(strings.TrimSpace(old))
		switch {
		case name == "" || strings.Trim(ref, "# ") == "":
			return nil, plugin.BadSetting("names", "give a name on both sides", errors.New("holds an empty name"))
		case t.names[ref] != "":
			return nil, plugin.BadSetting("names", "keep one of them", fmt.Errorf("%q is there twice", old))
		case taken[filter.Fold(name)]:
			return nil, plugin.BadSetting("names", "give each conversation a name of its own", fmt.Errorf("two conversations would be called %q", name))
		}
		taken[filter.Fold(name)] = true
		t.names[ref], t.given[ref] = name, old
	}
	if t.dir != nil {
		t.dir.OnSeal(t.resolve)
	}
	return t, nil
}

// find is the reference by which a conversation is renamed, the most exact first.
func (t *renameTransform) find(key, id, name, display string) (ref string, ok bool) {
	name, display = strings.TrimPrefix(filter.Fold(name), "#"), strings.TrimPrefix(filter.Fold(display), "#")
	for _, ref := range [...]string{filter.Fold(key), filter.Fold(id), "#" + name, name, "#" + display, display} {
		if t.names[ref] != "" {
			return ref, true
		}
	}
	return "", false
}

func (t *renameTransform) resolve(d *filter.Directory) {
	used := map[string]bool{}
	var all []string
	for c := range d.Conversations() {
		if ref, ok := t.find(c.Key, c.ID, c.Name, c.DisplayName); ok {
			t.renamed[c.Key], used[ref] = t.names[ref], true
		}
		all = append(all, c.Name, c.DisplayName)
	}
	for _, key := range sortedKeys(t.renamed) {
		d.Rename(key, t.renamed[key])
	}
	for _, ref := range sortedKeys(t.names) {
		if !used[ref] {
			t.missing = append(t.missing, filter.Warning{Setting: "names", Value: t.given[ref], Cause: "matches no conversation", Suggestions: filter.Closest(ref, slices.Values(all))})
		}
	}
}

func (t *renameTransform) Unmatched() ([]filter.Warning, error) {
	if t.dir != nil {
		t.dir.Seal()
	}
	return t.missing, nil
}

func (t *renameTransform) Apply(r *message.Record, out *plugin.TransformOut) error {
	if t.dir != nil {
		t.once.Do(t.dir.Seal)
	}
	switch r.Type {
	case message.TypeConversation:
		t.conversation(r, out)
	case message.TypeMessage:
		if len(t.renamed) > 0 {
			t.note(out, ruleMention, t.mentions(r.Message))
		}
	}
	out.Emit(r)
	return nil
}

func (t *renameTransform) conversation(r *message.Record, out *plugin.TransformOut) {
	c := r.Conversation
	name := t.renamed[c.Key]
	if name == "" {
		ref, ok := t.find(c.Key, c.ID, c.Name, c.DisplayName)
		if !ok {
			return
		}
		name = t.names[ref]
	}
	if c.Name == name && (c.DisplayName == "" || c.DisplayName == name) {
		return
	}
	old := c.Name
	if old == "" {
		old = c.DisplayName
	}
	c.Name = name
	if c.DisplayName != "" {
		c.DisplayName = name
	}
	setExt(r, "renamed_from", old)
	t.note(out, ruleConversation, 1)
}

func (t *renameTransform) mentions(m *message.Message) int {
	n := 0
	rename := func(target string, name *string) {
		if to := t.renamed[target]; to != "" && *name != "" && *name != to {
			*name = to
			n++
		}
	}
	for i := range m.Mentions {
		if m.Mentions[i].Kind == "conversation" {
			rename(m.Mentions[i].Target, &m.Mentions[i].Name)
		}
	}
	for i := range m.Rich {
		for j := range m.Rich[i].Inlines {
			if in := &m.Rich[i].Inlines[j]; in.Kind == message.InlineConversation {
				rename(in.Target, &in.Name)
			}
		}
	}
	return n
}
