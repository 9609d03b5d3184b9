package table

import "github.com/chatferry/chatferry/core/message"

// The columns, in the order in which people look for them. "rest" is added to each table.

func col(name string, typ Type, about string) *Column {
	return &Column{Name: name, Type: typ, About: about, path: name}
}

// at says where in the record the member is.
func (c *Column) at(path string) *Column { c.path = path; return c }

// to says whose key the cell holds.
func (c *Column) to(table string) *Column { c.Ref = table; return c }

func (c *Column) digits() *Column { c.digit = true; return c }

// own is a column that numbers rows or tells of them, and has no member.
func own(name string, typ Type, about string) *Column {
	return &Column{Name: name, Type: typ, About: about}
}

func derived(name string, typ Type, about string, from derivation) *Column {
	return &Column{Name: name, Type: typ, About: about, from: from}
}

const (
	dayLayout   = "2006-01-02"
	localLayout = "2006-01-02 15:04:05"
)

var tables = define()

func define() []*Table {
	reactions, attachments, mentions, edits := hanging("reactions", "reactions", "Who reacted to a message with what: a row for each person, or one where nobody is named.", reactionColumns(), "m"),
		hanging("attachments", "attachments", "Files of messages. Those of people, conversations and emoji stand in their own rows.", attachmentColumns()),
		hanging("mentions", "mentions", "Who and what is mentioned in a message.", mentionColumns()),
		hanging("edits", "revisions", "Earlier versions of messages, oldest first, where the source keeps them with the message.", editColumns())
	list := []*Table{
		{Name: "messages", About: "All messages, conversation after conversation, each by time.", Columns: messageColumns(), Key: []string{"no"}, record: message.TypeMessage,
			children: []*Table{reactions, attachments, mentions, edits}},
		{Name: "people", About: "Everybody: people, bots and the system itself.", Columns: personColumns(), Key: []string{"key"}, record: message.TypePerson},
		{Name: "conversations", About: "Channels, groups, direct conversations, and the workspaces they are in.", Columns: conversationColumns(), Key: []string{"key"}, record: message.TypeConversation},
		{Name: "memberships", About: "Who was in which conversation, and from when to when where that is known.", Columns: membershipColumns(), Key: []string{"key"}, record: message.TypeMembership},
		reactions, attachments, mentions, edits,
		{Name: "emoji", About: "Custom emoji.", Columns: emojiColumns(), Key: []string{"key"}, record: message.TypeEmoji},
		{Name: "revisions", About: "Steps in the life of messages that the source keeps as records of their own.", Columns: revisionColumns(), Key: []string{"key"}, record: message.TypeRevision},
		{Name: "analyses", About: "What a model or a tool said about messages. It is no part of what was said.", Columns: analysisColumns(), Key: []string{"key"}, record: message.TypeAnalysis},
	}
	for _, t := range list {
		c := own("rest", JSON, "whatever has no column of its own, as the record has it")
		t.Columns = append(t.Columns, c)
		t.compile()
	}
	return list
}

// hanging is a table of what hangs on messages.
func hanging(name, path, about string, columns []*Column, more ...string) *Table {
	head := []*Column{own("message_no", Int, "number of the message"), derived("message", Text, "key of the message", parent), own("n", Int, "place in the message's list, from 0")}
	return &Table{Name: name, About: about, Columns: append(head, columns...), Key: append([]string{"message_no", "n"}, more...), Parent: "messages", path: path}
}

