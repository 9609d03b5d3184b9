package people

import (
	"iter"
	"sort"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Policy is what the administrator decided for all people at once.
type Policy struct {
	// Domains are the e-mail domains whose addresses may become accounts' addresses; "*" is all.
	Domains []string
}

func (p Policy) trusts(email string) bool {
	_, domain, ok := strings.Cut(email, "@")
	for _, d := range p.Domains {
		if ok && (d == "*" || strings.EqualFold(d, domain)) {
			return true
		}
	}
	return false
}

// candidate is a person waiting for an account.
type candidate struct {
	entry *Entry
	names [4]string // what an account could be made from, best first
	rank  int       // who gets a name that several want: the lowest
	mail  string    // folded, for merges
}

// Suggest adds the people that are not listed yet and checks the whole map against the rule. An
// error names the row at fault. A person that comes twice counts once, as it came first.
func (m *Map) Suggest(rule plugin.AccountRule, policy Policy, persons iter.Seq[*message.Person]) error {
	m.rule = rule
	var list []candidate
	for p := range persons {
		if m.byID[p.Key] != nil {
			continue
		}
		e := &Entry{Key: p.Key, Kind: p.Kind, Name: firstOf(p.Name, p.RealName, p.Username), Action: actionOf(p)}
		if len(p.Emails) > 0 {
			e.SourceEmail = p.Emails[0]
		}
		m.byID[p.Key] = e
		if p.Synthesised { // as where nobody knew of him before his messages came, in which his account stands
			d := m.Derive(p.Key)
			e.Action, e.Account, e.Email, e.Note = d.Action, d.Account, d.Email, d.Note
			continue
		}
		local, _, _ := strings.Cut(e.SourceEmail, "@")
		list = append(list, candidate{entry: e, names: [4]string{p.Username, local, firstOf(p.RealName, p.Name), p.ID}, rank: rankOf(p), mail: strings.ToLower(e.SourceEmail)})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].rank != list[j].rank {
			return list[i].rank < list[j].rank
		}
		return list[i].entry.Key < list[j].entry.Key
	})
	m.assign(list, policy)
	return m.settle()
}

// assign gives each candidate an account, and merges those who share an address.
func (m *Map) assign(list []candidate, policy Policy) {
	taken := make(map[string]bool, len(m.byID))
	byMail := make(map[string]string)
	for _, e := range m.Entries() {
		if e.Action == Merge || e.Account == "" {
			continue
		}
		taken[strings.ToLower(e.Account)] = true
		if mail := strings.ToLower(e.SourceEmail); mail != "" && e.Kind == "human" && byMail[mail] == "" {
			byMail[mail] = e.Key
		}
	}
	for i := range list {
		c := &list[i]
		e := c.entry
		human := e.Kind == "human" || e.Kind == "guest"
		if other := byMail[c.mail]; c.mail != "" && other != "" && human {
			e.Action, e.Account, e.Note = Merge, other, "suggested: the same e-mail address"
			continue
		}
		e.Account = m.free(c, taken)
		taken[e.Account] = true
		if c.mail != "" && human {
			byMail[c.mail] = e.Key
		}
		switch {
		case e.SourceEmail != "" && e.Action == Create && policy.trusts(e.SourceEmail) && validEmail(e.SourceEmail):
			e.Email = e.SourceEmail
		default:
			e.Email = e.Account + "@" + PlaceholderDomain
			if e.Action == Create {
				e.Note = "placeholder address: write the real one to let this person log in"
			}
		}
	}
}

// free is the first legal account nobody has: made from the names in turn, then with -2, -3, ....
func (m *Map) free(c *candidate, taken map[string]bool) string {
	base := ""
	for _, n := range c.names {
		if base = Make(m.rule, n); base != "" && !derivedShape(base) {
			break
		}
		base = ""
	}
	if base == "" {
		return m.Derive(c.entry.Key).Account
	}
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = suffixed(m.rule, base, "-"+strconv.Itoa(n))
		}
		if !taken[name] && Legal(m.rule, name) == nil && !derivedShape(name) {
			return name
		}
		if n > len(m.byID)+2 {
			return m.Derive(c.entry.Key).Account
		}
	}
}

func actionOf(p *message.Person) string {
	switch p.Kind {
	case "bot", "app", "system":
		return Bot
	case "deleted", "unknown":
		return Placeholder
	}
	return Create
}

func rankOf(p *message.Person) int {
	switch {
	case p.Kind == "human" && !p.Deactivated:
		return 0
	case p.Kind == "guest" && !p.Deactivated:
		return 1
	case p.Kind == "human", p.Kind == "guest":
		return 2
	case p.Kind == "bot", p.Kind == "app", p.Kind == "system":
		return 3
	}
	return 4
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
