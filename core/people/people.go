// Package people is the identity map: which account in a target each person of a source becomes.
//
// The map is a CSV file that an administrator reviews. It is suggested from what the source says,
// edited by him, and used again by every later run: what he wrote wins, new people are appended.
//
// Invariants:
//   - Suggestions depend only on the set of people and the file before, never on order or time.
//   - No two keys share an account unless one is merged into the other.
//   - A person in no list gets an account that is a function of the key alone, of a shape that no
//     listed person may have, so it stays right when the person is met after messages were written.
//   - An address from a dump is used only if its domain is trusted (Policy) or the administrator
//     wrote it himself. All others get "<account>@chatferry.invalid", which RFC 2606 keeps from
//     belonging to anybody.
package people

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Actions: what becomes of a person.
const (
	Create      = "create"      // a new account
	Existing    = "existing"    // the account is there; nothing about it is changed
	Placeholder = "placeholder" // a deactivated account that only holds old messages: deleted, unknown
	Bot         = "bot"
	Merge       = "merge" // the same human as another key; Account holds that key
)

// PlaceholderDomain is the domain of made-up addresses.
const PlaceholderDomain = "chatferry.invalid"

// Entry is one row of the map.
type Entry struct {
	Key         string
	Kind        string // of the source: human, bot, ...
	Name        string // in the source
	SourceEmail string
	Action      string
	Account     string // for Merge the key of the other person
	Email       string
	Note        string

	line int // in the file; 0 for new entries
}

// Map is the identity map of one target. After Suggest it may be read by many goroutines at once.
type Map struct {
	path string
	rule plugin.AccountRule
	byID map[string]*Entry
}

// New returns an empty map.
func New() *Map { return &Map{byID: map[string]*Entry{}} }

// Len is the number of people listed.
func (m *Map) Len() int { return len(m.byID) }

// Entries are all rows by key.
func (m *Map) Entries() []Entry {
	list := make([]Entry, 0, len(m.byID))
	for _, e := range m.byID {
		list = append(list, *e)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Key < list[j].Key })
	return list
}

// Lookup is what becomes of the person with this key. Merges are followed: the entry then has the
// account and address of the other person and the action Merge. People in no list are derived.
func (m *Map) Lookup(key string) Entry {
	e := m.byID[key]
	if e == nil {
		return m.Derive(key)
	}
	if e.Action != Merge {
		return *e
	}
	out := *e
	for range len(m.byID) { // settle refused circles; the bound keeps an unsettled map from hanging
		next := m.byID[e.Account]
		if next == nil {
			d := m.Derive(e.Account)
			out.Account, out.Email = d.Account, d.Email
			return out
		}
		if e = next; e.Action != Merge {
			break
		}
	}
	out.Account, out.Email = e.Account, e.Email
	return out
}

// Target is Lookup in the form that records carry.
func (m *Map) Target(key string) message.Target {
	e := m.Lookup(key)
	return message.Target{Account: e.Account, Email: e.Email, Action: e.Action}
}

// derivedPrefix begins accounts of people in no list.
const derivedPrefix = "x"

// Derive is the entry of a person in no list: a function of the key and the rule.
func (m *Map) Derive(key string) Entry {
	parts := message.SplitKey(key)
	sum := sha256.Sum256([]byte(key))
	digest := hex.EncodeToString(sum[:6])
	room := 20
	if m.rule.Max > 0 {
		room = min(room, m.rule.Max-len(derivedPrefix)-len(digest)-2)
	}
	sep := "-"
	if !strings.Contains(m.rule.Allowed, "-") {
		sep = ""
	}
	id := strings.Trim(fold(parts[len(parts)-1], plugin.AccountRule{Allowed: "", Max: max(room, 0)}), "-")
	account := derivedPrefix + sep + id + sep + digest
	if id == "" || room <= 0 {
		account = derivedPrefix + sep + digest
	}
	return Entry{Key: key, Kind: "unknown", Action: Placeholder, Account: account, Email: account + "@" + PlaceholderDomain, Note: "in no list of the source"}
}

// derivedShape tells whether an account looks like one that Derive makes.
func derivedShape(account string) bool {
	if !strings.HasPrefix(account, derivedPrefix) || len(account) < 13 {
		return false
	}
	for _, c := range []byte(account[len(account)-12:]) {
		if c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return true
}

// settle checks the whole map against the rule.
func (m *Map) settle() error {
	owner := make(map[string]*Entry, len(m.byID))
	keys := make([]string, 0, len(m.byID))
	for k := range m.byID {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := m.byID[keys[i]], m.byID[keys[j]]
		if a.line != b.line {
			return a.line < b.line
		}
		return keys[i] < keys[j]
	})
	for _, k := range keys {
		e := m.byID[k]
		if e.Action == Merge {
			if err := m.checkMerge(e); err != nil {
				return err
			}
			continue
		}
		if err := Legal(m.rule, e.Account); err != nil && e.Action != Existing {
			return m.bad(e, "choose another account name", err)
		}
		if e.Account == "" {
			return m.bad(e, "write the account's name", errors.New("the account is missing"))
		}
		if derivedShape(e.Account) && e.Account != m.Derive(k).Account {
			return m.bad(e, "choose an account name of another shape", errors.New("the account name has the shape kept for people in no list"))
		}
		if m.rule.Email && e.Email == "" {
			return m.bad(e, "write an address, or <account>@"+PlaceholderDomain, errors.New("the e-mail address is missing"))
		}
		if e.Email != "" && !validEmail(e.Email) {
			return m.bad(e, "write one plain e-mail address", errors.New("the e-mail address is not valid"))
		}
		name := strings.ToLower(e.Account)
		if first := owner[name]; first != nil {
			return m.bad(e, fmt.Sprintf("give it an account of its own, or set its action to merge and its account to the key of line %d", max(first.line, 0)), fmt.Errorf("the account %q belongs to another person already", e.Account))
		}
		owner[name] = e
	}
	return nil
}

// validEmail tells whether s is one plain address that targets take.
func validEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > 128 || strings.Count(s, "@") != 1 {
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(",;<>\"'`\\()[]:", c) >= 0 {
			return false
		}
	}
	return true
}

func (m *Map) checkMerge(e *Entry) error {
	seen := 0
	for at := e; at.Action == Merge; {
		next := m.byID[at.Account]
		if next == nil {
			return m.bad(e, "write the key of another row into the column account", errors.New("it merges into a key that is not listed"))
		}
		if seen++; seen > len(m.byID) || next == e {
			return m.bad(e, "let one of them keep an account of its own", errors.New("it merges in a circle"))
		}
		at = next
	}
	return nil
}

// bad is the error for a row; it names file and line, or the key's place when the row is new.
func (m *Map) bad(e *Entry, hint string, err error) error {
	subject := m.path
	if subject == "" {
		subject = "identity map"
	}
	if e.line > 0 {
		subject = fmt.Sprintf("%s:%d", subject, e.line)
	}
	return fault.New(fault.Config, "read people", subject, hint, err)
}
