package message

// Message kinds: the value of Message.Kind. A kind that is not listed travels as it is and is
// counted as "unknown" by everything that groups by kind.
const (
	KindText        = "text"
	KindMe          = "me"      // "/me waves"
	KindFile        = "file"    // shares files, text may be empty
	KindComment     = "comment" // comment on a file
	KindBot         = "bot"     // posted by an integration
	KindJoin        = "join"
	KindLeave       = "leave"
	KindRename      = "rename"
	KindTopic       = "topic"
	KindPurpose     = "purpose"
	KindArchive     = "archive"
	KindUnarchive   = "unarchive"
	KindPin         = "pin"
	KindUnpin       = "unpin"
	KindCall        = "call"
	KindPoll        = "poll"
	KindReminder    = "reminder"
	KindTombstone   = "tombstone"   // the source says a message was here and is deleted
	KindWithheld    = "withheld"    // the source says a message is here and may not be read
	KindPlaceholder = "placeholder" // made by us where a thread's first message is absent
	KindSystem      = "system"      // any other notice by the system
	KindUnknown     = "unknown"
)

// Message is one entry of a conversation: what somebody wrote, or what the system noted.
type Message struct {
	Type          string            `json:"type"`
	V             int               `json:"v"`
	Key           string            `json:"key"`
	ID            string            `json:"id"` // the source's own id, unique in its conversation
	Conversation  string            `json:"conversation"`
	Kind          string            `json:"kind"`
	Subtype       string            `json:"subtype,omitempty"` // the source's own word for the kind
	Seq           string            `json:"seq,omitempty"`     // the source's own sequence number
	Author        string            `json:"author,omitempty"`
	ShownAs       *ShownAs          `json:"shown_as,omitempty"`
	Sent          Time              `json:"sent"`
	Received      *Time             `json:"received,omitempty"`
	Direction     string            `json:"direction,omitempty"` // in, out: relative to the custodian
	Thread        string            `json:"thread,omitempty"`    // key of the thread's first message; the first message itself carries its own key
	Broadcast     bool              `json:"broadcast,omitempty"` // a reply that is shown in the conversation too
	ReplyTo       string            `json:"reply_to,omitempty"`
	Quoted        *Quote            `json:"quoted,omitempty"`
	Forwarded     *Quote            `json:"forwarded,omitempty"`
	ThreadInfo    *ThreadInfo       `json:"thread_info,omitempty"`
	Subject       string            `json:"subject,omitempty"`
	Text          string            `json:"text,omitempty"`
	TextB64       string            `json:"text_b64,omitempty"` // the source's bytes where they are not valid UTF-8; Text then holds U+FFFD for each bad byte
	Format        string            `json:"format,omitempty"`   // of Text: plain, mrkdwn, markdown, html, ...
	Rich          []Block           `json:"rich,omitempty"`
	Language      string            `json:"language,omitempty"`
	Mentions      []Mention         `json:"mentions,omitempty"`
	Links         []Link            `json:"links,omitempty"`
	Cards         []Card            `json:"cards,omitempty"`
	Attachments   []Attachment      `json:"attachments,omitempty"`
	Reactions     []Reaction        `json:"reactions,omitempty"`
	Event         *Event            `json:"event,omitempty"`
	Call          *Call             `json:"call,omitempty"`
	Poll          *Poll             `json:"poll,omitempty"`
	Location      *Location         `json:"location,omitempty"`
	Contact       *Contact          `json:"contact,omitempty"`
	AI            *AI               `json:"ai,omitempty"`
	Edited        *Edit             `json:"edited,omitempty"`
	Revisions     []Edit            `json:"revisions,omitempty"` // oldest first
	Deleted       *Deletion         `json:"deleted,omitempty"`
	Pins          []Pin             `json:"pins,omitempty"`
	Flagged       []Receipt         `json:"flagged,omitempty"`
	Receipts      []Receipt         `json:"receipts,omitempty"`
	HiddenFrom    []string          `json:"hidden_from,omitempty"`
	Hidden        bool              `json:"hidden,omitempty"`
	Importance    string            `json:"importance,omitempty"`
	Expires       *Time             `json:"expires,omitempty"`
	Undecryptable bool              `json:"undecryptable,omitempty"`
	Client        string            `json:"client,omitempty"`
	ClientID      string            `json:"client_id,omitempty"` // id the sending client gave
	Labels        []string          `json:"labels,omitempty"`
	Part          *Part             `json:"part,omitempty"` // only in projected records
	Custom        []Pair            `json:"custom,omitempty"`
	Ext           map[string]string `json:"ext,omitempty"`
	Raw           *Source           `json:"raw,omitempty"`
}

