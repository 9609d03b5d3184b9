package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/sqlite"
)

// place is one conversation of a database, with where its rows are.
type place struct {
	conv  *message.Conversation
	parts []part
	rows  int64
}

// part is the rows of one table that belong to a place.
type part struct {
	table *sqlite.Table
	where string // a condition of ours
	arg   any
}

// schema is what the two kinds of database have each their own way for.
type schema interface {
	// places lists the conversations, in any order.
	places(ctx context.Context, s *sqlite.Session) ([]*place, error)
	// people lists everybody who is named.
	people(ctx context.Context, s *sqlite.Session, list []*place) (map[string]*message.Person, error)
	// batch makes messages of rows of one part; a row without one is rejected for the reason beside it.
	batch(ctx context.Context, s *sqlite.Session, p *place, t *sqlite.Table, rows []*sqlite.Row, out *plugin.Emitter) ([]built, error)
	// id is the column that orders the rows of a table.
	id() string
}

// built is what became of a row.
type built struct {
	m      *message.Message
	reason string
	detail string
}

// database is an open database of a phone.
type database struct {
	conf   Config
	file   string // its name in the dump, for locators
	path   string
	db     *sqlite.DB
	schema schema
	list   []*place
	root   *os.Root // where media lie
	temp   string   // folder of what was decrypted
}

// databaseNames are the files that are looked for in a folder, the best first.
var databaseNames = []string{"msgstore.db", "msgstore.db.crypt15", "msgstore.db.crypt14", "msgstore.db.crypt12", "ChatStorage.sqlite"}

// databaseIn finds the database that a path names: itself, or one in the folder or where the app keeps it.
func databaseIn(path string) (file string, ok bool) {
	st, err := os.Stat(path)
	if err != nil {
		return "", false
	}
	if st.Mode().IsRegular() {
		return path, backupName.MatchString(path) || sqlite.Is(path)
	}
	for _, dir := range []string{"", "Databases"} {
		for _, name := range databaseNames {
			file := filepath.Join(path, dir, name)
			if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() && (backupName.MatchString(name) || sqlite.Is(file)) {
				return file, true
			}
		}
	}
	return "", false
}

func openDatabase(ctx context.Context, c Config, file string) (_ *database, err error) {
	d := &database{conf: c, path: file}
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	dir := c.Path
	if st, serr := os.Stat(c.Path); serr == nil && !st.IsDir() {
		dir = filepath.Dir(c.Path)
	}
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		return nil, err
	}
	if d.file = filepath.ToSlash(rel); d.root == nil {
		if d.root, err = os.OpenRoot(dir); err != nil {
			return nil, fault.New(fault.Config, "open", dir, "check that the folder may be read", err)
		}
	}
	if backupName.MatchString(file) {
		if d.temp, err = os.MkdirTemp(c.Temp, "whatsapp-*"); err != nil {
			return nil, fault.New(fault.Storage, "create", "temporary folder", "check that the temporary folder can be written", err)
		}
		if file, err = decrypt(file, c.KeyFile, d.temp); err != nil {
			return nil, err
		}
	}
	if d.db, err = sqlite.Open(ctx, file, c.Temp); err != nil {
		return nil, err
	}
	switch {
	case d.db.Table("ZWAMESSAGE", "Z_PK", "ZCHATSESSION") != nil:
		d.schema = &apple{database: d}
	case d.db.Table("message") != nil || d.db.Table("messages") != nil:
		d.schema = newAndroid(ctx, d, filepath.Join(filepath.Dir(d.path), "wa.db"))
	default:
		return nil, fault.New(fault.Config, "open", filepath.Base(file), "give msgstore.db of an Android phone or ChatStorage.sqlite of an iPhone",
			errors.New("is a database without WhatsApp's table of messages"))
	}
	s, err := d.db.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if d.list, err = d.schema.places(ctx, s); err != nil {
		return nil, d.broken(err)
	}
	sort.Slice(d.list, func(i, j int) bool { return d.list[i].conv.Key < d.list[j].conv.Key })
	return d, nil
}

func (d *database) broken(err error) error {
	if !sqlite.Damaged(err) {
		return err
	}
	return fault.New(fault.Corrupt, "read", filepath.Base(d.path), "the database is damaged: copy it again, or repair the copy with \"sqlite3 FILE .recover\"", err)
}

