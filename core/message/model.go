package message

// Version of the model; it changes only when a reader of the old one would misread the new.
const Version = 1

// Record types: the value of Record.Type.
const (
	TypePerson       = "person"
	TypeConversation = "conversation"
	TypeMembership   = "membership"
	TypeMessage      = "message"
	TypeRevision     = "revision"
	TypeEmoji        = "emoji"
	TypeAnalysis     = "analysis"
)

// Record is one accounted item: exactly one of its pointers, the one that Type names, is set.
// On the wire and in archives a record is that one object on one line, its "type" inside it.
type Record struct {
	Type         string
	Person       *Person
	Conversation *Conversation
	Membership   *Membership
	Message      *Message
	Revision     *Revision
	Emoji        *Emoji
	Analysis     *Analysis
}

// Time is an instant as the source gave it and as we read it.
type Time struct {
	// UTC is RFC 3339 in UTC ("2019-04-02T09:00:00.000200Z") with as many fraction digits as the source had.
	UTC string `json:"utc"`
	// Raw is the source's own string, verbatim; absent when it equals UTC.
	Raw string `json:"raw,omitempty"`
	// Precision is the smallest unit the source kept: ns, us, ms, s, min, day.
	Precision string `json:"precision,omitempty"`
	// Zone tells how sure the zone is: utc, offset (Raw carries it), assumed (by configuration), unknown.
	Zone string `json:"zone,omitempty"`
	// ShiftMS is by how many milliseconds a target's rules moved it; only in projected records.
	ShiftMS int `json:"shift_ms,omitempty"`
}

// Source points at the raw record a canonical record was read from.
type Source struct {
	File   string `json:"file,omitempty"`   // path inside the dump, "/"-separated
	Index  string `json:"index,omitempty"`  // ordinal inside the file, from 0
	Offset string `json:"offset,omitempty"` // byte offset inside the file
	Length string `json:"length,omitempty"` // bytes
	SHA256 string `json:"sha256,omitempty"` // lower-case hex digest of those bytes
}

// Person is an account or an author: human, bot, app, guest, system, unknown or deleted.
type Person struct {
	Type        string            `json:"type"`
	V           int               `json:"v"`
	Key         string            `json:"key"`
	ID          string            `json:"id"`
	Kind        string            `json:"kind"` // human, bot, app, guest, system, unknown, deleted
	Username    string            `json:"username,omitempty"`
	Name        string            `json:"name,omitempty"` // as displayed
	RealName    string            `json:"real_name,omitempty"`
	FirstName   string            `json:"first_name,omitempty"`
	LastName    string            `json:"last_name,omitempty"`
	Names       []NameInterval    `json:"names,omitempty"` // earlier names with their validity
	Emails      []string          `json:"emails,omitempty"`
	Corporate   string            `json:"corporate_email,omitempty"` // address in the organisation's directory, where the source names it apart
	Phone       string            `json:"phone,omitempty"`
	Account     string            `json:"account,omitempty"` // account id outside the system (directory, payroll)
	Departments []string          `json:"departments,omitempty"`
	Title       string            `json:"title,omitempty"`
	Locale      string            `json:"locale,omitempty"`
	Zone        string            `json:"zone,omitempty"` // IANA name
	Avatar      *Attachment       `json:"avatar,omitempty"`
	Roles       []string          `json:"roles,omitempty"` // owner, admin, primary_owner, member, guest, single_channel_guest, ...
	Status      string            `json:"status,omitempty"`
	Deactivated bool              `json:"deactivated,omitempty"`
	ActiveFrom  *Time             `json:"active_from,omitempty"`
	ActiveUntil *Time             `json:"active_until,omitempty"`
	External    bool              `json:"external,omitempty"` // belongs to another organisation
	Tenant      string            `json:"tenant,omitempty"`   // home organisation or workspace id
	Workspaces  []string          `json:"workspaces,omitempty"`
	Owner       string            `json:"owner,omitempty"`   // key of a bot's owner
	Aliases     []string          `json:"aliases,omitempty"` // other ids of the same author (a bot's B-id)
	MergedInto  string            `json:"merged_into,omitempty"`
	Synthesised bool              `json:"synthesised,omitempty"` // in no list of the source; made from what messages say
	Updated     *Time             `json:"updated,omitempty"`
	Target      *Target           `json:"target,omitempty"` // only in projected records
	Custom      []Pair            `json:"custom,omitempty"`
	Ext         map[string]string `json:"ext,omitempty"`
	Raw         *Source           `json:"raw,omitempty"`
}

// NameInterval is a name and when it was in use.
type NameInterval struct {
	Name  string `json:"name"`
	From  *Time  `json:"from,omitempty"`
	Until *Time  `json:"until,omitempty"`
}

// Target is the account of a person in one target, decided by the identity map.
type Target struct {
	Account string `json:"account"`
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Action  string `json:"action,omitempty"` // create, existing, placeholder, bot, merge
}

