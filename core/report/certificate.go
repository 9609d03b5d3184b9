package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"io"
	"slices"

	"github.com/chatferry/chatferry/core/safe"
)

// Certificate is what the report for people says besides the summary.
type Certificate struct {
	Summary       *Summary
	Tool          string // name, version and commit
	Plugins       []string
	Sources       []Named // what was read: its file's name and digest
	Started       string  // RFC 3339
	Ended         string
	Written       string
	Signer        string // fingerprint of the key that signs, "" for nobody
	Conversations []ConversationRow
	More          int // conversations that are not in the list
}

// Named is a thing and what tells it from others.
type Named struct{ Name, Digest string }

// ConversationRow is what one target holds of one conversation.
type ConversationRow struct {
	Sink, Key, Kind, Name string
	First, Last           string // UTC days
	Expected, Found       int64  // messages; Found is -1 when the target was not read back
}

//go:embed certificate.html
var certificatePage string

//go:embed certificate.css
var certificateStyle string

// How many conversations, filter rules and losses stand on the first page.
const (
	certificateLarge  = 6
	certificateRules  = 6
	certificateLosses = 5
)

var certificateTemplate = template.Must(template.New("certificate").Funcs(template.FuncMap{
	"text":  safe.Text,
	"count": safe.Count,
	"style": func() template.CSS { return template.CSS(certificateStyle) },
	"policy": func() string {
		sum := sha256.Sum256([]byte(certificateStyle))
		return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	},
	"check":   (*Check).words,
	"day":     func(s string) string { return s[:min(10, len(s))] },
	"meaning": ExitMeaning,
}).Parse(certificatePage))

// HTML writes the report for people: a certificate of one printed page, and behind it the details. It
// loads nothing and runs nothing.
func (c *Certificate) HTML(w io.Writer) error {
	return certificateTemplate.Execute(w, c)
}

// Largest are the conversations with the most messages, each once, for the first page.
func (c *Certificate) Largest() []ConversationRow {
	var top []ConversationRow
	seen := map[string]bool{}
	for range certificateLarge {
		best := -1
		for i, r := range c.Conversations {
			if !seen[r.Key] && (best < 0 || r.Expected > c.Conversations[best].Expected) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		seen[c.Conversations[best].Key] = true
		top = append(top, c.Conversations[best])
	}
	return top
}

// LargestLosses are the losses that touch the most records, for the first page.
func (c *Certificate) LargestLosses() []LossRow {
	list := slices.Clone(c.Summary.Losses)
	slices.SortStableFunc(list, func(a, b LossRow) int { return cmp.Compare(b.Count, a.Count) })
	return list[:min(len(list), certificateLosses)]
}

// LargestFilters are the rules that removed the most records, for the first page.
func (c *Certificate) LargestFilters() []RuleCount {
	list := slices.Clone(c.Summary.FilteredBy)
	slices.SortStableFunc(list, func(a, b RuleCount) int { return cmp.Compare(b.Count, a.Count) })
	return list[:min(len(list), certificateRules)]
}

// Passed tells whether nothing stands against the result but declared loss.
func (c *Certificate) Passed() bool { return c.Summary.ExitCode <= 10 }
