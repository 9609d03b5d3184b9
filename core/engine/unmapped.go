package engine

import (
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Kind, limit and last bucket of the tallies of source fields that the model has no place for.
const (
	tallyUnmapped = "unmapped"
	unmappedPaths = 500 // a unit; a dump can make up names without end
	unmappedOther = "other"
)

// ownExt begins the ext keys that transforms write: they are ours, not the source's.
const ownExt = "chatferry."

// extPaths are the ext maps of the model by number.
var extPaths = [...]string{"message.ext", "message.attachments.ext", "person.ext", "person.avatar.ext", "conversation.ext", "conversation.icon.ext",
	"membership.ext", "revision.ext", "emoji.ext", "emoji.image.ext", "analysis.ext"}

// extCounts finds the tallies of unmapped fields by the number of the ext map and the key in it.
type extCounts [len(extPaths)]map[string]*tallyValue

// unmapped counts the source's own fields that travel in ext maps, by path. Values are never kept.
func (in *intake) unmapped(rec *message.Record) {
	key := rec.Key()
	at := 0
	switch rec.Type {
	case message.TypeMessage:
		in.ext(0, rec.Message.Ext, key)
		for i := range rec.Message.Attachments {
			in.ext(1, rec.Message.Attachments[i].Ext, key)
		}
		return
	case message.TypePerson:
		at = 2
		in.ext(at, rec.Person.Ext, key)
	case message.TypeConversation:
		at = 4
		in.ext(at, rec.Conversation.Ext, key)
	case message.TypeMembership:
		in.ext(6, rec.Membership.Ext, key)
	case message.TypeRevision:
		in.ext(7, rec.Revision.Ext, key)
	case message.TypeEmoji:
		at = 8
		in.ext(at, rec.Emoji.Ext, key)
	case message.TypeAnalysis:
		in.ext(10, rec.Analysis.Ext, key)
	}
	for _, a := range rec.Attachments() { // the one picture that these may have
		in.ext(at+1, a.Ext, key)
	}
}

func (in *intake) ext(at int, ext map[string]string, key string) {
	if len(ext) == 0 {
		return
	}
	known := in.exts[at]
	if known == nil {
		known = map[string]*tallyValue{}
		in.exts[at] = known
	}
	var fresh []string
	for name, value := range ext {
		if v := known[name]; v != nil {
			v.add(key)
			v.bytes += int64(len(value))
		} else if !strings.HasPrefix(name, ownExt) {
			fresh = append(fresh, name)
		}
	}
	slices.Sort(fresh) // so that the limit always cuts the same
	for _, name := range fresh {
		var v *tallyValue
		if in.paths < unmappedPaths {
			in.paths++
			v = in.tallies.entry(tallyUnmapped, extPaths[at], name)
			known[strings.Clone(name)] = v
		} else {
			v = in.tallies.entry(tallyUnmapped, unmappedOther, unmappedOther)
		}
		v.add(key)
		v.bytes += int64(len(ext[name]))
	}
}
