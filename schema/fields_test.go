package schema

import (
	"strings"
	"testing"
)

// fields says for everything a target may ask of a chat history where the model has it.
// "run:" means that it describes a run and not a record, and stands in the run's ledger and report;
// "made:" means that it is computed from what is named after it.
var fields = []struct{ wanted, where string }{
	// The package
	{"schema id and version", "message.v"},
	{"tool version, run id, operator, legal basis, filter expression, time window", "run: report"},
	{"source digests", "message.raw.sha256"},
	{"counts by type, loss ledger, completeness verdict", "run: ledger"},
	{"custodian", "conversation.custodian"},
	// Participants
	{"source id", "person.id"},
	{"stable canonical id", "person.key"},
	{"kind", "person.kind"},
	{"username", "person.username"},
	{"display name", "person.name"},
	{"name validity interval", "person.names.from person.names.until"},
	{"first and last name", "person.first_name person.last_name"},
	{"e-mails", "person.emails"},
	{"corporate e-mail", "person.corporate_email"},
	{"phone", "person.phone"},
	{"account id", "person.account"},
	{"department", "person.departments"},
	{"title", "person.title"},
	{"locale and zone", "person.locale person.zone"},
	{"avatar", "person.avatar.sha256"},
	{"roles", "person.roles"},
	{"active and deactivated at", "person.active_from person.active_until person.deactivated"},
	{"external, tenant", "person.external person.tenant"},
	{"bot owner", "person.owner"},
	{"target-side mapping slot", "person.target.account person.target.action"},
	{"custom pairs", "person.custom.name person.custom.value"},
	// Conversations
	{"source id", "conversation.id"},
	{"kind", "conversation.kind"},
	{"platform", "conversation.system"},
	{"parent", "conversation.parent"},
	{"slug and display name", "conversation.name conversation.display_name"},
	{"topic", "conversation.topic.text"},
	{"purpose", "conversation.purpose.text"},
	{"icon", "conversation.icon.sha256"},
	{"created", "conversation.created conversation.creator"},
	{"archived", "conversation.archived_at"},
	{"deleted", "conversation.deleted_at"},
	{"membership interval", "membership.person membership.joined membership.left membership.role membership.cause"},
	{"participants at window start", "made: membership.joined membership.left conversation.participants"},
	{"retention label", "conversation.retention"},
	{"event collection", "conversation.collection"},
	// Messages
	{"source id", "message.id"},
	{"canonical id", "message.key"},
	{"sequence", "message.seq"},
	{"type", "message.kind message.subtype"},
	{"author", "message.author"},
	{"shown-as override", "message.shown_as.name"},
	{"sent at with precision, zone and raw string", "message.sent.utc message.sent.precision message.sent.zone message.sent.raw"},
	{"received", "message.received"},
	{"adjusted time", "message.sent.shift_ms"},
	{"direction", "message.direction"},
	{"thread root", "message.thread"},
	{"parent", "message.reply_to"},
	{"quoted message", "message.quoted.message message.quoted.text"},
	{"forwarded from", "message.forwarded.author"},
	{"subject", "message.subject"},
	{"body in source form and dialect", "message.text message.text_b64 message.format"},
	{"plain text, sanitised HTML", "made: message.rich.inlines.text"},
	{"language", "message.language"},
	{"mentions with kind, target, span", "message.mentions.kind message.mentions.target message.mentions.start message.mentions.length"},
	{"links and previews", "message.links.url message.links.title message.links.image"},
	{"importance", "message.importance"},
	{"pinned by, at", "message.pins.by message.pins.at"},
	{"flagged by", "message.flagged.by"},
	{"receipts", "message.receipts.by message.receipts.at message.receipts.action"},
	{"expiry", "message.expires"},
	{"undecryptable", "message.undecryptable"},
	{"edited by, at", "message.edited.at message.edited.by"},
	{"edits with the previous text", "message.revisions.at message.revisions.by message.revisions.previous.text"},
	{"edits with the new text", "revision.previous.text revision.current.text"},
	{"deleted by, at, how", "message.deleted.at message.deleted.by message.deleted.mode"},
	{"hidden from", "message.hidden_from"},
	{"client", "message.client"},
	{"location", "message.location.latitude message.location.longitude"},
	{"contact card", "message.contact.vcard"},
	{"poll", "message.poll.options.text message.poll.options.votes message.poll.options.by"},
	{"call", "message.call.started message.call.ended message.call.participants"},
	{"structured payload", "message.cards.json"},
	{"raw source record pointer", "message.raw.file message.raw.offset message.raw.length message.raw.sha256"},
	{"custom pairs", "message.custom.name"},
	{"AI annotations apart from evidence", "analysis.model analysis.prompt_ref analysis.kind analysis.result analysis.labels analysis.confidence"},
	{"AI context as evidence", "message.ai.model message.ai.prompt_ref message.ai.tool_calls.arguments message.ai.tool_calls.result"},
	// Reactions
	{"emoji as unicode, shortcode, custom", "message.reactions.unicode message.reactions.emoji message.reactions.custom"},
	{"who, when, count", "message.reactions.by message.reactions.at message.reactions.count"},
	// Attachments
	{"source id, name", "message.attachments.id message.attachments.name"},
	{"declared and sniffed type", "message.attachments.mime message.attachments.sniffed"},
	{"size, digest", "message.attachments.size message.attachments.sha256"},
	{"role", "message.attachments.role"},
	{"width, height, duration", "message.attachments.width message.attachments.height message.attachments.duration"},
	{"original address and expiry", "message.attachments.url message.attachments.expires"},
	{"state and reason", "message.attachments.state message.attachments.reason"},
	{"uploader, uploaded at", "message.attachments.uploader message.attachments.uploaded"},
	{"thumbnail of", "message.attachments.thumbnail_of"},
	{"local path", "message.attachments.path"},
	{"alternative text, transcript", "message.attachments.alt message.attachments.transcript"},
	// Custom emoji
	{"name, image, aliases, creator", "emoji.name emoji.image.sha256 emoji.aliases emoji.creator"},
	// Ids map
	{"remote id per sink run", "run: ledger"},
}

func TestEveryFieldATargetMayAskForHasAPlace(t *testing.T) {
	docs := load(t)
	for _, f := range fields {
		if strings.HasPrefix(f.where, "run: ") {
			continue
		}
		for _, path := range strings.Fields(strings.TrimPrefix(f.where, "made: ")) {
			steps := strings.Split(path, ".")
			n := docs.root(steps[0])
			for _, step := range steps[1:] {
				n, _ = docs.resolve(n)
				if n.m["type"] == "array" {
					n, _ = docs.resolve(docs.child(n, "items"))
				}
				n = docs.child(docs.child(n, "properties"), step)
			}
			if n.m == nil {
				t.Errorf("%s: the model has no %s", f.wanted, path)
			}
		}
	}
}