// Close closes the database and removes what was decrypted.
func (d *database) Close() error {
	var err error
	if c, ok := d.schema.(interface{ close() error }); ok {
		err = c.close()
	}
	if d.db != nil {
		err = errors.Join(err, d.db.Close())
	}
	if d.root != nil {
		err = errors.Join(err, d.root.Close())
	}
	if d.temp != "" {
		err = errors.Join(err, os.RemoveAll(d.temp))
	}
	return err
}

// shardRows is about as many rows as make a shard.
const shardRows = 30_000

// Discover yields the directory, then runs of conversations.
func (d *database) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	files := []string{d.path}
	if _, err := os.Stat(d.path + "-wal"); err == nil {
		files = append(files, d.path+"-wal")
	}
	print, size, err := plugin.Fingerprint(files...)
	if err != nil {
		return err
	}
	print = fmt.Sprintf("%.40s %q", print, []string{d.conf.Instance, d.conf.Me})
	if err := yield(plugin.Shard{ID: "directory", Label: "people and chats", Directory: true, Records: -1, Fingerprint: print}); err != nil {
		return err
	}
	all := int64(1)
	for _, p := range d.list {
		all += p.rows
	}
	for i, number := 0, 1; i < len(d.list); number++ {
		first, rows := i, int64(0)
		for ; i < len(d.list) && (i == first || rows+d.list[i].rows <= shardRows); i++ {
			rows += d.list[i].rows
		}
		raw, err := json.Marshal(params{From: d.list[first].conv.Key, Chats: i - first})
		if err != nil {
			return err
		}
		if err := errors.Join(ctx.Err(), yield(plugin.Shard{ID: plugin.ShardID(fmt.Sprintf("c%05d", number)), Label: fmt.Sprintf("chats %d to %d", first+1, i), Records: -1,
			Bytes: size / all * rows, Fingerprint: print, Params: raw})); err != nil {
			return err
		}
	}
	return nil
}

// count finds the values of the column by which a table's rows belong to places.
func (d *database) count(ctx context.Context, s *sqlite.Session, table, column, key, where string, find func(v any) (*place, error)) error {
	t := d.db.Table(table, column, d.schema.id(), key)
	if t == nil {
		return nil
	}
	c := sqlite.Column(column)
	type group struct {
		v any
		n int64
	}
	var groups []group
	if err := s.Query(ctx, fmt.Sprintf("SELECT +%s, count(*) FROM %s WHERE %s GROUP BY %s ORDER BY %s", c, sqlite.Column(table), where, c, c), func(scan func(...any) error) error {
		var g group
		err := scan(&g.v, &g.n)
		groups = append(groups, g)
		return err
	}); err != nil {
		return err
	}
	for _, g := range groups {
		p, err := find(g.v)
		if err != nil {
			return err
		}
		p.rows += g.n
		p.parts = append(p.parts, part{table: t, where: fmt.Sprintf("%s IS ? AND %s", c, where), arg: g.v})
	}
	return nil
}

// rowCursor is a position between two rows of a database.
type rowCursor struct {
	Place int   `json:"p"` // in the shard
	Part  int   `json:"t"`
	After int64 `json:"a"` // the id of the last row read
}

// none is before every id.
const none = -1 << 63

// Read emits the records of one shard.
func (d *database) Read(ctx context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	s, err := d.db.Session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if sh.Directory {
		return d.broken(d.directory(ctx, s, out))
	}
	var pr params
	if err := json.Unmarshal(sh.Params, &pr); err != nil {
		return fault.New(fault.Bug, "read", sh.ID, "", errors.New("the shard's parameters are not ours"))
	}
	first := sort.Search(len(d.list), func(i int) bool { return d.list[i].conv.Key >= pr.From })
	if pr.Chats < 1 || first+pr.Chats > len(d.list) || d.list[first].conv.Key != pr.From {
		return fault.New(fault.Config, "read", sh.ID, "start a new run: the database is not the one that was planned", errors.New("its chats have changed"))
	}
	at := rowCursor{After: none}
	if cur != nil {
		if err := json.Unmarshal(cur, &at); err != nil || at.Place < 0 || at.Part < 0 {
			return fault.New(fault.Bug, "resume", sh.ID, "", errors.New("the cursor is not ours"))
		}
	}
	for ; at.Place < pr.Chats; at = (rowCursor{Place: at.Place + 1, After: none}) {
		p := d.list[first+at.Place]
		for ; at.Part < len(p.parts); at.Part, at.After = at.Part+1, none {
			r := rowReader{d: d, s: s, p: p, part: p.parts[at.Part], at: at, out: out, old: at.Part > 0}
			if err := r.read(ctx); err != nil {
				return d.broken(err)
			}
		}
	}
	return nil
}

