package slack

import (
	"errors"
	"io"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// Custom emoji are in no export by Slack itself. "slackdump emoji" writes an index of names and URLs,
// and a folder of images.

// maxEmoji is how many names are kept to tell custom emoji in reactions.
const maxEmoji = 100_000

// emojiIndex finds the index and the folder of the images.
func (s *source) emojiIndex() (e *dump.Entry, dir string, err error) {
	for _, c := range [][2]string{{"emojis/index.json", "emojis"}, {"index.json", "emojis"}, {"emoji/index.json", "emoji"}} {
		e, ok, err := s.d.Lookup(s.roots[0].prefix + c[0])
		if err != nil || ok {
			return e, s.roots[0].prefix + c[1], err
		}
	}
	return nil, "", nil
}

var errEmojiIndex = errors.New("the emoji index is not a JSON object")

// eachEmoji yields the names of an index, each with a URL or "alias:" and another name.
func (s *source) eachEmoji(e *dump.Entry, yield func(name, url string) error) ([]byte, error) {
	r, err := s.d.Open(e)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, element.MaxElement+1))
	if err != nil {
		return b, err
	}
	var sc scan.Scanner
	sc.Reset(string(b))
	whole := sc.Kind() == scan.Obj
	sc.Skip()
	if sc.End() != nil || !whole || len(b) > element.MaxElement {
		return b, errEmojiIndex
	}
	sc.Reset(string(b))
	for sc.Object(); sc.Next(); {
		name := sc.Key()
		url := ""
		switch sc.Kind() {
		case scan.Str:
			url = sc.String()
		case scan.Obj:
			raw := sc.Raw()
			url = first(element.Member(raw, "url"), element.Member(raw, "value"))
		default:
			sc.Skip()
		}
		if name != "" {
			if err := yield(name, url); err != nil {
				return b, err
			}
		}
	}
	return b, nil
}

// loadEmoji learns the names, so that reactions can refer to them.
func (s *source) loadEmoji() error {
	e, _, err := s.emojiIndex()
	if err != nil || e == nil {
		return err
	}
	s.ids.emoji = map[string]string{}
	_, err = s.eachEmoji(e, func(name, _ string) error {
		if len(s.ids.emoji) < maxEmoji {
			name = strings.Clone(name)
			s.ids.emoji[name] = s.ids.prefix + "emoji:" + keyPart(name)
		}
		return nil
	})
	var d *dump.Damage
	if errors.As(err, &d) || errors.Is(err, errEmojiIndex) {
		return nil // the directory shard reports it
	}
	return err
}

func (s *source) readEmoji(out *plugin.Emitter) error {
	e, dir, err := s.emojiIndex()
	if err != nil || e == nil {
		return err
	}
	b, err := s.eachEmoji(e, func(name, url string) error {
		em := &message.Emoji{Key: s.ids.prefix + "emoji:" + keyPart(name), Name: name, Raw: &message.Source{File: e.Path}}
		if alias, ok := strings.CutPrefix(url, "alias:"); ok {
			em.AliasFor = alias
		} else if err := s.emojiImage(out, em, dir, withoutSecrets(url)); err != nil {
			return err
		}
		return out.Record(message.Of(em))
	})
	if errors.Is(err, errEmojiIndex) {
		return out.Reject(plugin.Reject{At: message.Source{File: e.Path}, Reason: "not_json", Detail: err.Error(), Bytes: b})
	}
	var d *dump.Damage
	if errors.As(err, &d) {
		return element.Damaged(out, e, err)
	}
	return err
}

func (s *source) emojiImage(out *plugin.Emitter, em *message.Emoji, dir, url string) error {
	a := &message.Attachment{Role: "emoji", URL: url, State: message.MediaRemote, Reason: "not_in_dump", Name: em.Name + path.Ext(url)}
	em.Image = a
	i, ok := s.d.FindFolder(dir)
	if !ok || !s.conf.Attachments {
		return nil
	}
	var found *dump.Entry
	if err := s.d.Each(i, em.Name+".", func(e *dump.Entry) error {
		if strings.HasPrefix(e.Base(), em.Name+".") {
			found = e
		}
		return dump.ErrStop
	}); err != nil || found == nil {
		return err
	}
	return element.Media(out, s.d, a, found)
}
