package discord

import (
	"context"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// kinds are the kinds of channels; of others that belong to a server the setting decides.
var kinds = map[string]string{
	"DirectTextChat": "direct", "DirectMessage": "direct", "DirectGroupTextChat": "group", "DirectGroupMessage": "group", "GuildPrivateThread": "private",
	"DM": "direct", "GROUP_DM": "group", "PRIVATE_THREAD": "private", "1": "direct", "3": "group", "12": "private",
}

// directory emits servers, channels, custom emoji and people, and rejects for what cannot be read outside of
// messages.
func (s *source) directory(ctx context.Context, out *plugin.Emitter) error {
	for _, emit := range []func(*plugin.Emitter) error{s.pictures, s.guilds, s.channels, s.rooms, s.accounts} {
		if err := emit(out); err != nil {
			return err
		}
	}
	for _, d := range s.docs {
		if err := element.RejectLost(ctx, out, d.entry.Path, d.file, d.file.Size, d.lost); err != nil {
			return err
		}
	}
	return element.Aside(out, s.d, func(*dump.Entry) bool { return false })
}

func (s *source) pictures(out *plugin.Emitter) error {
	for _, id := range slices.Sorted(maps.Keys(s.emoji)) {
		p := s.emoji[id]
		e := &message.Emoji{Key: message.Key("discord", "emoji", id), Name: first(p.name, id), Ext: map[string]string{ext + "id": element.Quote(id)}}
		if p.url != "" {
			e.Image = &message.Attachment{Role: "emoji", Name: path.Base(slashed(p.url))}
			if err := s.media(out, e.Image, p.doc, p.url); err != nil {
				return err
			}
		}
		if err := out.Record(message.Of(e)); err != nil {
			return err
		}
	}
	return nil
}

// guilds emits each server once.
func (s *source) guilds(out *plugin.Emitter) error {
	done := map[string]bool{"": true, "0": true} // direct messages belong to none
	for _, d := range s.docs {
		id := d.guild("id")
		if done[id] {
			continue
		}
		done[id] = true
		v := &message.Conversation{Key: guildKey(id), ID: id, System: "discord", Kind: "workspace", DisplayName: d.guild("name"), Synthesised: true}
		if url := d.guild("iconUrl"); url != "" {
			v.Icon = &message.Attachment{Role: "avatar", Name: path.Base(slashed(url))}
			if err := s.media(out, v.Icon, d, url); err != nil {
				return err
			}
		}
		if err := out.Record(message.Of(v)); err != nil {
			return err
		}
	}
	for _, r := range s.packed {
		id := element.Member(element.RawMember(r.raw, "guild"), "id")
		if done[id] {
			continue
		}
		done[id] = true
		v := &message.Conversation{Key: guildKey(id), ID: id, System: "discord", Kind: "workspace", DisplayName: element.Member(element.RawMember(r.raw, "guild"), "name"), Synthesised: true}
		if err := out.Record(message.Of(v)); err != nil {
			return err
		}
	}
	return nil
}

// channels emits the channel of each document: of all parts of one the same, because all say the same.
func (s *source) channels(out *plugin.Emitter) error {
	here, merged := map[string]bool{}, map[string]map[string]string{}
	for _, d := range s.docs {
		id := d.channel("id")
		here[id] = true
		if merged[id] == nil {
			merged[id] = s.header(d)
		}
	}
	for _, d := range s.docs {
		id := d.channel("id")
		v := &message.Conversation{Key: channelKey(id), ID: first(id, "unknown"), System: "discord", Instance: d.guild("id"), Kind: s.kind(d.channel("type")), Ext: merged[id]}
		v.Name, v.DisplayName = d.channel("name"), d.channel("name")
		if g := d.guild("id"); g != "" && g != "0" {
			v.Parent = guildKey(g)
		} else {
			v.Instance = ""
		}
		// A thread stands in a channel, a channel in a category.
		if up := d.channel("categoryId"); strings.Contains(d.channel("type"), "Thread") && here[up] {
			v.Parent = channelKey(up)
		}
		if t := d.channel("topic"); t != "" {
			v.Topic = &message.Note{Text: t}
		}
		if s.conf.Raw {
			v.Raw = &message.Source{File: d.entry.Path, Offset: strconv.FormatInt(d.at, 10), Length: strconv.Itoa(len(d.head["channel"]))}
		}
		if _, ok := d.head["channel"]; !ok {
			v.Raw, v.Synthesised = nil, true
		}
		if err := out.Record(message.Of(v)); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) kind(typ string) string {
	if k := kinds[typ]; k != "" {
		return k
	}
	return s.conf.Visibility
}

// header is what a document says of its channel that has no field.
func (s *source) header(d *document) map[string]string {
	x := map[string]string{}
	for name, raw := range d.head {
		if name != "guild" && name != "channel" && name != "messageCount" && !element.Empty(raw) {
			x[ext+name] = raw
		}
	}
	for _, name := range element.Names(d.head["channel"]) {
		if raw := element.RawMember(d.head["channel"], name); name != "id" && name != "name" && name != "topic" && !element.Empty(raw) {
			x[ext+name] = raw
		}
	}
	if n := s.claims[d.channel("id")]; n > 0 {
		x[message.ExtClaimed] = strconv.FormatInt(n, 10)
	}
	if len(x) == 0 {
		return nil
	}
	return x
}

// accounts emits who was met among messages.
func (s *source) accounts(out *plugin.Emitter) error {
	if err := s.owner(out); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(s.people)) {
		if id == s.self.id {
			continue
		}
		p, err := s.person(out, id, s.people[id])
		if err == nil {
			err = out.Record(message.Of(p))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *source) person(out *plugin.Emitter, id string, x *account) (*message.Person, error) {
	p := &message.Person{Key: personKey(id), ID: id, Kind: "human", Synthesised: true, Ext: map[string]string{}}
	for _, name := range element.Names(x.raw) {
		v, raw := element.Member(x.raw, name), element.RawMember(x.raw, name)
		switch name {
		case "id":
		case "name":
			p.Username = v
		case "nickname":
			p.Name = v
		case "isBot":
			if raw == "true" {
				p.Kind = "bot"
			}
		case "avatarUrl":
			if v == "" {
				continue
			}
			p.Avatar = &message.Attachment{Role: "avatar", Name: path.Base(slashed(v))}
			if err := s.media(out, p.Avatar, x.doc, v); err != nil {
				return nil, err
			}
		case "roles":
			for _, r := range element.Objects(raw) {
				p.Roles = append(p.Roles, element.Member(r, "name"))
			}
			s.keep(p.Ext, name, raw)
		case "discriminator":
			if v != "0000" {
				s.keep(p.Ext, name, raw)
			}
		default:
			s.keep(p.Ext, name, raw)
		}
	}
	p.Name = first(p.Name, p.Username)
	if len(p.Ext) == 0 {
		p.Ext = nil
	}
	return p, nil
}

func (s *source) keep(x map[string]string, name, raw string) {
	if !element.Empty(raw) {
		x[ext+name] = strings.ToValidUTF8(raw, "\ufffd")
	}
}