func messageColumns() []*Column {
	return []*Column{
		own("no", Int, "number of the message in this edition, from 1"),
		derived("day", Day, "day on which it was sent, in the edition's time zone", zoned("sent", dayLayout)),
		derived("local", Local, "when it was sent, in the edition's time zone", zoned("sent", localLayout)),
		derived("conversation_title", Text, "title of the conversation", titleOf("conversation")),
		derived("author_name", Text, "name of the author as it was shown", author),
		derived("plain", Text, "what was written, for reading: names in place of keys, and no marks", plain),
		col("kind", Text, "text, file, join, leave, ...: see the schema of messages"),
		col("text", Text, "what was written, as the source has it"),
		col("subject", Text, "subject line"),
		col("thread", Text, "key of the thread's first message, which carries its own"),
		col("reply_to", Text, "key of the message that it answers"),
		col("broadcast", Bool, "a reply that is shown in the conversation too"),
		derived("reactions", Int, "rows in the table reactions", rowsOf("reactions")),
		derived("attachments", Int, "rows in the table attachments", rowsOf("attachments")),
		derived("mentions", Int, "rows in the table mentions", rowsOf("mentions")),
		derived("edits", Int, "rows in the table edits", rowsOf("edits")),
		col("edited", Time, "when it was last edited").at("edited.at.utc"),
		col("edited_by", Text, "key of who edited it").at("edited.by").to("people"),
		col("deleted", Time, "when it was deleted").at("deleted.at.utc"),
		col("deleted_by", Text, "key of who deleted it").at("deleted.by").to("people"),
		col("deletion", Text, "how it was deleted: tombstone, recalled, retention, moderator").at("deleted.mode"),
		col("hidden", Bool, "hidden from everybody"),
		col("quoted", Text, "key of the message that it quotes").at("quoted.message"),
		col("quoted_text", Text, "what it quotes").at("quoted.text"),
		col("forwarded", Text, "key of the message that it forwards").at("forwarded.message"),
		col("forwarded_text", Text, "what it forwards").at("forwarded.text"),
		col("event", Text, "what a system message tells of").at("event.action"),
		col("event_old", Text, "what was before").at("event.old"),
		col("event_new", Text, "what is since").at("event.new"),
		col("shown_as", Text, "name that the author was shown by where it is another").at("shown_as.name"),
		col("subtype", Text, "the source's own word for the kind"),
		col("format", Text, "of the text: plain, mrkdwn, markdown, html, ..."),
		col("language", Text, "language of the text"),
		col("importance", Text, "as the sender set it"),
		col("direction", Text, "in or out, seen from the custodian"),
		col("undecryptable", Bool, "its content could not be read"),
		col("client", Text, "program that it was sent with"),
		col("sent", Time, "when it was sent, UTC").at("sent.utc"),
		col("sent_precision", Text, "smallest unit that the source kept: ns, us, ms, s, min, day").at("sent.precision"),
		col("sent_zone", Text, "how sure the time zone is: utc, offset, assumed, unknown").at("sent.zone"),
		col("sent_raw", Text, "the time as the source wrote it").at("sent.raw"),
		col("received", Time, "when it was received, UTC").at("received.utc"),
		col("expires", Time, "when it is to disappear, UTC").at("expires.utc"),
		col("seq", Text, "the source's own number"),
		col("client_id", Text, "id that the sending program gave it"),
		col("author", Text, "key of the author").to("people"),
		col("conversation", Text, "key of the conversation").to("conversations"),
		col("id", Text, "the source's own id, unique in its conversation"),
		col("key", Text, "the message's identity, the same in every export"),
	}
}

func personColumns() []*Column {
	return []*Column{
		derived("shown_name", Text, "name by which the person stands in the other tables", nameOf("key")),
		col("kind", Text, "human, bot, app, guest, system, unknown, deleted"),
		col("username", Text, "name to sign in with"), col("name", Text, "name as displayed"), col("real_name", Text, "full name"),
		col("first_name", Text, "first name"), col("last_name", Text, "last name"),
		col("emails", JSON, "list of e-mail addresses"), col("corporate_email", Text, "address in the organisation's directory"), col("phone", Text, "telephone number"),
		col("title", Text, "position"), col("departments", JSON, "list of departments"), col("roles", JSON, "list of roles: owner, admin, member, guest, ..."),
		col("status", Text, "status text"), col("deactivated", Bool, "the account can't be used any more"),
		col("active_from", Time, "since when the account exists, UTC").at("active_from.utc"), col("active_until", Time, "until when it was used, UTC").at("active_until.utc"),
		col("external", Bool, "belongs to another organisation"), col("tenant", Text, "id of the home organisation or workspace"), col("workspaces", JSON, "list of workspaces"),
		col("owner", Text, "key of a bot's owner").to("people"), col("merged_into", Text, "key of the person that this one became").to("people"), col("aliases", JSON, "list of other ids"),
		col("locale", Text, "language"), col("zone", Text, "time zone"), col("account", Text, "id outside the system, as in a directory or payroll"),
		col("synthesised", Bool, "in no list of the source; made from what messages say"), col("updated", Time, "when the source last changed it, UTC").at("updated.utc"),
		col("avatar_state", Text, "whether the picture is there: present, missing, ...").at("avatar.state"), col("avatar_sha256", Text, "SHA-256 of the picture, which names its file in media").at("avatar.sha256"),
		col("id", Text, "the source's own id"), col("key", Text, "the person's identity, the same in every export"),
		own("recorded", Bool, "false where other tables refer to somebody whom nothing describes"),
	}
}