// ShownAs is how an author appeared where that differs from who it was (webhooks, bridges).
type ShownAs struct {
	Name  string `json:"name,omitempty"`
	Icon  string `json:"icon,omitempty"`  // URL, secrets removed
	Emoji string `json:"emoji,omitempty"` // used as an icon
}

// Quote is a copy of another message inside this one.
type Quote struct {
	Message      string `json:"message,omitempty"`
	Conversation string `json:"conversation,omitempty"`
	Author       string `json:"author,omitempty"`
	AuthorName   string `json:"author_name,omitempty"`
	Sent         *Time  `json:"sent,omitempty"`
	Text         string `json:"text,omitempty"`
}

// ThreadInfo is what the source says of a thread on its first message. It is a claim to check
// against the replies found, never a replacement for them.
type ThreadInfo struct {
	Replies     int      `json:"replies,omitempty"`
	People      int      `json:"people,omitempty"`
	Latest      *Time    `json:"latest,omitempty"`
	Locked      bool     `json:"locked,omitempty"`
	Subscribers []string `json:"subscribers,omitempty"`
}

// Mention is a person, group, conversation or everybody named in the text.
type Mention struct {
	Kind   string `json:"kind"` // person, group, conversation, everyone, here, channel
	Target string `json:"target,omitempty"`
	Name   string `json:"name,omitempty"`
	Start  int    `json:"start,omitempty"`  // where in Text it begins, in code points; known only with Length
	Length int    `json:"length,omitempty"` // in code points
}

