package slack

import (
	"context"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// workspace is the key of the workspace a root belongs to.
func (s *source) workspace(r int) string {
	return s.ids.key(s.workspaceID(r))
}

func (s *source) workspaceID(r int) string {
	x := s.roots[r]
	switch {
	case !x.nested:
		return s.ids.instance
	case x.team != "":
		return x.team
	}
	return path.Base(strings.TrimSuffix(x.prefix, "/"))
}

// parentOf is the workspace of a conversation. In a grid, what lies at the top belongs to the
// workspace that its first messages name.
func (s *source) parentOf(ctx context.Context, r, folder int, has bool) (string, error) {
	if len(s.roots) > 1 && r == 0 && has {
		team, err := s.peekTeam(ctx, folder)
		if err != nil {
			return "", err
		}
		if s.ids.teams[team] {
			return s.ids.key(team), nil
		}
	}
	return s.workspace(r), nil
}

// readDirectory emits everything but messages, and rejects for entries that cannot be read.
func (s *source) readDirectory(ctx context.Context, out *plugin.Emitter) error {
	if err := s.readWorkspaces(out); err != nil {
		return err
	}
	came := &idset{}
	for r := range s.roots {
		prefix := s.roots[r].prefix
		for _, l := range conversationLists {
			if err := s.list(ctx, out, prefix+l.file, &listing{root: r, kind: l.kind}); err != nil {
				return err
			}
		}
	}
	if err := s.readUnlisted(ctx, out); err != nil {
		return err
	}
	for r := range s.roots {
		for _, f := range []string{"org_users.json", "users.json"} {
			if err := s.list(ctx, out, s.roots[r].prefix+f, &listing{root: r, people: true, came: came}); err != nil {
				return err
			}
		}
	}
	if err := s.readEmoji(out); err != nil {
		return err
	}
	return s.report(out)
}

func (s *source) list(ctx context.Context, out *plugin.Emitter, name string, l *listing) error {
	l.s, l.out, l.p = s, out, newParser(s.ids)
	e, ok, err := s.d.Lookup(name)
	for ok && err == nil {
		if err = s.listFile(ctx, l, e); err == nil {
			e, ok, err = s.duplicate(e)
		}
	}
	return err
}

func (s *source) listFile(ctx context.Context, l *listing, e *dump.Entry) error {
	r, err := s.d.Open(e)
	if err != nil {
		return element.Damaged(l.out, e, err)
	}
	defer r.Close()
	l.a = &element.Array{Ctx: ctx, Out: l.out, To: l, Digest: s.conf.Raw, Loaded: l.p.watch}
	return l.a.Read(e.Path, r, e.Size)
}

// readWorkspaces emits the organisation or workspace at the top and those of a grid. Where no list
// names the organisation, its keys begin with the id of the largest workspace, which is then
// described once, by its own folder.
func (s *source) readWorkspaces(out *plugin.Emitter) error {
	shared := false
	for r := range s.roots {
		shared = shared || s.roots[r].nested && s.workspaceID(r) == s.ids.instance
	}
	for r := range s.roots {
		if shared && !s.roots[r].nested {
			continue
		}
		c := &message.Conversation{Key: s.workspace(r), ID: s.workspaceID(r), System: system, Instance: s.ids.instance, Kind: "workspace", Synthesised: true}
		if s.roots[r].nested {
			if c.Parent = s.workspace(0); c.Parent == c.Key {
				c.Parent = ""
			}
			c.Name = path.Base(strings.TrimSuffix(s.roots[r].prefix, "/"))
		}
		if err := out.Record(message.Of(c)); err != nil {
			return err
		}
	}
	return nil
}

// readUnlisted emits a conversation for each folder that stands in no list.
func (s *source) readUnlisted(ctx context.Context, out *plugin.Emitter) error {
	for _, u := range s.units {
		if s.isListed(int(u)) {
			continue
		}
		c := s.conversations(int(u))[0]
		folder := s.d.Folder(int(u)).Path
		parent, err := s.parentOf(ctx, max(s.rootOf(folder), 0), int(u), true)
		if err != nil {
			return err
		}
		rec := &message.Conversation{
			Key: c.key, ID: c.id, System: system, Instance: s.ids.instance, Kind: c.kind, Parent: parent, Synthesised: true,
			Name: path.Base(folder), Ext: map[string]string{"slack.folder": element.Quote(folder)},
		}
		if err := out.Record(message.Of(rec)); err != nil {
			return err
		}
	}
	return nil
}

// report rejects the entries that will not be read, and says what is wrong with the dump itself.
func (s *source) report(out *plugin.Emitter) error {
	return element.Aside(out, s.d, func(e *dump.Entry) bool {
		folder, _ := path.Split(e.Path)
		return s.rootOf(strings.TrimSuffix(folder, "/")) >= 0 && isDay(e.Base())
	})
}