func conversationColumns() []*Column {
	return []*Column{
		derived("title", Text, "title by which it stands in the other tables", titleOf("key")),
		col("kind", Text, "public, private, direct, group, workspace, space, broadcast, meeting, ai, unknown"),
		col("name", Text, "short name"), col("display_name", Text, "name as displayed"), col("topic", Text, "topic").at("topic.text"), col("purpose", Text, "purpose").at("purpose.text"),
		col("participants", JSON, "list of keys of people; of direct conversations and groups only"),
		col("created", Time, "when it was created, UTC").at("created.utc"), col("creator", Text, "key of who created it").to("people"),
		col("archived", Bool, "closed"), col("archived_at", Time, "when it was closed, UTC").at("archived_at.utc"),
		col("deleted", Bool, "deleted"), col("deleted_at", Time, "when it was deleted, UTC").at("deleted_at.utc"),
		col("general", Bool, "everybody's default channel"), col("shared", Bool, "with other organisations or workspaces"),
		col("custodian", Text, "whose copy it is"), col("retention", Text, "retention label"), col("collection", Text, "id of a group of slices of one conversation"),
		col("synthesised", Bool, "in no list of the source; made from what messages say"), col("updated", Time, "when the source last changed it, UTC").at("updated.utc"),
		col("icon_state", Text, "whether the picture is there: present, missing, ...").at("icon.state"), col("icon_sha256", Text, "SHA-256 of the picture, which names its file in media").at("icon.sha256"),
		col("system", Text, "where it comes from: slack, teams, ..."), col("instance", Text, "which one of these systems"),
		col("parent", Text, "key of the workspace or space that it is in").to("conversations"),
		col("id", Text, "the source's own id"), col("key", Text, "the conversation's identity, the same in every export"),
		own("recorded", Bool, "false where other tables refer to something that nothing describes"),
	}
}

func membershipColumns() []*Column {
	return []*Column{
		derived("conversation_title", Text, "title of the conversation", titleOf("conversation")), derived("person_name", Text, "name of the person", nameOf("person")),
		col("joined", Time, "since when, UTC").at("joined.utc"), col("left", Time, "until when, UTC").at("left.utc"), col("role", Text, "role in the conversation"),
		col("cause", Text, "listed (a member when the export was made), join, invite, import"), col("by", Text, "key of who added the person").to("people"),
		col("conversation", Text, "key of the conversation").to("conversations"), col("person", Text, "key of the person").to("people"),
		col("key", Text, "the membership's identity"),
	}
}

func reactionColumns() []*Column {
	return []*Column{
		own("m", Int, "place among those who reacted with it, from 0"),
		col("emoji", Text, "its short name"), col("unicode", Text, "the emoji itself"),
		derived("person_name", Text, "name of the person", nameOf("person")),
		col("at", Time, "when, UTC").at("at[]"), col("count", Int, "how many reacted with it, as the source says; in the first row only"),
		col("custom", Text, "key of a custom emoji"), col("person", Text, "key of the person").at("by[]").to("people"),
	}
}

