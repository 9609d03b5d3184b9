package plugin

// Projection says, as data, what a target keeps of the canonical model. The host applies it before
// a record reaches the sink, counts every change, shows the counts in a plan, and verifies the
// read-back against the projected record. A sink therefore gets exactly what it can hold.
type Projection struct {
	// Types says what happens to whole record types; a type not listed is kept.
	// The only actions are Exact, Drop and, for some types, Degrade by one of package projection's
	// rules for whole records ("current_people", "with_image", "bots_by_name").
	Types map[string]Rule `json:"types,omitempty"`
	// Fields is keyed "type.field" or "type.field.sub" by JSON names ("message.reactions.at"). A field not
	// listed is exact, unless Closed is set: then it is dropped. Sub-fields of a dropped field need no rule.
	Fields map[string]Rule `json:"fields,omitempty"`
	Closed bool            `json:"closed,omitempty"`
	// Text says how message text is rendered; nil: Text and Rich travel as they are.
	Text *TextRule `json:"text,omitempty"`
	// Time says what instants a target can hold; nil: all.
	Time *TimeRule `json:"time,omitempty"`
	// Account says what account names a target takes; nil: people travel without Target.
	Account *AccountRule `json:"account,omitempty"`
	// Place says what conversation names and kinds a target takes; nil: any.
	Place *PlaceRule `json:"place,omitempty"`
	// Files is how many attachments one message can have; the rest go to its further parts. 0: any number.
	Files int `json:"files,omitempty"`
	// Roots asks for a placeholder message where a thread's first message is absent.
	Roots bool `json:"roots,omitempty"`
}

// Action of a rule.
type Action string

// Actions.
const (
	Exact   Action = "exact"
	Degrade Action = "degrade" // changed by the rule Name
	Drop    Action = "drop"
)

// Rule is what happens to one field or type, and why, in words an administrator understands.
type Rule struct {
	Action Action `json:"action"`
	Name   string `json:"name,omitempty"` // of a degrading rule, such as "milliseconds"
	Why    string `json:"why,omitempty"`
}

// TextRule renders a message's text, rich text and cards into Message.Text in the target's dialect.
type TextRule struct {
	Dialect string `json:"dialect"` // markdown, plain, mrkdwn, html
	Limit   int    `json:"limit,omitempty"`
	Unit    string `json:"unit,omitempty"` // rune, utf16, byte
	// Mention is how a person is mentioned, "@{account}".
	Mention string `json:"mention,omitempty"`
	// Channel is how a conversation is mentioned, "~{name}".
	Channel string `json:"channel,omitempty"`
	// Inert makes "@all", "@here", "@channel" harmless, so that an import notifies nobody.
	Inert bool `json:"inert,omitempty"`
}

// TimeRule is the resolution a target keeps and whether times must be unique.
type TimeRule struct {
	Unit   string `json:"unit"`             // us, ms, s
	Unique bool   `json:"unique,omitempty"` // within a conversation: later ones are shifted, each shift recorded
}

// AccountRule is what an account name must look like in a target.
type AccountRule struct {
	Allowed  string   `json:"allowed"` // characters besides a-z and 0-9
	Min      int      `json:"min,omitempty"`
	Max      int      `json:"max,omitempty"`
	Start    string   `json:"start,omitempty"`    // "letter": must start with one
	Reserved []string `json:"reserved,omitempty"` // names, and with a "*" at the end beginnings of names
	Email    bool     `json:"email,omitempty"`    // accounts need an e-mail address
}

// PlaceRule is what conversations must look like in a target.
type PlaceRule struct {
	Channel   AccountRule `json:"channel"`   // names of conversations, unique within their parent
	Workspace AccountRule `json:"workspace"` // names of workspaces
	// Display is how many characters a display name may have; 0: any number.
	Display int `json:"display,omitempty"`
	// Direct is the largest number of different people in a direct or group conversation. A larger
	// one becomes a private channel, and so does a second one of the same people.
	Direct int `json:"direct,omitempty"`
	// Kinds maps kinds the target does not know to one it knows; "" drops the conversation record.
	Kinds map[string]string `json:"kinds,omitempty"`
}
