package filter

import (
	"encoding/csv"
	"strings"

	"github.com/spf13/pflag"
)

// Flags adds the filter's flags to fs. The rules are set once fs was parsed. Lists are repeated or
// separated by commas; a value that holds a comma stands in double quotes, as in CSV. With
// --match regex keywords are not separated at commas.
func Flags(fs *pflag.FlagSet) *Rules {
	r := &Rules{}
	fs.StringVar(&r.Since, "since", "", "keep messages from this date or RFC 3339 time on")
	fs.StringVar(&r.Until, "until", "", "keep messages up to this date or RFC 3339 time")
	fs.StringVar(&r.Zone, "zone", "UTC", "IANA time zone of --since and --until dates")
	fs.StringSliceVar(&r.People, "people", nil, "keep messages by these people (name, @name, e-mail, id; * stands for anything)")
	fs.StringSliceVar(&r.Departments, "departments", nil, "keep messages by people of these departments")
	fs.StringSliceVar(&r.Conversations, "conversations", nil, "keep these conversations (#name, name, id, @person for direct ones)")
	fs.StringSliceVar(&r.Kinds, "kinds", nil, "keep conversations of these kinds (public, private, direct, group, ...)")
	words := &keywordFlags{rules: r}
	r.Match = "fold"
	fs.Var(keywordFlag{words}, "keywords", "keep messages that hold one of these words")
	fs.Var(matchFlag{words}, "match", "how keywords match: exact, fold or regex")
	fs.BoolVar(&r.WithAttachments, "with-attachments", false, "keep only messages with attachments")
	fs.StringSliceVar(&r.IncludeTypes, "include-types", nil, "keep only messages of these kinds (text, file, join, ...)")
	fs.StringSliceVar(&r.ExcludeTypes, "exclude-types", nil, "remove messages of these kinds")
	return r
}

// keywordFlags holds what was given, because how it is read depends on --match, which may come later.
type keywordFlags struct {
	rules *Rules
	given []string
}

func (k *keywordFlags) update() {
	k.rules.Keywords = nil
	for _, v := range k.given {
		list := []string{v}
		if k.rules.Match != "regex" {
			if fields, err := csv.NewReader(strings.NewReader(v)).Read(); err == nil {
				list = fields
			}
		}
		k.rules.Keywords = append(k.rules.Keywords, list...)
	}
}

type keywordFlag struct{ *keywordFlags }

func (f keywordFlag) String() string { return "" }
func (f keywordFlag) Type() string   { return "strings" }
func (f keywordFlag) Set(v string) error {
	f.given = append(f.given, v)
	f.update()
	return nil
}

type matchFlag struct{ *keywordFlags }

func (f matchFlag) Type() string { return "string" }
func (f matchFlag) String() string {
	if f.keywordFlags == nil {
		return ""
	}
	return f.rules.Match
}
func (f matchFlag) Set(v string) error {
	f.rules.Match = v
	f.update()
	return nil
}