// Link is a web address in the message with its preview.
type Link struct {
	URL         string `json:"url"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Service     string `json:"service,omitempty"`
	Image       string `json:"image,omitempty"`
}

// Card is a structured payload: a bot's card, a legacy attachment, an interactive block.
type Card struct {
	Kind   string `json:"kind"`
	Title  string `json:"title,omitempty"`
	Text   string `json:"text,omitempty"` // plain text of everything readable in it
	URL    string `json:"url,omitempty"`
	JSON   string `json:"json,omitempty"` // the source's own, exact
	Author string `json:"author,omitempty"`
}

// Media states: the value of Attachment.State.
const (
	MediaPresent   = "present"
	MediaMissing   = "missing"
	MediaExpired   = "expired"
	MediaForbidden = "forbidden"
	MediaTooLarge  = "too_large"
	MediaRemote    = "remote"
	MediaWithheld  = "withheld"
	MediaDeleted   = "deleted"
)

// Attachment is a reference to a file: present by SHA-256, or absent with a state and a reason.
type Attachment struct {
	ID          string            `json:"id,omitempty"`
	Name        string            `json:"name,omitempty"`
	Title       string            `json:"title,omitempty"`
	MIME        string            `json:"mime,omitempty"`    // as declared
	Sniffed     string            `json:"sniffed,omitempty"` // as the first bytes say
	Size        string            `json:"size,omitempty"`    // bytes
	SHA256      string            `json:"sha256,omitempty"`
	Role        string            `json:"role,omitempty"` // file, image, video, voice, sticker, preview, avatar, emoji
	Width       int               `json:"width,omitempty"`
	Height      int               `json:"height,omitempty"`
	Duration    string            `json:"duration,omitempty"` // seconds, decimal
	URL         string            `json:"url,omitempty"`      // secrets removed
	Permalink   string            `json:"permalink,omitempty"`
	Expires     *Time             `json:"expires,omitempty"`
	State       string            `json:"state"`
	Reason      string            `json:"reason,omitempty"`
	Uploader    string            `json:"uploader,omitempty"`
	Uploaded    *Time             `json:"uploaded,omitempty"`
	ThumbnailOf string            `json:"thumbnail_of,omitempty"`
	Path        string            `json:"path,omitempty"` // inside the dump
	Alt         string            `json:"alt,omitempty"`
	Transcript  string            `json:"transcript,omitempty"`
	Preview     string            `json:"preview,omitempty"`  // text excerpt given by the source
	Mode        string            `json:"mode,omitempty"`     // the source's own word for how it keeps the file
	External    string            `json:"external,omitempty"` // service that holds it (gdrive, ...)
	Ext         map[string]string `json:"ext,omitempty"`
}

// Reaction is one emoji with everybody who used it.
type Reaction struct {
	Emoji   string   `json:"emoji"`             // shortcode without colons, skin tone included as the source writes it
	Unicode string   `json:"unicode,omitempty"` // the emoji itself where the source or a table gives it
	Custom  string   `json:"custom,omitempty"`  // key of a custom emoji
	By      []string `json:"by,omitempty"`      // person keys in the source's order
	At      []string `json:"at,omitempty"`      // RFC 3339, parallel to By; absent when no time is known
	Count   int      `json:"count,omitempty"`   // as claimed by the source; may exceed len(By)
}

// Event is what a system message says, as data.
type Event struct {
	Action  string   `json:"action"` // the kind again for known kinds, the source's own word otherwise
	Actor   string   `json:"actor,omitempty"`
	Targets []string `json:"targets,omitempty"` // person keys it happened to
	Old     string   `json:"old,omitempty"`
	New     string   `json:"new,omitempty"`
	Item    string   `json:"item,omitempty"` // key or id of what it is about
}

// Call is a call, huddle or meeting.
type Call struct {
	ID           string   `json:"id,omitempty"`
	Name         string   `json:"name,omitempty"`
	By           string   `json:"by,omitempty"`
	Started      *Time    `json:"started,omitempty"`
	Ended        *Time    `json:"ended,omitempty"`
	Participants []string `json:"participants,omitempty"`
	Outcome      string   `json:"outcome,omitempty"` // answered, missed, declined, ended
}

// Poll is a question with options and votes.
type Poll struct {
	Question string       `json:"question"`
	Options  []PollOption `json:"options,omitempty"`
	Multiple bool         `json:"multiple,omitempty"`
	Closed   bool         `json:"closed,omitempty"`
	Total    int          `json:"total,omitempty"`
}

// PollOption is one answer of a poll.
type PollOption struct {
	Text  string   `json:"text"`
	Votes int      `json:"votes,omitempty"`
	By    []string `json:"by,omitempty"`
}

// Location is a place somebody sent.
type Location struct {
	Latitude  string `json:"latitude,omitempty"` // decimal degrees as the source wrote them
	Longitude string `json:"longitude,omitempty"`
	Name      string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
	URL       string `json:"url,omitempty"`
}

// Contact is a business card somebody sent.
type Contact struct {
	Name   string   `json:"name,omitempty"`
	Phones []string `json:"phones,omitempty"`
	Emails []string `json:"emails,omitempty"`
	VCard  string   `json:"vcard,omitempty"`
}

// AI is the context of a message in a conversation with a model: part of the evidence, because
// the source recorded it. What a model later says about messages is an Analysis.
type AI struct {
	Role      string            `json:"role,omitempty"` // user, assistant, system, tool
	Model     string            `json:"model,omitempty"`
	Provider  string            `json:"provider,omitempty"`
	PromptRef string            `json:"prompt_ref,omitempty"`
	Branch    string            `json:"branch,omitempty"` // empty on the shown path
	ToolCalls []ToolCall        `json:"tool_calls,omitempty"`
	Reasoning string            `json:"reasoning,omitempty"`
	Finish    string            `json:"finish,omitempty"`
	Usage     map[string]string `json:"usage,omitempty"`
}

// ToolCall is one call of a tool by a model.
type ToolCall struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name"`
	Arguments string `json:"arguments,omitempty"` // exact text
	Result    string `json:"result,omitempty"`
	State     string `json:"state,omitempty"`
}

