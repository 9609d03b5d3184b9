package projection

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
)

// reactions applies the rules below message.reactions. Reactions whose names become equal are one;
// a person counts once in each.
func (x *Projector) reactions(m *message.Message, note func(Change)) {
	if !x.msg.reactions {
		return
	}
	renames, times, accounts := x.msg.emojiName, x.msg.afterPost, x.msg.accounts
	base := Millis(m.Sent.UTC)
	out := make([]message.Reaction, 0, len(m.Reactions))
	for i := range m.Reactions {
		in := &m.Reactions[i]
		name := in.Emoji
		if renames {
			name = emojiName(name)
		}
		if name != in.Emoji {
			note(Change{"message.reactions.emoji", "emoji_name"})
		}
		if accounts && len(in.By) == 0 {
			note(Change{"message.reactions", "nobody"})
			continue
		}
		j := 0
		for j < len(out) && out[j].Emoji != name {
			j++
		}
		if j == len(out) {
			out = append(out, message.Reaction{Emoji: name, Unicode: in.Unicode, Custom: in.Custom, Count: in.Count})
		}
		x.join(&out[j], in, base, accounts, times, note)
		x.trim(&out[j], in, note)
	}
	if m.Reactions = out; len(out) == 0 {
		m.Reactions = nil
	}
}

// join adds those who used in to r, and when.
func (x *Projector) join(r, in *message.Reaction, base int64, accounts, times bool, note func(Change)) {
	var seen map[string]bool
	if len(r.By)+len(in.By) > 32 {
		seen = make(map[string]bool, len(in.By))
		for _, a := range r.By {
			seen[a] = true
		}
	}
	changed := false
	for k, by := range in.By {
		if accounts {
			by = x.account(by)
		}
		if accounts && (seen[by] || seen == nil && slices.Contains(r.By, by)) {
			note(Change{"message.reactions.by", "merged"})
			continue
		}
		if seen != nil {
			seen[by] = true
		}
		n := len(r.By)
		r.By = append(r.By, by)
		switch {
		case !times && len(in.At) > 0:
			r.At = append(r.At, in.At[k])
		case times:
			at := base + int64(n) + 1
			if len(in.At) > 0 {
				at = max(Millis(in.At[k]), base)
			}
			text := FormatMillis(at)
			changed = changed || len(in.At) == 0 || text != in.At[k]
			r.At = append(r.At, text)
		}
	}
	if changed {
		note(Change{"message.reactions.at", "after_post"})
	}
	if len(r.At) != len(r.By) {
		r.At = nil
	}
}

// trim drops the fields of a reaction that the target does not hold.
func (x *Projector) trim(r, in *message.Reaction, note func(Change)) {
	f := &x.msg
	if f.dropUnicode && in.Unicode != "" {
		note(Change{"message.reactions.unicode", "drop"})
		r.Unicode = ""
	}
	if f.dropCustom && in.Custom != "" {
		note(Change{"message.reactions.custom", "drop"})
		r.Custom = ""
	}
	if f.dropCount {
		if in.Count != 0 && in.Count != len(in.By) {
			note(Change{"message.reactions.count", "drop"})
		}
		r.Count = 0
	}
	if f.dropAt && len(in.At) > 0 {
		note(Change{"message.reactions.at", "drop"})
		r.At = nil
	}
	if f.dropPeople && len(in.By) > 0 {
		note(Change{"message.reactions.by", "drop"})
		r.By = nil
	}
}

// emojiName is the name a target shows a reaction by; one with letters that no shortcode may have
// gets a name made from it.
func emojiName(s string) string {
	if name, ok := markup.EmojiName(s); ok {
		return name
	}
	sum := sha256.Sum256([]byte(s))
	return "emoji-" + hex.EncodeToString(sum[:4])
}