func attachmentColumns() []*Column {
	return []*Column{
		col("name", Text, "file name"), col("title", Text, "title"), derived("file", Text, "where it is, from the edition's root", file),
		col("state", Text, "present, missing, expired, forbidden, too_large, remote, withheld, deleted"), col("reason", Text, "why it is not there"),
		col("mime", Text, "type as declared"), col("sniffed", Text, "type as its first bytes say"), col("size", Int, "bytes").digits(), col("sha256", Text, "SHA-256 of its bytes"),
		col("role", Text, "file, image, video, voice, sticker, preview"), col("width", Int, "pixels"), col("height", Int, "pixels"), col("duration", Text, "seconds"),
		derived("uploader_name", Text, "name of who uploaded it", nameOf("uploader")), col("uploaded", Time, "when it was uploaded, UTC").at("uploaded.utc"), col("expires", Time, "when it expires, UTC").at("expires.utc"),
		col("alt", Text, "description for those who can't see it"), col("transcript", Text, "what is said in it"), col("preview", Text, "excerpt given by the source"),
		col("url", Text, "address, without secrets"), col("permalink", Text, "address in the source"), col("path", Text, "path in the dump"),
		col("mode", Text, "the source's own word for how it keeps the file"), col("external", Text, "service that holds it"), col("thumbnail_of", Text, "id of the file that it shows"),
		col("uploader", Text, "key of who uploaded it").to("people"), col("id", Text, "the source's own id"),
	}
}

func mentionColumns() []*Column {
	return []*Column{
		col("kind", Text, "person, group, conversation, everyone, here, channel"), col("name", Text, "name as the source wrote it"),
		col("start", Int, "where in the text it begins, in code points"), col("length", Int, "in code points"), col("target", Text, "key of who or what is mentioned"),
	}
}

func editColumns() []*Column {
	return []*Column{
		col("at", Time, "when it was edited, UTC").at("at.utc"), derived("by_name", Text, "name of who edited it", nameOf("by")),
		col("previous", Text, "what it said before").at("previous.text"), col("previous_format", Text, "format of that text").at("previous.format"),
		col("by", Text, "key of who edited it").to("people"),
	}
}

func emojiColumns() []*Column {
	return []*Column{
		col("name", Text, "short name"), col("alias_for", Text, "name of the emoji that it stands for"), col("aliases", JSON, "list of other names"),
		col("created", Time, "when it was made, UTC").at("created.utc"), derived("creator_name", Text, "name of who made it", nameOf("creator")),
		col("image_state", Text, "whether the picture is there: present, missing, ...").at("image.state"), col("image_sha256", Text, "SHA-256 of the picture, which names its file in media").at("image.sha256"),
		col("creator", Text, "key of who made it").to("people"), col("key", Text, "the emoji's identity"),
	}
}

func revisionColumns() []*Column {
	return []*Column{
		derived("conversation_title", Text, "title of the conversation", titleOf("conversation")), col("action", Text, "edit or delete"),
		col("at", Time, "when, UTC").at("at.utc"), derived("by_name", Text, "name of who did it", nameOf("by")),
		col("previous", Text, "what the message said before").at("previous.text"), col("current", Text, "what it said after").at("current.text"),
		col("by", Text, "key of who did it").to("people"), col("conversation", Text, "key of the conversation").to("conversations"),
		col("of", Text, "key of the message"), col("key", Text, "the revision's identity"),
	}
}

func analysisColumns() []*Column {
	return []*Column{
		col("kind", Text, "summary, label, sentiment, translation, transcript, ..."), col("result", Text, "what it says"), col("labels", JSON, "list of labels"),
		col("confidence", Text, "how sure it is, a decimal number"), col("model", Text, "which model or tool"), col("provider", Text, "whose it is"),
		col("prompt_ref", Text, "what it was asked"), col("input_hash", Text, "digest of what it was given"), col("at", Time, "when, UTC").at("at.utc"),
		col("of", JSON, "list of keys of messages"), col("key", Text, "the analysis's identity"),
	}
}
