package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const rewriteDoc = `Computes single fields anew: set = { "message.text" = trim(msg.text) }. Every expression sees the
record as it came, whatever the other expressions do. A field changes only where the result differs;
each change is counted by field, and Ext "chatferry.rewritten" lists the fields. When the text of a message
changes, its rich text and raw bytes are dropped, because they would say something else. Earlier versions of
a message stay as they are; use redact to remove what must not be seen.`

// maxText is the longest text an expression may give.
const maxText = 4 << 20

// fields are what may be rewritten: nothing that identifies or orders a record or refers to another.
var fields = map[string]func(*message.Record) any{
	"message.text":              func(r *message.Record) any { return &r.Message.Text },
	"message.subject":           func(r *message.Record) any { return &r.Message.Subject },
	"message.language":          func(r *message.Record) any { return &r.Message.Language },
	"message.importance":        func(r *message.Record) any { return &r.Message.Importance },
	"message.labels":            func(r *message.Record) any { return &r.Message.Labels },
	"person.username":           func(r *message.Record) any { return &r.Person.Username },
	"person.name":               func(r *message.Record) any { return &r.Person.Name },
	"person.real_name":          func(r *message.Record) any { return &r.Person.RealName },
	"person.first_name":         func(r *message.Record) any { return &r.Person.FirstName },
	"person.last_name":          func(r *message.Record) any { return &r.Person.LastName },
	"person.emails":             func(r *message.Record) any { return &r.Person.Emails },
	"person.phone":              func(r *message.Record) any { return &r.Person.Phone },
	"person.account":            func(r *message.Record) any { return &r.Person.Account },
	"person.departments":        func(r *message.Record) any { return &r.Person.Departments },
	"person.title":              func(r *message.Record) any { return &r.Person.Title },
	"person.locale":             func(r *message.Record) any { return &r.Person.Locale },
	"person.zone":               func(r *message.Record) any { return &r.Person.Zone },
	"person.status":             func(r *message.Record) any { return &r.Person.Status },
	"conversation.name":         func(r *message.Record) any { return &r.Conversation.Name },
	"conversation.display_name": func(r *message.Record) any { return &r.Conversation.DisplayName },
	"conversation.custodian":    func(r *message.Record) any { return &r.Conversation.Custodian },
	"conversation.retention":    func(r *message.Record) any { return &r.Conversation.Retention },
	"conversation.collection":   func(r *message.Record) any { return &r.Conversation.Collection },
	"conversation.topic.text":   func(r *message.Record) any { return note(r.Conversation.Topic) },
	"conversation.purpose.text": func(r *message.Record) any { return note(r.Conversation.Purpose) },
}

func note(n *message.Note) any {
	if n == nil {
		return nil
	}
	return &n.Text
}

func rewriteSettings() []plugin.Setting {
	return []plugin.Setting{{Name: "set", Type: "expressions", Required: true, Help: "field = expression; the fields are " + strings.Join(sortedKeys(fields), ", ")}}
}

type assignment struct {
	field, record string
	expr          Expression
	number        int
}

type rewriteTransform struct {
	*counts
	list []assignment // by field name
}

func openRewrite(config json.RawMessage, env Env) (Transform, error) {
	if _, err := plugin.DecodeConfig[struct{}](config); err != nil {
		return nil, err
	}
	t := &rewriteTransform{}
	var names []string
	for _, key := range sortedKeys(env.Expressions) {
		name := strings.TrimPrefix(key, "set.")
		if fields[name] == nil {
			hint := "the fields are " + strings.Join(sortedKeys(fields), ", ")
			if near := filter.Closest(name, slices.Values(sortedKeys(fields))); len(near) > 0 {
				hint = fmt.Sprintf("did you mean %q? %s", near[0], hint)
			}
			return nil, plugin.BadSetting(key, hint, fmt.Errorf("the field %q cannot be rewritten", name))
		}
		record, _, _ := strings.Cut(name, ".")
		t.list = append(t.list, assignment{name, record, env.Expressions[key], len(names)})
		names = append(names, name)
	}
	if len(t.list) == 0 {
		return nil, plugin.BadSetting("set", "write set = { \"message.text\" = ... }", errors.New("no field is set"))
	}
	t.counts = newCounts(names...)
	return t, nil
}

func (t *rewriteTransform) Apply(r *message.Record, out *plugin.TransformOut) error {
	var stack [4]any
	results := stack[:0]
	for i := range t.list {
		var v any
		if a := &t.list[i]; a.record == r.Type && fields[a.field](r) != nil {
			var err error
			if v, err = a.expr.Eval(r); err != nil {
				return &fault.Error{Class: fault.ClassOf(err), Op: "rewrite", Subject: r.Key(), Setting: "set." + a.field, Hint: fault.HintOf(err), Err: err}
			}
		}
		results = append(results, v)
	}
	var changed []string
	for i, v := range results {
		if v == nil {
			continue
		}
		a := &t.list[i]
		did, err := assign(fields[a.field](r), v)
		if err != nil {
			return &fault.Error{Class: fault.Config, Op: "rewrite", Subject: r.Key(), Setting: "set." + a.field, Hint: "make the expression give what the field holds", Err: err}
		}
		if did {
			changed = append(changed, a.field)
			t.note(out, a.number, 1)
			if a.field == "message.text" {
				r.Message.Rich, r.Message.TextB64 = nil, ""
			}
		}
	}
	if len(changed) > 0 {
		setExt(r, "rewritten", strings.Join(changed, " "))
	}
	out.Emit(r)
	return nil
}

func assign(to, v any) (changed bool, err error) {
	switch to := to.(type) {
	case *string:
		s, ok := v.(string)
		if !ok {
			return false, fmt.Errorf("the result is a %T, not a text", v)
		}
		if len(s) > maxText {
			return false, fmt.Errorf("the result has %d bytes, the limit is %d", len(s), maxText)
		}
		changed = *to != s
		*to = s
	case *[]string:
		list, ok := v.([]string)
		if !ok {
			return false, fmt.Errorf("the result is a %T, not a list of texts", v)
		}
		changed = !slices.Equal(*to, list)
		*to = slices.Clone(list)
	}
	return changed, nil
}
