package mattermost

import "github.com/chatferry/chatferry/core/plugin"

// Limits of Mattermost's bulk import.
const (
	maxPost        = 16383
	maxProps       = 800_000
	maxLine        = 16 << 20
	maxFiles       = 10 // a post's file ids must fit into 300 characters
	maxDirect      = 8
	maxName        = 64
	maxDisplay     = 64
	maxHeader      = 1024
	maxPurpose     = 250
	maxDescription = 255
	maxPosition    = 128
	maxEmail       = 128
	maxEmoji       = 64
)

// unknownAuthor is the account that posts without an author are given to.
const unknownAuthor = "unknown-author"

var accountRule = plugin.AccountRule{Allowed: "-_.", Min: 1, Max: maxName, Start: "letter", Email: true,
	Reserved: []string{"all", "channel", "here", "everyone", "matterbot", "system", unknownAuthor}}

// reservedTeams are the words that the name of no team may begin with, because paths of the server do.
var reservedTeams = []string{"admin*", "api*", "channel*", "claim*", "error*", "files*", "help*", "landing*", "login*", "mfa*", "oauth*", "plug*",
	"plugins*", "post*", "signup*", "boards*", "playbooks*"}

var placeRule = plugin.PlaceRule{
	Channel:   plugin.AccountRule{Allowed: "-_", Min: 1, Max: maxName, Start: "alnum", Reserved: []string{"town-square"}},
	Workspace: plugin.AccountRule{Allowed: "-", Min: 2, Max: maxName, Start: "letter", Reserved: reservedTeams},
	Display:   maxDisplay,
	Direct:    maxDirect,
	Kinds:     map[string]string{"space": "", "broadcast": "private", "meeting": "private", "ai": "private", "unknown": "private"},
}

func drop(why string) plugin.Rule { return plugin.Rule{Action: plugin.Drop, Why: why} }

func degrade(name, why string) plugin.Rule {
	return plugin.Rule{Action: plugin.Degrade, Name: name, Why: why}
}

var exact = plugin.Rule{Action: plugin.Exact}

const noPlace = "Mattermost's import has no place for it"

// keeps is what Mattermost keeps. Every field of the model has a rule here or above it.
func keeps() plugin.Projection {
	p := plugin.Projection{
		Types: map[string]plugin.Rule{
			"person":     degrade("bots_by_name", "a bot has a display name, and no first and last name, position or language"),
			"revision":   drop("Mattermost's import takes the last text only, not the edit history"),
			"analysis":   drop(noPlace),
			"membership": degrade("current_people", "an import takes present members of channels and teams; people who left, and bots, cannot be members, and those of direct conversations are its participants"),
			"emoji":      degrade("with_image", "a custom emoji needs its image; an alias or an emoji whose image is not in the dump cannot be created"),
		},
		Fields: map[string]plugin.Rule{},
		Text:   &plugin.TextRule{Dialect: "markdown", Limit: maxPost, Unit: "rune", Mention: "@{account}", Channel: "~{name}", Inert: true},
		Time:   &plugin.TimeRule{Unit: "ms", Unique: true},
		Files:  maxFiles,
		Roots:  true,
	}
	p.Account, p.Place = &accountRule, &placeRule
	for _, list := range []map[string]plugin.Rule{personRules, conversationRules, membershipRules, emojiRules, messageRules, attachmentRules} {
		for f, r := range list {
			p.Fields[f] = r
		}
	}
	return p
}