// Edit is one edit: when, by whom, and the content before it where the source keeps it.
type Edit struct {
	At       *Time    `json:"at,omitempty"`
	By       string   `json:"by,omitempty"`
	Previous *Content `json:"previous,omitempty"`
}

// Deletion says that and how a message was deleted.
type Deletion struct {
	At   *Time  `json:"at,omitempty"`
	By   string `json:"by,omitempty"`
	Mode string `json:"mode,omitempty"` // tombstone, recalled, retention, moderator
}

// Receipt is somebody's action on a message: read, delivered, flagged.
type Receipt struct {
	By     string `json:"by"`
	At     *Time  `json:"at,omitempty"`
	Action string `json:"action,omitempty"`
}

// Part numbers the pieces a long message was split into for a target, from 1.
type Part struct {
	Number int    `json:"number"`
	Of     int    `json:"of"`
	Parent string `json:"parent,omitempty"` // key of the message it is a piece of
}

// Block kinds: the value of Block.Kind.
const (
	BlockParagraph = "paragraph"
	BlockQuote     = "quote"
	BlockCode      = "code"
	BlockItem      = "item" // one item of a list; neighbours of equal List form the list
	BlockHeading   = "heading"
	BlockDivider   = "divider"
	BlockImage     = "image"
	BlockOpaque    = "opaque" // nothing we can show as text beyond Text; JSON has the source's own
)

// Block is one block of canonical rich text. Blocks do not nest: depth is a number.
type Block struct {
	Kind    string   `json:"kind"`
	Inlines []Inline `json:"inlines,omitempty"`
	List    string   `json:"list,omitempty"`   // bullet, ordered
	Indent  int      `json:"indent,omitempty"` // list depth from 0
	Number  int      `json:"number,omitempty"` // of an ordered item, from 1
	Quote   int      `json:"quote,omitempty"`  // quote depth this block stands in
	Level   int      `json:"level,omitempty"`  // of a heading, from 1
	Lang    string   `json:"lang,omitempty"`   // of code
	Text    string   `json:"text,omitempty"`   // of opaque blocks: readable text
	URL     string   `json:"url,omitempty"`    // of images
	JSON    string   `json:"json,omitempty"`   // exact source JSON of opaque blocks
}

// Inline kinds: the value of Inline.Kind.
const (
	InlineText         = "text"
	InlineLink         = "link"
	InlinePerson       = "person"
	InlineConversation = "conversation"
	InlineGroup        = "group"
	InlineBroadcast    = "broadcast" // Name: here, channel, everyone
	InlineEmoji        = "emoji"
	InlineDate         = "date"
	InlineColor        = "color"
	InlineFile         = "file"
	InlineBreak        = "break"
	InlineOpaque       = "opaque"
)

// Inline is a run of rich text.
type Inline struct {
	Kind      string `json:"kind"`
	Text      string `json:"text,omitempty"` // text, link label, fallback
	URL       string `json:"url,omitempty"`
	Target    string `json:"target,omitempty"` // key of a person, conversation or group
	Name      string `json:"name,omitempty"`   // emoji shortcode, broadcast word, name given in the source
	Unicode   string `json:"unicode,omitempty"`
	Time      string `json:"time,omitempty"` // RFC 3339 of a date
	Bold      bool   `json:"bold,omitempty"`
	Italic    bool   `json:"italic,omitempty"`
	Strike    bool   `json:"strike,omitempty"`
	Code      bool   `json:"code,omitempty"`
	Underline bool   `json:"underline,omitempty"`
	JSON      string `json:"json,omitempty"`
}
