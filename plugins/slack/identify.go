package slack

import (
	"context"
	"errors"
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// object is what the handlers of list elements share: the element as it stands.
type object struct{ raw string }

func (o *object) take(s *scan.Scanner) {
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	o.raw = s.Raw()
}

// begins is false: inside a person or a channel there are objects that look like one.
func (o *object) Begins(string) bool { return false }

// each walks a list file of a root. A file that is not there is no error. With out nil, what cannot
// be read is passed over: the directory shard reports it.
func (s *source) each(ctx context.Context, out *plugin.Emitter, name string, to element.Elements) error {
	e, ok, err := s.d.Lookup(name)
	if err != nil || !ok {
		return err
	}
	for ok {
		if err := s.eachOf(ctx, out, e, to); err != nil {
			return err
		}
		// A second member of the same name is read too: which one is right nobody can tell.
		e, ok, err = s.duplicate(e)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *source) duplicate(e *dump.Entry) (*dump.Entry, bool, error) {
	dir, base := "", e.Base()
	if i := strings.LastIndexByte(e.Path, '/'); i >= 0 {
		dir = e.Path[:i]
	}
	i, ok := s.d.FindFolder(dir)
	if !ok {
		return nil, false, nil
	}
	var found *dump.Entry
	err := s.d.Each(i, base, func(x *dump.Entry) error {
		if x.Base() != base {
			return dump.ErrStop
		}
		if x.Duplicate == max(e.Duplicate, 1)+1 {
			found = x
			return dump.ErrStop
		}
		return nil
	})
	return found, found != nil, err
}

func (s *source) eachOf(ctx context.Context, out *plugin.Emitter, e *dump.Entry, to element.Elements) error {
	r, err := s.d.Open(e)
	if err != nil {
		return element.Damaged(out, e, err)
	}
	defer r.Close()
	a := &element.Array{Ctx: ctx, Out: out, To: to, Digest: s.conf.Raw}
	return a.Read(e.Path, r, e.Size)
}

// who is the first pass over a list of people: ids, bots and the workspaces they belong to.
type who struct {
	object
	s     *source
	teams map[string]int
	orgs  map[string]int
}

func (w *who) Parse(s *scan.Scanner, _ string) { w.take(s) }

func (w *who) Emit(*element.Place) error {
	id := element.Member(w.raw, "id")
	if id == "" {
		return nil
	}
	if w.s.ids.users.add(id) {
		w.s.ids.profiles[strings.Clone(id)] = entryDigest(w.raw)
	}
	profile := element.RawMember(w.raw, "profile")
	if bot := element.Member(profile, "bot_id"); bot != "" {
		if _, had := w.s.ids.alias[bot]; !had {
			w.s.ids.alias[strings.Clone(bot)] = strings.Clone(id)
		}
	}
	if org := element.Path(w.raw, "enterprise_user", "enterprise_id"); org != "" {
		w.orgs[strings.Clone(org)]++
	}
	if team := element.Member(w.raw, "team_id"); team != "" && !element.Flag(w.raw, "deleted") && !element.Flag(w.raw, "is_bot") &&
		!element.Flag(w.raw, "is_restricted") && len(w.teams) < 1000 {
		w.teams[strings.Clone(team)]++
	}
	return nil
}

// loadUsers reads who is listed, and settles each workspace's id by majority.
func (s *source) loadUsers(ctx context.Context) error {
	orgs, all := map[string]int{}, map[string]int{}
	for i := range s.roots {
		w := &who{s: s, teams: map[string]int{}, orgs: orgs}
		for _, f := range []string{"org_users.json", "users.json"} {
			if err := s.each(ctx, nil, s.roots[i].prefix+f, w); err != nil {
				return err
			}
		}
		s.roots[i].team = majority(w.teams)
		for t, n := range w.teams {
			all[t] += n
		}
	}
	grid := len(s.roots) > 1
	if !grid {
		_, grid, _ = s.d.Lookup(s.roots[0].prefix + "org_users.json")
	}
	s.ids.instance = s.conf.Instance
	if grid {
		if s.ids.instance == "" {
			s.ids.instance = majority(orgs)
		}
		for t := range all {
			s.ids.teams[t] = true
		}
	}
	if s.ids.instance == "" {
		s.ids.instance = first(s.roots[0].team, majority(all))
	}
	for _, r := range s.roots {
		if r.team != "" {
			s.ids.teams[r.team] = true
		}
	}
	return nil
}

// majority is the most frequent name, the smallest of several.
func majority(count map[string]int) string {
	best := ""
	for name, n := range count {
		if best == "" || n > count[best] || n == count[best] && name < best {
			best = name
		}
	}
	return best
}

// settleInstance looks for the workspace's id in messages when no list tells it.
func (s *source) settleInstance(ctx context.Context) error {
	if s.ids.instance == "" {
		teams := map[string]int{}
		for _, u := range s.units[:min(len(s.units), 50)] {
			team, err := s.peekTeam(ctx, int(u))
			if err != nil {
				return err
			}
			if team != "" {
				teams[team]++
			}
		}
		s.ids.instance = majority(teams)
		s.ids.teams[s.ids.instance] = true
	}
	if s.ids.instance == "" {
		s.ids.instance = "unknown"
	}
	s.ids.prefix = system + ":" + keyPart(s.ids.instance) + ":"
	return nil
}

// teamOf collects the workspace that messages name.
type teamOf struct {
	object
	team string
	left int
}

var errEnough = errors.New("enough")

func (t *teamOf) Parse(s *scan.Scanner, _ string) { t.take(s) }

func (t *teamOf) Emit(*element.Place) error {
	if team := element.Member(t.raw, "team"); team != "" {
		t.team = strings.Clone(team)
		return errEnough
	}
	if t.left--; t.left <= 0 {
		return errEnough
	}
	return nil
}

// peekTeam is the workspace that the first messages of a folder name.
func (s *source) peekTeam(ctx context.Context, folder int) (string, error) {
	t := &teamOf{left: 100}
	err := s.days(folder, func(e *dump.Entry) error {
		if err := s.eachOf(ctx, nil, e, t); err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if t.team != "" || t.left <= 0 {
			return dump.ErrStop
		}
		return nil
	})
	return t.team, err
}

// where is the first pass over a list of conversations.
type where struct {
	object
	s    *source
	root int
	kind uint8
}

func (w *where) Parse(s *scan.Scanner, _ string) { w.take(s) }

func (w *where) Emit(*element.Place) error {
	w.s.enter(w.root, element.Member(w.raw, "id"), element.Member(w.raw, "name"), kindIn(w.raw, w.kind))
	return nil
}

// kindIn corrects the kind that the list's file name says by what the conversation says itself.
func kindIn(raw string, kind uint8) uint8 {
	switch {
	case element.Flag(raw, "is_mpim"):
		return kindGroup
	case element.Flag(raw, "is_im"):
		return kindDirect
	case kind == kindPublic && element.Flag(raw, "is_private"):
		return kindPrivate
	}
	return kind
}

var conversationLists = []struct {
	file string
	kind uint8
}{{"channels.json", kindPublic}, {"groups.json", kindPrivate}, {"dms.json", kindDirect}, {"mpims.json", kindGroup}}

func (s *source) loadLists(ctx context.Context) error {
	for i := range s.roots {
		for _, l := range conversationLists {
			if err := s.each(ctx, nil, s.roots[i].prefix+l.file, &where{s: s, root: i, kind: l.kind}); err != nil {
				return err
			}
		}
	}
	sort.SliceStable(s.lists, func(i, j int) bool { return s.lists[i].folder < s.lists[j].folder })
	return nil
}