// batchRows is how many rows are looked up beside the messages at once.
const batchRows = 200

type rowReader struct {
	d     *database
	s     *sqlite.Session
	p     *place
	part  part
	at    rowCursor
	out   *plugin.Emitter
	old   bool
	batch []*sqlite.Row
}

// read walks the rows by their ids. A row with a value that is too long is rejected and passed over.
func (r *rowReader) read(ctx context.Context) error {
	id := sqlite.Column(r.d.schema.id())
	for {
		where := fmt.Sprintf("%s AND %s > ?", r.part.where, id)
		err := r.s.Each(ctx, r.part.table, where, "ORDER BY "+id, func(row *sqlite.Row) error {
			r.batch = append(r.batch, row.Clone())
			if len(r.batch) < batchRows {
				return nil
			}
			return r.flush(ctx)
		}, r.part.arg, r.at.After)
		if err == nil || sqlite.TooBig(err) {
			if ferr := r.flush(ctx); ferr != nil {
				return ferr
			}
		}
		if !sqlite.TooBig(err) {
			return err
		}
		found := false
		if err := r.s.Query(ctx, fmt.Sprintf("SELECT min(%s) FROM %s WHERE %s", id, sqlite.Column(r.part.table.Name), where), func(scan func(...any) error) error {
			found = true
			return scan(&r.at.After)
		}, r.part.arg, r.at.After); err != nil || !found {
			return errors.Join(err, errors.New("the row that is too long can't be found"))
		}
		if err := r.out.Reject(plugin.Reject{At: r.source(r.at.After), Reason: "too_large", Detail: "a value of the row is longer than 32 MiB"}); err != nil {
			return err
		}
	}
}

// source is where a row stands. Ids of a place's further tables have a nought before them, because they may be
// those of other rows.
func (r *rowReader) source(id int64) message.Source {
	index := strings.TrimPrefix(fmt.Sprint(id), "-")
	if r.old {
		index = strings.Repeat("0", r.at.Part) + index
	}
	return message.Source{File: r.d.file, Index: index}
}

func (r *rowReader) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	list, err := r.d.schema.batch(ctx, r.s, r.p, r.part.table, r.batch, r.out)
	if err != nil {
		return err
	}
	for i, b := range list {
		id, _ := r.batch[i].Int(r.d.schema.id())
		at := r.source(id)
		if b.m == nil {
			err = r.out.Reject(plugin.Reject{At: at, Reason: b.reason, Detail: b.detail, Bytes: r.batch[i].JSON()})
		} else {
			b.m.Raw = &at
			rich(b.m)
			err = r.out.Record(message.Of(b.m))
		}
		if err != nil {
			return err
		}
		r.at.After = id
	}
	r.batch = r.batch[:0]
	raw, err := json.Marshal(r.at)
	if err != nil {
		return err
	}
	return errors.Join(ctx.Err(), r.out.Checkpoint(raw))
}

func (d *database) directory(ctx context.Context, s *sqlite.Session, out *plugin.Emitter) error {
	people, err := d.schema.people(ctx, s, d.list)
	if err != nil {
		return err
	}
	for _, p := range d.list {
		p.conv.Synthesised = true
		if err := out.Record(message.Of(p.conv)); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(mapKeys(people)) {
		people[key].Synthesised = true
		if err := out.Record(message.Of(people[key])); err != nil {
			return err
		}
	}
	return nil
}

// take reads the bytes of a file that a database names, by a path below the folder of the media.
func (d *database) take(a *message.Attachment, dirs []string, name string, out *plugin.Emitter) error {
	a.State, a.Reason = message.MediaMissing, "not_in_dump"
	if name == "" || strings.Contains(name, "\x00") {
		return nil
	}
	for _, dir := range dirs {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if !filepath.IsLocal(at) {
			continue
		}
		if st, err := d.root.Lstat(at); err != nil || !st.Mode().IsRegular() {
			continue
		}
		f, err := d.root.Open(at)
		if err != nil {
			a.Reason = "unreadable"
			return nil
		}
		defer f.Close()
		a.Path = filepath.ToSlash(at)
		if a.Name == "" {
			a.Name = filepath.Base(at)
		}
		a.Reason = ""
		return out.Media(a, f)
	}
	return nil
}
