package rsmf

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The members of a manifest, in the order in which they are written. Each value has its name in the format.
type (
	participant struct {
		ID      string `json:"id"`
		Display string `json:"display,omitempty"`
		Email   string `json:"email,omitempty"`
		Avatar  string `json:"avatar,omitempty"` // a file in the zip
		Account string `json:"account_id,omitempty"`
		Custom  pairs  `json:"custom,omitempty"`
	}
	conversation struct {
		ID           string   `json:"id"`
		Display      string   `json:"display,omitempty"`
		Platform     string   `json:"platform"`
		Type         string   `json:"type"`
		Participants []string `json:"participants"`
		Custodian    string   `json:"custodian,omitempty"`
		Icon         string   `json:"icon,omitempty"`
		Custom       pairs    `json:"custom,omitempty"`
	}
	event struct {
		ID           string       `json:"id,omitempty"`
		Type         string       `json:"type"`
		Parent       string       `json:"parent,omitempty"`
		Body         string       `json:"body,omitempty"`
		Participant  string       `json:"participant,omitempty"`
		Conversation string       `json:"conversation"`
		Timestamp    string       `json:"timestamp,omitempty"`
		Deleted      bool         `json:"deleted,omitempty"`
		Importance   string       `json:"importance,omitempty"`
		Direction    string       `json:"direction,omitempty"`
		Reactions    []reaction   `json:"reactions,omitempty"`
		Attachments  []attachment `json:"attachments,omitempty"`
		Edits        []edit       `json:"edits,omitempty"`
		Receipts     []receipt    `json:"read_receipts,omitempty"`
		Custom       pairs        `json:"custom,omitempty"`
	}
	reaction struct {
		Value        string   `json:"value"`
		Count        int      `json:"count"`
		Participants []string `json:"participants,omitempty"`
	}
	attachment struct {
		ID      string `json:"id"` // a file in the zip
		Display string `json:"display,omitempty"`
		Size    int64  `json:"size"`
	}
	edit struct {
		Participant string  `json:"participant"`
		Timestamp   string  `json:"timestamp,omitempty"`
		Previous    *string `json:"previous,omitempty"`
		New         *string `json:"new,omitempty"`
	}
	receipt struct {
		Participant string `json:"participant"`
		Timestamp   string `json:"timestamp,omitempty"`
		Action      string `json:"action"`
	}
	pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	pairs []pair
)

// add adds a pair, unless it would be empty: readers refuse such.
func (p *pairs) add(name, value string) {
	if strings.TrimSpace(value) != "" {
		*p = append(*p, pair{name, value})
	}
}

// appendJSON writes a value of the manifest on one line.
func appendJSON(b []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...), nil
}

// appendList writes a member that is a list, an element on each line.
func appendList(b []byte, name string, list [][]byte) []byte {
	b = append(b, "  \""+name+"\": ["...)
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, "\n    "...), x...)
	}
	return append(b, "\n  ]"...)
}
