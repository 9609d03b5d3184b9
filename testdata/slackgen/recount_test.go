package slackgen_test

import (
	"encoding/json"
	"path"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

var upload = regexp.MustCompile(`(?:^__uploads/|/attachments/)(F[0-9A-Z]+)[/-]`)

// recount reads a dump without any knowledge of the generator but the dossier's.
type recount struct {
	slackgen.Truth
	people map[string]profile
	byBot  map[string]string
	rooms  map[string]*slackgen.RoomTruth // by folder
	has    map[string]bool                // ids of files with bytes
	log    map[string]*slackgen.MessageTruth
	author map[string]bool
	thread map[string]int // claimed replies by folder:ts
	found  map[string]int
}

func newRecount(t *testing.T, d dump) *recount {
	t.Helper()
	r := &recount{people: map[string]profile{}, byBot: map[string]string{}, rooms: map[string]*slackgen.RoomTruth{}, has: map[string]bool{},
		log: map[string]*slackgen.MessageTruth{}, author: map[string]bool{}, thread: map[string]int{}, found: map[string]int{}}
	r.Unlisted = []string{}
	r.Conversations, r.BySubtype, r.ByKind, r.Attachments = map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	names := make([]string, 0, len(d))
	for name := range d {
		names = append(names, name)
		if m := upload.FindStringSubmatch(name); m != nil {
			r.has[m[1]] = true
		}
	}
	sort.Strings(names)
	for _, name := range names {
		r.directory(t, name, d[name])
	}
	for _, name := range names {
		if dayFile.MatchString("/"+name) && !strings.Contains(name, "defect-") {
			r.day(t, name, d[name])
		}
	}
	r.finish(t)
	return r
}

func parse(t *testing.T, name string, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func (r *recount) directory(t *testing.T, name string, data []byte) {
	base := path.Base(name)
	switch base {
	case "users.json", "org_users.json":
		var list []profile
		parse(t, name, data, &list)
		for _, p := range list {
			r.people[p.ID] = p
			if p.Profile.BotID != "" {
				r.byBot[p.Profile.BotID] = p.ID
			}
		}
		return
	}
	kind := map[string]string{"channels.json": "public", "groups.json": "private", "dms.json": "direct", "mpims.json": "group"}[base]
	if kind == "" {
		return
	}
	var list []listed
	parse(t, name, data, &list)
	for _, c := range list {
		r.Listed++
		folder := c.Name
		if kind == "direct" {
			folder = c.ID
		}
		members := map[string]bool{}
		for _, m := range c.Members {
			members[m] = true
		}
		room := r.room(strings.TrimSuffix(name, base)+folder, kind)
		room.ID, room.Members, room.Pins = c.ID, len(members), len(c.Pins)
	}
}

func (r *recount) room(folder, kind string) *slackgen.RoomTruth {
	if r.rooms[folder] == nil {
		r.rooms[folder] = &slackgen.RoomTruth{Folder: folder, Kind: kind}
	}
	return r.rooms[folder]
}

func (r *recount) day(t *testing.T, name string, data []byte) {
	t.Helper()
	var list []record
	parse(t, name, data, &list)
	room := r.room(path.Dir(name), "public")
	r.DayFiles++
	room.DayFiles++
	r.Bytes += int64(len(data))
	last := ""
	for _, m := range list {
		if m.TS <= last {
			t.Fatalf("%s: %s is not later than %s", name, m.TS, last)
		}
		last = m.TS
		r.one(t, room, m)
	}
}

func (m *record) author(byBot map[string]string) string {
	switch {
	case m.Comment != nil:
		return m.Comment.User
	case m.Room != nil:
		return m.Room.By
	case m.Previous != nil:
		return m.Previous.User
	case m.User != "":
		return m.User
	case byBot[m.Bot] != "":
		return byBot[m.Bot]
	}
	return m.Bot
}

func (f *recordFile) state(r *recount) string {
	switch {
	case f.Mode == "tombstone" || f.Mode == "hidden_by_limit" || f.Mode == "external":
		return f.Mode
	case f.Access == "access_denied" || f.Access == "file_not_found":
		return f.Access
	}
	if r.has[f.ID] {
		return "present"
	}
	return "hosted"
}

func (r *recount) one(t *testing.T, room *slackgen.RoomTruth, m record) {
	r.Records++
	room.Records++
	r.BySubtype[m.Subtype]++
	x := &slackgen.MessageTruth{Conversation: room.ID, Folder: room.Folder, TS: m.TS, Subtype: m.Subtype, Text: m.Text, Author: m.author(r.byBot), Thread: m.Thread}
	r.author[x.Author] = true
	files := m.Files
	if m.File != nil {
		files = append(files, *m.File)
	}
	x.Kind = slackgen.KindOf(m.Subtype, len(files) > 0)
	x.Rich = len(m.Blocks) > 0 && m.Blocks[0].Type == "rich_text"
	key := room.Folder + ":" + m.TS
	if r.log[key] != nil {
		t.Errorf("%s stands twice", key)
	}
	r.log[key] = x
	if m.Subtype == "message_changed" || m.Subtype == "message_deleted" {
		r.Revisions++
		x.Revision = true
		return
	}
	r.Messages++
	room.Messages++
	r.ByKind[x.Kind]++
	for _, p := range [][2]*string{{&r.First, &r.Last}, {&room.First, &room.Last}} {
		if *p[0] == "" || m.TS < *p[0] {
			*p[0] = m.TS
		}
		*p[1] = max(*p[1], m.TS)
	}
	r.relations(room, m, x)
	for i := range files {
		f := &files[i]
		s := f.state(r)
		r.Attachments[s]++
		x.Files = append(x.Files, slackgen.FileTruth{ID: f.ID, State: s, Name: f.Name, Size: f.Size})
	}
}

func (r *recount) relations(room *slackgen.RoomTruth, m record, x *slackgen.MessageTruth) {
	if m.Thread != "" && m.Thread != m.TS {
		r.Replies++
		room.Replies++
		r.found[room.Folder+":"+m.Thread]++
		if strings.HasSuffix(m.Subtype, "_broadcast") {
			r.Broadcasts++
		}
	}
	if m.Thread == m.TS {
		r.Threads++
		room.Threads++
		if m.Replies != nil {
			r.thread[room.Folder+":"+m.TS] = *m.Replies
		}
	}
	if m.Edited != nil {
		r.Edited++
		x.Edited = m.Edited.TS
	}
	if len(m.PinnedTo) > 0 {
		r.Pinned++
	}
	if len(m.Reactions) > 0 {
		r.Reacted++
	}
	for _, e := range m.Reactions {
		r.Reactions++
		r.ReactionBy += len(e.Users)
		r.ReactionAll += e.Count
		x.Reactions = append(x.Reactions, slackgen.ReactionTruth{Emoji: e.Name, Users: e.Users, Count: e.Count})
	}
}

func (r *recount) finish(t *testing.T) {
	for key, claimed := range r.thread {
		if r.found[key] != claimed {
			t.Errorf("thread %s claims %d replies and has %d", key, claimed, r.found[key])
		}
		delete(r.found, key)
	}
	for _, n := range r.found {
		r.OrphanReply += n
	}
	for _, p := range r.people {
		r.People++
		switch {
		case p.Bot:
			r.Bots++
		case p.Guest:
			r.Guests++
		default:
			r.Humans++
		}
		if p.Admin {
			r.Admins++
		}
		if p.Deleted {
			r.Deactivated++
		}
	}
	for id := range r.author {
		if _, ok := r.people[id]; !ok {
			r.Unlisted = append(r.Unlisted, id)
		}
	}
	sort.Strings(r.Unlisted)
	for _, room := range r.rooms {
		r.Conversations[room.Kind]++
		switch {
		case room.Kind == "public" || room.Kind == "private":
			r.Memberships += room.Members
		default:
			r.Participants += room.Members
			if room.Kind == "group" && room.Members > 8 {
				r.MPIMOverEight++
			}
		}
	}
}

// totals are the fields of a truth that a recount can know.
func totals(t *slackgen.Truth) slackgen.Truth {
	c := *t
	c.Seed, c.Dialect, c.Team, c.Rooms, c.Log, c.Delta, c.Defects, c.Rejects, c.CustomEmoji = 0, "", "", nil, nil, nil, nil, nil, 0
	return c
}

func TestTruthEqualsRecount(t *testing.T) {
	for name, c := range small(t) {
		file, truth := generate(t, c)
		compare(t, name, truth, newRecount(t, readDump(t, file, c.Wrap)))
	}
}

func TestTruthEqualsRecountAfterCut(t *testing.T) {
	for _, cut := range []float64{0.1, 0.5, 0.83} {
		c := preset(t, "full")
		c.Cut, c.PerMessageTruth = cut, true
		file, truth := generate(t, c)
		compare(t, "cut", truth, newRecount(t, readDump(t, file, "")))
	}
}

func TestTruthWithoutListsEqualsRecount(t *testing.T) {
	for _, name := range []string{"missing-users", "missing-channels"} {
		c := preset(t, "full")
		c.PerMessageTruth = true
		c.Defects = []slackgen.Defect{{Name: name}}
		file, truth := generate(t, c)
		r := newRecount(t, readDump(t, file, ""))
		if name == "missing-users" { // nothing joins bot_id to a person any more
			for _, m := range truth.Log {
				if x := r.log[m.Folder+":"+m.TS]; x != nil && strings.HasPrefix(x.Author, "B") {
					m.Author = x.Author
				}
			}
			truth.Unlisted, r.Unlisted = nil, nil
		}
		compare(t, name, truth, r)
	}
}

func compare(t *testing.T, name string, truth *slackgen.Truth, r *recount) {
	t.Helper()
	want, got := totals(truth), totals(&r.Truth)
	if !reflect.DeepEqual(want, got) {
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		t.Errorf("%s:\ntruth   %s\nrecount %s", name, a, b)
	}
	for _, room := range truth.Rooms {
		x := r.rooms[room.Folder]
		if x == nil {
			t.Errorf("%s: no trace of %s", name, room.Folder)
			continue
		}
		y := *room
		y.Name, y.Team, y.Archived = "", "", false
		if !reflect.DeepEqual(&y, x) {
			t.Errorf("%s: room\ntruth   %+v\nrecount %+v", name, y, *x)
		}
	}
	if len(truth.Log) != len(r.log) {
		t.Errorf("%s: the log has %d records, the dump %d", name, len(truth.Log), len(r.log))
	}
	wrong := 0
	for _, m := range truth.Log {
		x := r.log[m.Folder+":"+m.TS]
		y := *m
		y.Files = nil
		for _, f := range m.Files {
			f.SHA256, f.Path = "", ""
			y.Files = append(y.Files, f)
		}
		if x == nil || !reflect.DeepEqual(&y, x) {
			if wrong++; wrong < 4 {
				a, _ := json.Marshal(y)
				b, _ := json.Marshal(x)
				t.Errorf("%s: record\ntruth   %s\nrecount %s", name, a, b)
			}
		}
	}
}
