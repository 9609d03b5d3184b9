package slack

import (
	"context"
	"errors"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/fault"
	"golang.org/x/text/unicode/norm"
)

// root is where one export begins: the top of the dump, a wrapping folder, or a workspace of a grid.
type root struct {
	prefix string // "", "export/", "teams/sales/"
	team   string // of a grid's workspace: its id, found by majority; else ""
	nested bool
}

// place in a list: which conversation a folder belongs to.
type listed struct {
	folder int32
	kind   uint8 // index into convKinds
	root   uint16
	id     string
}

var convKinds = []string{"public", "private", "direct", "group", "unknown"}

const (
	kindPublic = iota
	kindPrivate
	kindDirect
	kindGroup
	kindUnknown
)

// source is an open export.
type source struct {
	conf  Config
	d     *dump.Dump
	roots []root
	ids   *identity
	lists []listed        // by folder, then in the order of the lists
	more  map[int32][]int // further folders of a conversation that has several
	units []int32         // folders of conversations, in the order of their paths; without those in more
	files bool            // there may be bytes of attachments
}

func open(ctx context.Context, c Config) (*source, error) {
	d, err := dump.Open(ctx, c.Path, c.Temp)
	if err != nil {
		return nil, err
	}
	s := &source{conf: c, d: d, ids: &identity{alias: map[string]string{}, teams: map[string]bool{}, profiles: map[string]profileDigest{}}, more: map[int32][]int{}}
	if err := s.load(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return s, nil
}

// Close frees the dump.
func (s *source) Close() error { return s.d.Close() }

func (s *source) load(ctx context.Context) error {
	if err := s.findRoots(); err != nil {
		return err
	}
	if err := s.loadUsers(ctx); err != nil {
		return err
	}
	if err := s.loadLists(ctx); err != nil {
		return err
	}
	if err := s.findUnits(); err != nil {
		return err
	}
	if err := s.settleInstance(ctx); err != nil {
		return err
	}
	return s.loadEmoji()
}

func (s *source) findRoots() error {
	main := ""
	if !s.hasLists("") {
		var found []string
		for i := range s.d.Folders() {
			if p := s.d.Folder(i).Path; p != "" && !strings.Contains(p, "/") && s.hasLists(p+"/") {
				found = append(found, p+"/")
			}
		}
		switch w := s.d.Wrapper(); {
		case len(found) > 1:
			return fault.New(fault.Config, "open", s.conf.Path, "give the path of one of the folders in it", errors.New("holds several Slack exports"))
		case len(found) == 1:
			main = found[0]
		case w != "" && !s.hasDays(w):
			main = w + "/"
		}
	}
	s.roots = []root{{prefix: main}}
	teams := main + "teams/"
	from, _ := s.d.FindFolder(strings.TrimSuffix(teams, "/"))
	last := ""
	for i := from; i < s.d.Folders(); i++ {
		p := s.d.Folder(i).Path
		if !strings.HasPrefix(p, teams) {
			if p > teams && !strings.HasPrefix(p, strings.TrimSuffix(teams, "/")) {
				break
			}
			continue
		}
		name, _, _ := strings.Cut(p[len(teams):], "/")
		if name != last && s.hasLists(teams+name+"/") {
			s.roots = append(s.roots, root{prefix: teams + name + "/", nested: true})
		}
		last = name
	}
	// Folders sort by path, so "a" and "a/b" may have "a-x" between them: the same name may come twice.
	slices.SortFunc(s.roots[1:], func(a, b root) int { return strings.Compare(a.prefix, b.prefix) })
	s.roots = slices.Compact(s.roots)
	return nil
}

func (s *source) hasLists(prefix string) bool {
	for _, f := range listFiles {
		if _, ok, err := s.d.Lookup(prefix + f); ok && err == nil {
			return true
		}
	}
	return false
}

// hasDays tells whether a folder has a day file in it.
func (s *source) hasDays(folder string) bool {
	i, ok := s.d.FindFolder(folder)
	if !ok {
		return false
	}
	found := false
	err := s.days(i, func(*dump.Entry) error {
		found = true
		return dump.ErrStop
	})
	return found && err == nil
}

// days yields the day files of a folder in the order of their names, damaged ones and second ones of
// a name too.
func (s *source) days(folder int, yield func(*dump.Entry) error) error {
	return s.d.Each(folder, "0", func(e *dump.Entry) error {
		base := e.Base()
		if base > ":" {
			return dump.ErrStop
		}
		if !isDay(base) {
			return nil
		}
		return yield(e)
	})
}

// enter records that a listed conversation has its messages in a folder, if there is one.
func (s *source) enter(r int, id, name string, kind uint8) {
	folder, ok := s.folderOf(s.roots[r].prefix, id, name)
	if ok && id != "" {
		s.lists = append(s.lists, listed{folder: int32(folder), kind: kind, root: uint16(min(r, 1<<16-1)), id: strings.Clone(id)})
	}
}

func (s *source) folderOf(prefix, id, name string) (int, bool) {
	for _, n := range []string{name, norm.NFD.String(name), norm.NFC.String(name), id} {
		if n == "" {
			continue
		}
		if i, ok := s.d.FindFolder(prefix + n); ok && s.hasDays(prefix+n) {
			return i, true
		}
	}
	return 0, false
}

// findUnits lists the folders that hold conversations.
func (s *source) findUnits() error {
	sort.SliceStable(s.lists, func(i, j int) bool { return s.lists[i].folder < s.lists[j].folder })
	extra := s.findMore()
	for i := range s.d.Folders() {
		p := s.d.Folder(i).Path
		if strings.HasSuffix(p, "/attachments") || strings.Contains("/"+p+"/", "/__uploads/") {
			s.files = s.conf.Attachments
			continue
		}
		if r := s.rootOf(p); r >= 0 && !extra[int32(i)] && s.hasDays(p) {
			s.units = append(s.units, int32(i))
		}
	}
	if len(s.units) == 0 && len(s.lists) == 0 && !s.hasLists(s.roots[0].prefix) {
		return fault.New(fault.Config, "open", s.conf.Path, "give the path of a Slack export, as a zip file or a folder",
			errors.New("is no Slack export: there are neither lists of people or conversations nor day files in it"))
	}
	return nil
}

// findMore finds conversations that have several folders: all go into one shard with the first.
func (s *source) findMore() map[int32]bool {
	byID := slices.Clone(s.lists)
	sort.SliceStable(byID, func(i, j int) bool { return byID[i].id < byID[j].id })
	extra := map[int32]bool{}
	for i := 1; i < len(byID); i++ {
		if byID[i].id != byID[i-1].id || byID[i].folder == byID[i-1].folder {
			continue
		}
		first := i - 1
		for first > 0 && byID[first-1].id == byID[i].id {
			first--
		}
		if f := byID[first].folder; !extra[f] && !extra[byID[i].folder] && f != byID[i].folder {
			s.more[f] = append(s.more[f], int(byID[i].folder))
			extra[byID[i].folder] = true
		}
	}
	return extra
}

// rootOf is the root in which a folder is that of a conversation, or -1.
func (s *source) rootOf(folder string) int {
	dir, base := path.Split(folder)
	if base == "" {
		return -1
	}
	if dir == s.roots[0].prefix {
		return 0
	}
	i := sort.Search(len(s.roots)-1, func(i int) bool { return s.roots[i+1].prefix >= dir }) + 1
	if i < len(s.roots) && s.roots[i].prefix == dir {
		return i
	}
	return -1
}

// conversations are those whose messages a folder may hold, the likeliest first.
func (s *source) conversations(folder int) []*conversation {
	i := sort.Search(len(s.lists), func(i int) bool { return int(s.lists[i].folder) >= folder })
	var out []*conversation
	for ; i < len(s.lists) && int(s.lists[i].folder) == folder; i++ {
		l := s.lists[i]
		known := false
		for _, c := range out {
			known = known || c.id == l.id
		}
		if !known {
			out = append(out, &conversation{id: l.id, key: s.ids.key(l.id), kind: convKinds[l.kind]})
		}
	}
	if len(out) == 0 {
		out = append(out, s.unlisted(s.d.Folder(folder).Path))
	}
	return out
}

// isListed tells whether a folder is that of a conversation in a list.
func (s *source) isListed(folder int) bool {
	i := sort.Search(len(s.lists), func(i int) bool { return int(s.lists[i].folder) >= folder })
	return i < len(s.lists) && int(s.lists[i].folder) == folder
}

// unlisted makes a conversation of a folder that stands in no list.
func (s *source) unlisted(folder string) *conversation {
	base := path.Base(folder)
	c := &conversation{id: base, kind: "unknown"}
	switch parts := strings.SplitN(base, ":", 3); {
	case len(parts) == 3 && parts[0] == "FC": // comments on a canvas or list
		c.id = parts[1]
	case strings.HasPrefix(base, "mpdm-"):
		c.kind = "group"
	case looksLikeID(base) && base[0] == 'D':
		c.kind = "direct"
	}
	c.key = s.ids.key(c.id)
	return c
}

// looksLikeID tells whether s has the form of a conversation id.
func looksLikeID(s string) bool {
	if len(s) < 7 || len(s) > 12 || strings.IndexByte("CDG", s[0]) < 0 {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i]-'0' > 9 && s[i]-'A' > 25 {
			return false
		}
	}
	return true
}