var personRules = map[string]plugin.Rule{
	"person.id": exact, "person.kind": exact, "person.target": exact, "person.deactivated": exact,
	"person.target.name":     drop(noPlace),
	"person.username":        drop("the account's name comes from the identity map"),
	"person.name":            degrade("max_runes_64", "it becomes the nickname, of at most 64 characters"),
	"person.real_name":       degrade("first_last", "Mattermost has a first and a last name"),
	"person.first_name":      degrade("max_runes_64", "at most 64 characters"),
	"person.last_name":       degrade("max_runes_64", "at most 64 characters"),
	"person.names":           drop("Mattermost keeps one name, not earlier ones"),
	"person.emails":          drop("the account's address comes from the identity map"),
	"person.phone":           drop(noPlace),
	"person.corporate_email": drop("the account's address comes from the identity map"),
	"person.account":         drop(noPlace),
	"person.departments":     drop(noPlace),
	"person.title":           degrade("max_runes_128", "it becomes the position, of at most 128 characters"),
	"person.locale":          degrade("short_locale", "Mattermost knows languages of the forms \"de\" and \"pt-BR\""),
	"person.zone":            drop(noPlace),
	"person.avatar":          degrade("present", "a picture whose bytes are not in the dump cannot be imported"),
	"person.roles":           drop("an import gives nobody administrator's rights; appoint them in Mattermost"),
	"person.status":          drop(noPlace),
	"person.active_from":     drop(noPlace),
	"person.active_until":    degrade("since", "only the time of deactivation, in milliseconds"),
	"person.external":        drop(noPlace),
	"person.tenant":          drop(noPlace),
	"person.workspaces":      drop("teams follow from the channels a person is in"),
	"person.owner":           drop("bots get the owner of the setting bot_owner"),
	"person.aliases":         drop("messages name the account already"),
	"person.merged_into":     drop("the identity map decides merges"),
	"person.synthesised":     drop(noPlace),
	"person.updated":         drop(noPlace),
	"person.custom":          drop(noPlace),
	"person.ext":             drop(noPlace),
	"person.avatar.sha256":   exact,
	"person.avatar.state":    exact,
	"person.target.account":  exact, "person.target.email": exact, "person.target.action": exact,
}

var conversationRules = map[string]plugin.Rule{
	"conversation.id": exact, "conversation.system": exact, "conversation.instance": exact, "conversation.parent": exact, "conversation.archived": exact,
	"conversation.kind":         degrade("place_kind", "a group of more than 8 people, and what Mattermost has no kind for, becomes a private channel"),
	"conversation.name":         degrade("place_name", "channel names are a-z, 0-9, - and _, unique in their team"),
	"conversation.display_name": degrade("default_name", "the original name where there was none of its own; at most 64 characters"),
	"conversation.topic.text":   degrade("max_runes_1024", "the header has at most 1,024 characters"),
	"conversation.topic.by":     drop(noPlace), "conversation.topic.at": drop(noPlace),
	"conversation.purpose.text": degrade("max_runes_250", "the purpose has at most 250 characters"),
	"conversation.purpose.by":   drop(noPlace), "conversation.purpose.at": drop(noPlace),
	"conversation.icon":         drop(noPlace),
	"conversation.created":      drop("channels are created at the time of the import"),
	"conversation.creator":      drop(noPlace),
	"conversation.archived_at":  degrade("archive_time", "in milliseconds; the last update where the time is not known"),
	"conversation.deleted":      drop("a deleted conversation arrives like any other"),
	"conversation.deleted_at":   drop("a deleted conversation arrives like any other"),
	"conversation.general":      drop("every team has its own Town Square"),
	"conversation.shared":       drop(noPlace),
	"conversation.participants": degrade("accounts", "people become accounts; those merged count once"),
	"conversation.pins":         drop("messages carry their pins themselves"),
	"conversation.custodian":    drop(noPlace), "conversation.retention": drop(noPlace), "conversation.collection": drop(noPlace),
	"conversation.synthesised": drop(noPlace), "conversation.updated": drop(noPlace), "conversation.custom": drop(noPlace), "conversation.ext": drop(noPlace),
}

var membershipRules = map[string]plugin.Rule{
	"membership.conversation": exact,
	"membership.person":       degrade("account", "people become accounts"),
	"membership.joined":       drop("the import records no time of joining"), "membership.left": drop(noPlace),
	"membership.role": drop("an import gives nobody administrator's rights; appoint them in Mattermost"), "membership.cause": drop(noPlace),
	"membership.by": drop(noPlace), "membership.ext": drop(noPlace),
}

var emojiRules = map[string]plugin.Rule{
	"emoji.name": degrade("emoji_name", "names with other letters than a-z get one made for them"), "emoji.image.sha256": exact, "emoji.image.state": exact,
	"emoji.aliases": drop("Mattermost has no aliases of emoji"), "emoji.alias_for": drop("Mattermost has no aliases of emoji"),
	"emoji.creator": drop(noPlace), "emoji.created": drop(noPlace), "emoji.ext": drop(noPlace),
}

