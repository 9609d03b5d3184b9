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

// picture is the path of the ext map of the one file that a directory record may have.
var picture = map[string]string{message.TypePerson: "person.avatar.ext", message.TypeConversation: "conversation.icon.ext", message.TypeEmoji: "emoji.image.ext"}

// unmapped counts the source's own fields that travel in ext maps, by path. Values are never kept.
func (in *intake) unmapped(rec *message.Record) {
	key := rec.Key()
	switch rec.Type {
	case message.TypeMessage:
		in.ext("message.ext", rec.Message.Ext, key)
		for i := range rec.Message.Attachments {
			in.ext("message.attachments.ext", rec.Message.Attachments[i].Ext, key)
		}
		return
	case message.TypePerson:
		in.ext("person.ext", rec.Person.Ext, key)
	case message.TypeConversation:
		in.ext("conversation.ext", rec.Conversation.Ext, key)
	case message.TypeMembership:
		in.ext("membership.ext", rec.Membership.Ext, key)
	case message.TypeRevision:
		in.ext("revision.ext", rec.Revision.Ext, key)
	case message.TypeEmoji:
		in.ext("emoji.ext", rec.Emoji.Ext, key)
	case message.TypeAnalysis:
		in.ext("analysis.ext", rec.Analysis.Ext, key)
	}
	for _, a := range rec.Attachments() {
		in.ext(picture[rec.Type], a.Ext, key)
	}
}

func (in *intake) ext(at string, ext map[string]string, key string) {
	if len(ext) == 0 {
		return
	}
	var fresh []string
	for name, value := range ext {
		if v := in.tallies[tallyKey{tallyUnmapped, at, name}]; v != nil {
			v.add(key)
			v.bytes += int64(len(value))
		} else if !strings.HasPrefix(name, ownExt) {
			fresh = append(fresh, name)
		}
	}
	slices.Sort(fresh) // so that the limit always cuts the same
	for _, name := range fresh {
		path := name
		if in.paths >= unmappedPaths {
			at, path = unmappedOther, unmappedOther
		}
		in.paths++
		v := in.tallies.entry(tallyUnmapped, at, path)
		v.add(key)
		v.bytes += int64(len(ext[name]))
	}
}
