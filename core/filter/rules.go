package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Rules are the settings of a filter, the same for HCL, flags and forms. Empty means no limit.
type Rules struct {
	Since           string   `ferry:"since" help:"keep messages sent at or after this: a date (start of that day in zone) or an RFC 3339 time"`
	Until           string   `ferry:"until" help:"keep messages sent at or before this: a date (end of that day in zone) or an RFC 3339 time"`
	Zone            string   `ferry:"zone" default:"UTC" help:"IANA time zone of since and until where they are dates"`
	People          []string `ferry:"people" help:"keep messages by these authors: key, id, user name, @name, e-mail, display or real name; * stands for anything"`
	Departments     []string `ferry:"departments" help:"keep messages by authors in these departments; \"Legal\" includes \"Legal/Contracts\", \"Legal/*\" only what is below it"`
	Conversations   []string `ferry:"conversations" help:"keep these conversations: key, id, name, #name, @person for direct and group conversations; * stands for anything"`
	Kinds           []string `ferry:"kinds" help:"keep conversations of these kinds: public, private, direct, group, broadcast, meeting, ai, unknown"`
	Keywords        []string `ferry:"keywords" help:"keep messages that hold at least one of these words in text, subject, cards, file names, links, quotes or earlier versions"`
	Match           string   `ferry:"match" default:"fold" choices:"exact,fold,regex" help:"how keywords match: exact bytes, fold (case and width do not matter), regex (RE2)"`
	WithAttachments bool     `ferry:"with_attachments" help:"keep only messages with attachments"`
	IncludeTypes    []string `ferry:"include_types" help:"keep only messages of these kinds (text, file, join, ...; also the source's own word; \"revision\" for revisions)"`
	ExcludeTypes    []string `ferry:"exclude_types" help:"remove messages of these kinds"`
	// Where is the compiled expression of the setting "where"; nil means no such rule.
	Where Predicate
}

// Predicate is a compiled per-record expression. It is given messages only: for a revision, a
// message made of the revision's newest content. It is safe for concurrent use.
type Predicate interface {
	Eval(*message.Record) (bool, error)
}

// Settings lists the filter's settings, "where" included, whose type is "expression".
func Settings() []plugin.Setting {
	return append(plugin.SettingsOf(Rules{}), plugin.Setting{
		Name: "where", Type: "expression", Help: "keep messages for which this expression is true; evaluated last",
	})
}

// Empty tells whether the rules keep everything.
func (r *Rules) Empty() bool {
	return r.Since == "" && r.Until == "" && len(r.People) == 0 && len(r.Departments) == 0 && len(r.Conversations) == 0 &&
		len(r.Kinds) == 0 && len(r.Keywords) == 0 && !r.WithAttachments && len(r.IncludeTypes) == 0 && len(r.ExcludeTypes) == 0 && r.Where == nil
}

// conversationKinds are the kinds that hold messages; see message.Conversation.Kind.
var conversationKinds = []string{"public", "private", "direct", "group", "workspace", "space", "broadcast", "meeting", "ai", "unknown"}

// messageKinds are the words include_types and exclude_types are checked against; others are
// allowed, because kinds and subtypes are open, but lead to a warning.
var messageKinds = []string{
	message.KindText, message.KindMe, message.KindFile, message.KindComment, message.KindBot, message.KindJoin,
	message.KindLeave, message.KindRename, message.KindTopic, message.KindPurpose, message.KindArchive,
	message.KindUnarchive, message.KindPin, message.KindUnpin, message.KindCall, message.KindPoll,
	message.KindReminder, message.KindTombstone, message.KindWithheld, message.KindPlaceholder,
	message.KindSystem, message.KindUnknown, message.TypeRevision,
}

func checkKinds(kinds []string) error {
	for _, k := range kinds {
		if !slices.Contains(conversationKinds, k) {
			hint := "choose from " + strings.Join(conversationKinds, ", ")
			if s := closest(k, slices.Values(conversationKinds)); len(s) > 0 {
				hint = fmt.Sprintf("did you mean %q? %s", s[0], hint)
			}
			return plugin.BadSetting("kinds", hint, fmt.Errorf("%q is not a kind of conversation", k))
		}
	}
	return nil
}

func checkWords(setting string, values []string) error {
	for _, v := range values {
		if strings.TrimSpace(v) == "" {
			return plugin.BadSetting(setting, "remove the empty value", errors.New("holds an empty value"))
		}
	}
	return nil
}