var messageRules = map[string]plugin.Rule{
	"message.id": exact, "message.conversation": exact, "message.kind": exact, "message.subtype": exact, "message.thread": exact, "message.part": exact,
	"message.shown_as.name": exact,
	"message.shown_as.icon": drop("a picture from the web would be fetched by every reader"), "message.shown_as.emoji": drop(noPlace),
	"message.seq":            drop(noPlace),
	"message.author":         degrade("account", "people become accounts"),
	"message.sent":           degrade("unique", "Mattermost keeps milliseconds and tells messages of a channel apart by them: equal ones are shifted"),
	"message.sent.raw":       drop("Mattermost keeps milliseconds"),
	"message.sent.precision": drop("Mattermost keeps milliseconds"),
	"message.sent.zone":      drop("Mattermost keeps times in UTC"),
	"message.received":       drop(noPlace), "message.direction": drop(noPlace),
	"message.broadcast":   drop("a reply is shown in its thread only"),
	"message.reply_to":    drop("Mattermost knows threads, not replies to single messages"),
	"message.quoted":      degrade("in_text", "the quoted text stands below the message"),
	"message.forwarded":   degrade("in_text", "the forwarded text stands below the message"),
	"message.thread_info": drop("Mattermost counts replies itself"),
	"message.subject":     degrade("in_text", "the subject stands above the text"),
	"message.text":        degrade("markdown", "text becomes Markdown; over 16,383 characters go to further posts"),
	"message.text_b64":    drop("bytes that are not valid UTF-8 are shown as U+FFFD"),
	"message.format":      degrade("markdown", "text becomes Markdown"),
	"message.rich":        degrade("markdown", "rich text becomes Markdown; underlines and elements Markdown does not have are lost"),
	"message.language":    drop(noPlace),
	"message.mentions":    drop("mentions stay in the text"),
	"message.links":       drop("links stay in the text; Mattermost makes its own previews"),
	"message.cards":       degrade("in_text", "what a bot's card says stands below the text; buttons and layout are lost"),
	"message.event":       drop("the notice's text says it"),
	"message.call":        drop("the notice's text says it"),
	"message.poll":        degrade("in_text", "the poll's result stands in the text; who voted is lost"),
	"message.location":    degrade("in_text", "the place stands in the text"),
	"message.contact":     degrade("in_text", "the contact stands in the text"),
	"message.ai":          drop(noPlace),
	"message.edited":      degrade("edit_time", "that and when a message was edited, not by whom or what it said before"),
	"message.edited.by":   drop(noPlace), "message.edited.previous": drop("Mattermost's import takes the last text only, not the edit history"),
	"message.revisions":  drop("Mattermost's import takes the last text only, not the edit history"),
	"message.deleted":    degrade("content_removed", "a deleted message arrives as a note that it was deleted, never with its text"),
	"message.pins":       degrade("flag", "that a message is pinned, not by whom and when"),
	"message.flagged.by": degrade("account", "people become accounts"),
	"message.flagged.at": drop(noPlace), "message.flagged.action": drop(noPlace),
	"message.receipts": drop(noPlace), "message.hidden_from": drop(noPlace), "message.hidden": drop(noPlace), "message.importance": drop(noPlace),
	"message.expires": drop(noPlace), "message.undecryptable": drop(noPlace), "message.client": drop(noPlace), "message.client_id": drop(noPlace),
	"message.labels": drop(noPlace), "message.custom": drop(noPlace), "message.ext": drop(noPlace),
	"message.reactions.emoji":   degrade("emoji_name", "skin tones get Mattermost's names; names with other letters than a-z get one made for them"),
	"message.reactions.by":      degrade("account", "people become accounts; those merged count once"),
	"message.reactions.at":      degrade("after_post", "a reaction needs a time, not before its post: where none is known, milliseconds after it"),
	"message.reactions.unicode": drop("Mattermost knows emoji by name"), "message.reactions.custom": drop("Mattermost knows emoji by name"),
	"message.reactions.count": drop("reactions of people the source does not name cannot be imported"),
}

var attachmentRules = func() map[string]plugin.Rule {
	m := map[string]plugin.Rule{}
	for _, a := range []string{"message.attachments", "person.avatar", "emoji.image"} {
		for _, f := range []string{"title", "mime", "sniffed", "role", "width", "height", "duration", "url", "permalink", "expires", "uploader",
			"uploaded", "thumbnail_of", "path", "alt", "transcript", "preview", "mode", "external", "ext"} {
			m[a+"."+f] = drop("Mattermost finds out what it needs from the file itself")
		}
		for _, f := range []string{"id", "name", "size", "reason"} {
			m[a+"."+f] = drop("only the picture itself is imported")
		}
	}
	for _, f := range []string{"id", "name", "size", "reason", "state", "sha256"} {
		m["message.attachments."+f] = exact
	}
	return m
}()
