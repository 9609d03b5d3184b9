package whatsapp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// source is an open export.
type source struct {
	conf  Config
	zone  *time.Location
	d     *dump.Dump
	chats []*chat // by the paths of their files
}

// chat is one chat's text.
type chat struct {
	file    *dump.Entry
	folder  string
	id, key string
	name    string

	mu     sync.Mutex
	survey *survey
}

func open(ctx context.Context, c Config) (plugin.Source, error) {
	zone, err := c.zoneOf()
	if err != nil {
		return nil, err
	}
	if file, ok := databaseIn(c.Path); ok {
		return openDatabase(ctx, c, file)
	}
	return openText(ctx, c, zone)
}

func openText(ctx context.Context, c Config, zone *time.Location) (*source, error) {
	s := &source{conf: c, zone: zone}
	var err error
	if isText(c.Path) {
		s.d, err = dump.OpenFile(ctx, c.Path, func(string) bool { return false }, c.Temp)
	} else {
		s.d, err = dump.Open(ctx, c.Path, c.Temp)
	}
	if err != nil {
		return nil, err
	}
	if err := s.find(ctx); err != nil {
		s.d.Close()
		return nil, err
	}
	return s, nil
}

// isText tells whether a path is that of a single chat's text.
func isText(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular() && strings.EqualFold(filepath.Ext(p), ".txt")
}

// Close frees the export.
func (s *source) Close() error { return s.d.Close() }

// find lists the chats: texts whose first line begins as the lines of a chat do, or whose name is WhatsApp's own.
func (s *source) find(ctx context.Context) error {
	for i := range s.d.Folders() {
		folder := s.d.Folder(i).Path
		if err := s.d.Each(i, "", func(e *dump.Entry) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if e.State == dump.File && strings.EqualFold(path.Ext(e.Base()), ".txt") && (named(e.Base()) || isText(s.conf.Path) || s.peek(e)) {
				s.chats = append(s.chats, &chat{file: e, folder: folder, name: s.nameOf(e, folder)})
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if len(s.chats) == 0 {
		return fault.New(fault.Config, "open", s.conf.Path, "give a chat that WhatsApp exported: its text, its zip, or a folder with them",
			errors.New("holds no chat text of WhatsApp"))
	}
	slices.SortFunc(s.chats, func(a, b *chat) int { return strings.Compare(a.file.Path, b.file.Path) })
	taken := map[string]bool{}
	for _, c := range s.chats {
		if c.id = c.name; taken[c.id] {
			c.id += " (" + c.file.Path + ")"
		}
		taken[c.id] = true
		c.key = message.Key(system, s.conf.Instance, clean(c.id))
	}
	return nil
}

// clean takes control characters out of what becomes part of a key.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// named tells whether a file has a name that WhatsApp gives to a chat's text.
func named(base string) bool {
	return base == "_chat.txt" || strings.Contains(base, "WhatsApp")
}

// peek tells whether a file begins as a chat does.
func (s *source) peek(e *dump.Entry) bool {
	r, err := s.d.Open(e)
	if err != nil {
		return false
	}
	defer r.Close()
	head := make([]byte, plugin.HeadBytes)
	n, _ := io.ReadFull(r, head)
	return beginsAsChat(head[:n])
}

func beginsAsChat(head []byte) bool {
	_, ok := headerOf(string(bytes.TrimLeft(head, "\r\n")))
	return ok
}

// titles stand around the name of a chat in the names of exports.
var titles = [...]struct{ before, after string }{
	{"WhatsApp Chat with ", ""}, {"WhatsApp Chat - ", ""}, {"WhatsApp-Chat mit ", ""}, {"Chat de WhatsApp con ", ""}, {"Chat WhatsApp con ", ""},
	{"Discussion WhatsApp avec ", ""}, {"Conversa do WhatsApp com ", ""}, {"WhatsApp-chat met ", ""}, {"Чат WhatsApp с ", ""}, {"", " ile WhatsApp Sohbeti"},
	{"与", "的 WhatsApp 聊天"}, {"與", "的WhatsApp對話"}, {"與", "的 WhatsApp 對話"},
}

// nameOf is the name of a chat: only the name of a file or folder tells it.
func (s *source) nameOf(e *dump.Entry, folder string) string {
	name := e.Base()
	name = name[:len(name)-len(path.Ext(name))]
	if name == "_chat" {
		switch {
		case folder != "":
			name = path.Base(folder)
		case isText(s.conf.Path):
			name = filepath.Base(filepath.Dir(s.conf.Path))
		default:
			name = strings.TrimSuffix(filepath.Base(s.conf.Path), ".zip")
		}
	}
	for _, t := range titles {
		if strings.HasPrefix(name, t.before) && strings.HasSuffix(name, t.after) && len(name) > len(t.before)+len(t.after) {
			return clean(name[len(t.before) : len(name)-len(t.after)])
		}
	}
	return clean(name)
}

// look surveys a chat once.
func (s *source) look(ctx context.Context, c *chat) (*survey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.survey != nil {
		return c.survey, nil
	}
	r, err := s.d.Open(c.file)
	if err != nil {
		v := &survey{}
		if !errors.As(err, &v.damage) {
			return nil, err
		}
		c.survey = v
		return v, nil
	}
	defer r.Close()
	v, err := surveyOf(ctx, r, c.file.Path, s.conf.DateOrder)
	if err == nil {
		c.survey = v
	}
	return v, err
}

// shardBytes is how much source data a shard holds, when it is not one chat with more.
const shardBytes = 12 << 20

// params say what is in a shard: chats from the one with the file From on.
type params struct {
	From  string `json:"from"`
	Chats int    `json:"chats"`
}

// Discover yields the directory, then runs of chats.
func (s *source) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	whole := sha256.New()
	size := int64(0)
	for _, c := range s.chats {
		whole.Write(s.printOf(c))
		size += c.file.Size
	}
	if err := yield(plugin.Shard{ID: "directory", Label: "people and chats", Directory: true, Records: -1, Bytes: size, Fingerprint: hex.EncodeToString(whole.Sum(nil)[:16])}); err != nil {
		return err
	}
	for i, number := 0, 1; i < len(s.chats); number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		first, size := i, int64(0)
		h := sha256.New()
		for ; i < len(s.chats) && (i == first || size+s.chats[i].file.Size <= shardBytes); i++ {
			size += s.chats[i].file.Size
			h.Write(s.printOf(s.chats[i]))
		}
		raw, err := json.Marshal(params{From: s.chats[first].file.Path, Chats: i - first})
		if err != nil {
			return err
		}
		label := s.chats[first].name
		if i-first > 1 {
			label = fmt.Sprintf("%s and %d more", label, i-first-1)
		}
		if err := yield(plugin.Shard{ID: plugin.ShardID(fmt.Sprintf("c%05d", number)), Label: label, Records: -1, Bytes: size,
			Fingerprint: hex.EncodeToString(h.Sum(nil)[:16]), Params: raw}); err != nil {
			return err
		}
	}
	return nil
}

// printOf changes when what is read of a chat may change: its text, its media, the settings.
func (s *source) printOf(c *chat) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d %d", []string{s.conf.Instance, s.conf.Zone, s.conf.DateOrder, s.conf.Me}, c.file.Path, c.file.Size, c.file.CRC, c.file.Modified)
	if i, ok := s.d.FindFolder(c.folder); ok {
		fmt.Fprintf(h, " %d", s.d.Folder(i).Print)
	}
	return h.Sum(nil)
}