// Pair is a custom name and value of the source.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Conversation is any place messages live in.
type Conversation struct {
	Type         string            `json:"type"`
	V            int               `json:"v"`
	Key          string            `json:"key"`
	ID           string            `json:"id"`
	System       string            `json:"system"`
	Instance     string            `json:"instance,omitempty"`
	Kind         string            `json:"kind"`             // public, private, direct, group, workspace, space, broadcast, meeting, ai, unknown
	Parent       string            `json:"parent,omitempty"` // key of the workspace or space
	Name         string            `json:"name,omitempty"`   // short name (slug)
	DisplayName  string            `json:"display_name,omitempty"`
	Topic        *Note             `json:"topic,omitempty"`
	Purpose      *Note             `json:"purpose,omitempty"`
	Icon         *Attachment       `json:"icon,omitempty"`
	Created      *Time             `json:"created,omitempty"`
	Creator      string            `json:"creator,omitempty"`
	Archived     bool              `json:"archived,omitempty"`
	ArchivedAt   *Time             `json:"archived_at,omitempty"`
	Deleted      bool              `json:"deleted,omitempty"`
	DeletedAt    *Time             `json:"deleted_at,omitempty"`
	General      bool              `json:"general,omitempty"`      // everybody's default channel
	Shared       bool              `json:"shared,omitempty"`       // with other organisations or workspaces
	Participants []string          `json:"participants,omitempty"` // direct and group only, sorted; else see Membership
	Pins         []Pin             `json:"pins,omitempty"`
	Custodian    string            `json:"custodian,omitempty"`
	Retention    string            `json:"retention,omitempty"`
	Collection   string            `json:"collection,omitempty"` // id of a group of slices of one conversation
	Synthesised  bool              `json:"synthesised,omitempty"`
	Updated      *Time             `json:"updated,omitempty"`
	Custom       []Pair            `json:"custom,omitempty"`
	Ext          map[string]string `json:"ext,omitempty"`
	Raw          *Source           `json:"raw,omitempty"`
}

// ExtClaimed is the key in a conversation's Ext of how many messages the source itself says it has, as a
// number: a claim to check, like ThreadInfo.
const ExtClaimed = "chatferry.claimed_messages"

// Note is a short text somebody set: topic, purpose, header.
type Note struct {
	Text string `json:"text"`
	By   string `json:"by,omitempty"`
	At   *Time  `json:"at,omitempty"`
}

// Pin is something pinned in a conversation.
type Pin struct {
	Message string `json:"message,omitempty"` // message key
	File    string `json:"file,omitempty"`    // attachment id
	By      string `json:"by,omitempty"`
	At      *Time  `json:"at,omitempty"`
}

// Membership is one interval of one person in one conversation.
type Membership struct {
	Type         string            `json:"type"`
	V            int               `json:"v"`
	Key          string            `json:"key"`
	Conversation string            `json:"conversation"`
	Person       string            `json:"person"`
	Joined       *Time             `json:"joined,omitempty"`
	Left         *Time             `json:"left,omitempty"`
	Role         string            `json:"role,omitempty"`
	Cause        string            `json:"cause,omitempty"` // listed (member at export time), join, invite, import
	By           string            `json:"by,omitempty"`
	Ext          map[string]string `json:"ext,omitempty"`
	Raw          *Source           `json:"raw,omitempty"`
}

// Emoji is a custom emoji.
type Emoji struct {
	Type     string            `json:"type"`
	V        int               `json:"v"`
	Key      string            `json:"key"`
	Name     string            `json:"name"`
	Image    *Attachment       `json:"image,omitempty"`
	Aliases  []string          `json:"aliases,omitempty"`
	AliasFor string            `json:"alias_for,omitempty"`
	Creator  string            `json:"creator,omitempty"`
	Created  *Time             `json:"created,omitempty"`
	Ext      map[string]string `json:"ext,omitempty"`
	Raw      *Source           `json:"raw,omitempty"`
}

// Revision is one step in a message's life that the source keeps as a record of its own.
type Revision struct {
	Type         string            `json:"type"`
	V            int               `json:"v"`
	Key          string            `json:"key"`
	Of           string            `json:"of"` // message key
	Conversation string            `json:"conversation"`
	Action       string            `json:"action"` // edit, delete
	At           *Time             `json:"at,omitempty"`
	By           string            `json:"by,omitempty"`
	Previous     *Content          `json:"previous,omitempty"`
	Current      *Content          `json:"current,omitempty"`
	Ext          map[string]string `json:"ext,omitempty"`
	Raw          *Source           `json:"raw,omitempty"`
}

// Content is a message's content at one moment.
type Content struct {
	Text    string  `json:"text,omitempty"`
	TextB64 string  `json:"text_b64,omitempty"`
	Format  string  `json:"format,omitempty"`
	Rich    []Block `json:"rich,omitempty"`
}

// Analysis is what a model or a tool said about messages. It is never part of the evidence
// itself: it has its own records, and refers to what it was made from.
type Analysis struct {
	Type       string            `json:"type"`
	V          int               `json:"v"`
	Key        string            `json:"key"`
	Of         []string          `json:"of"`   // message keys
	Kind       string            `json:"kind"` // summary, label, sentiment, translation, transcript, ...
	Model      string            `json:"model,omitempty"`
	Provider   string            `json:"provider,omitempty"`
	PromptRef  string            `json:"prompt_ref,omitempty"`
	InputHash  string            `json:"input_hash,omitempty"`
	Result     string            `json:"result,omitempty"`
	Labels     []string          `json:"labels,omitempty"`
	Confidence string            `json:"confidence,omitempty"` // decimal as the source wrote it
	At         *Time             `json:"at,omitempty"`
	Ext        map[string]string `json:"ext,omitempty"`
	Raw        *Source           `json:"raw,omitempty"`
}
