package filter

import (
	"fmt"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Reason explains one verdict.
type Reason struct {
	Keep  bool
	Rule  string // that removed the record
	Steps []Step // the rules in order, up to the one that removed it
}

// Step is one rule's part in a verdict.
type Step struct {
	Rule  string
	Pass  bool
	Words string
}

// String gives one line for each step.
func (w Reason) String() string {
	var b strings.Builder
	for _, s := range w.Steps {
		mark := "passed"
		if !s.Pass {
			mark = "removed by"
		}
		fmt.Fprintf(&b, "%s %s: %s\n", mark, s.Rule, s.Words)
	}
	if w.Keep {
		b.WriteString("kept\n")
	}
	return b.String()
}

// Why says in plain words which rule removes r and which it passed. It holds no message text.
func (f *Filter) Why(r *message.Record) (Reason, error) {
	what := typeBit(r)
	w := Reason{Keep: true}
	for i := range f.rules {
		rule := &f.rules[i]
		if rule.on&what == 0 {
			continue
		}
		pass, err := rule.pass(f, r)
		if err != nil {
			return w, err
		}
		w.Steps = append(w.Steps, Step{rule.id, pass, f.words(rule.id, r, pass)})
		if !pass {
			w.Keep, w.Rule = false, rule.id
			return w, nil
		}
	}
	return w, nil
}

func (f *Filter) words(id string, r *message.Record, pass bool) string {
	if r.Analysis != nil && !pass && id != "kinds" && id != "conversations" {
		return "an analysis may quote messages that this rule removes"
	}
	g := &f.given
	not := func(yes, no string) string {
		if pass {
			return yes
		}
		return no
	}
	switch id {
	case "kinds":
		return fmt.Sprintf("the conversation %s is %s of the kinds %s", conversationOf(r), not("one", "not one"), quoted(g.Kinds))
	case "conversations":
		return fmt.Sprintf("the conversation %s is %s of %s", conversationOf(r), not("one", "not one"), quoted(g.Conversations))
	case "exclude_types":
		return fmt.Sprintf("its kind %q is %s of the excluded %s", kindOf(r), not("not one", "one"), quoted(g.ExcludeTypes))
	case "include_types":
		return fmt.Sprintf("its kind %q is %s of the included %s", kindOf(r), not("one", "not one"), quoted(g.IncludeTypes))
	case "since":
		return fmt.Sprintf("it was sent %s, %s %s", orUnknown(sent(r)), not("not before", "not at or after"), g.Since)
	case "until":
		return fmt.Sprintf("it was sent %s, %s %s", orUnknown(sent(r)), not("not after", "not at or before"), g.Until)
	case "people":
		return fmt.Sprintf("its author %s is %s of %s", orUnknown(author(r)), not("one", "not one"), quoted(g.People))
	case "departments":
		return fmt.Sprintf("its author %s is %s %s", orUnknown(author(r)), not("in one of", "in none of"), quoted(g.Departments))
	case "with_attachments":
		return not("it has attachments", "it has no attachments")
	case "keywords":
		return fmt.Sprintf("it holds %s of the %d keywords", not("one", "none"), len(g.Keywords))
	}
	return not("the expression is true", "the expression is false")
}

func kindOf(r *message.Record) string {
	if r.Message != nil {
		return r.Message.Kind
	}
	return r.Type
}

func orUnknown(s string) string {
	if s == "" {
		return "(unknown)"
	}
	return s
}

func quoted(list []string) string {
	const shown = 5
	var b strings.Builder
	for i, v := range list {
		if i == shown {
			fmt.Fprintf(&b, " and %d more", len(list)-shown)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", v)
	}
	return b.String()
}
