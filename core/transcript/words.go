package transcript

import (
	"strconv"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// Words is everything that a transcript says of itself in one language. A language is one value in one file;
// a test proves that it has all words, and with the same blanks: a blank is %1, %2, ... and may be moved.
type Words struct {
	Code string // for attributes of the kind lang="..."

	Day func(time.Time) string

	// Kinds and states of the model, by their names there. A value that is not listed is shown as it is.
	Events, Kinds, States, Modes, Roles, Causes map[string]string

	// Messages.
	Nobody, PostedBy, Bot, App, Guest, Acts                                                                       string
	Edited, Pinned, Hidden, Flagged, Broadcast, Deleted, ZoneAssumed, ZoneUnknown, TimeUnknown, NoDate            string
	InReplyTo, ReplyInThread, EarlierMessage, SomeMessage, ThreadSaid, ThreadLocked                               string
	Targets, OldNew, OldOnly, NewOnly, About, OfKind                                                              string
	Tombstone, DeletedBy, DeletedAt, DeletedByAt, How, Withheld, Placeholder, Undecryptable, BadBytes, NoText     string
	EditedBy, EditedAt, EditedByAt, Version, VersionBy, VersionAt, VersionByAt                                    string
	PinnedBy, FlaggedBy, ReceivedAt, ExpiresAt, Important, HiddenFrom, Labels, PartOf, Moved, Receipts, Reactions string
	Quoted, QuotedBy, Forwarded, ForwardedBy, Link, Card, Poll, Votes, Voters, Multiple, Closed, Total            string
	Call, CallBy, CallFrom, CallUntil, CallFromUntil, With, Place, Contact, VCard, Structured                     string
	Model, Reasoning, ToolCall, ToolResult, Usage, Finish, Branch, Prompt                                         string
	ChangeEdit, ChangeDelete, Before, After, Analysis, AnalysisOf, Confidence                                     string
	File, Digest, Bytes, Recognised, Measures, Seconds, UploadedBy, UploadedAt, Title, Alt, Spoken, Excerpt       string
	HeldBy, HeldAt, Gone, Lost, NotAttached, PartNumber                                                           string
	And, Separator, Colon, Open, Close                                                                            string
	// People and places.
	UserName, RealName, ID, Phone, Departments, Position, Account, Deactivated, External, MergedInto, Owner, OnlyInMessages, Member, Joined, Left, Role, Cause, InvitedBy, Emoji, AliasFor, Aliases, Created, PartOfPlace, ShortName, Custodian, Retention string
	// Files.
	Archive, Conversations, Conversation, People, Topic, Purpose, Members, Archived                                                                                                                           string
	TimesIn, Continued, ContinuedIn, ThreadFrom, ThreadAt, Analyses, Unnamed, Names, Emails, Whole, Entries, NoMessages, MadeOf, Memberships, Emojis, See, Directory, CountMessages, CountFiles, CountEntries string
}

// Language is the words of a code, English of one that is not known.
func Language(code string) *Words {
	if code == "zh" {
		return chinese
	}
	return english
}

// Fill puts args into the blanks %1 to %9 of a phrase.
func Fill(phrase string, args ...string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(phrase, '%')
		if i < 0 || i+1 == len(phrase) {
			b.WriteString(phrase)
			return b.String()
		}
		b.WriteString(phrase[:i])
		if n := int(phrase[i+1]) - '1'; n >= 0 && n < len(args) {
			b.WriteString(args[n])
		} else {
			b.WriteString(phrase[i : i+2])
		}
		phrase = phrase[i+2:]
	}
}

// Number is a count with its thousands apart.
func (w *Words) Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Size is a number of bytes as people say it.
func (w *Words) Size(n int64) string {
	unit := 0
	for n >= 10<<10 && unit < 4 {
		n, unit = (n+512)>>10, unit+1
	}
	return w.Number(n) + " " + [...]string{w.Bytes, "KB", "MB", "GB", "TB"}[unit]
}

// isEvent tells whether a kind of message is a notice about the conversation.
func isEvent(kind string) bool {
	_, ok := english.Events[kind]
	return ok || kind == message.KindSystem
}

// named looks a word of the model up.
func named(table map[string]string, word string) string {
	if w, ok := table[word]; ok {
		return w
	}
	return Line(word)
}

// TimesInZone says how times are to be read.
func (o Options) TimesInZone() string { return Fill(o.TimesIn, o.Zone.String()) }
