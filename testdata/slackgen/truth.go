package slackgen

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
)

// Truth is what was generated, counted while it was written.
//
// Records = Messages + Revisions + Duplicates + the rejects that stand in an array.
type Truth struct {
	Seed    uint64 `json:"seed"`
	Dialect string `json:"dialect"`
	Team    string `json:"team"` // workspace id; of a grid the first one

	Records    int   `json:"records"`    // elements of all day-file arrays
	Messages   int   `json:"messages"`   // distinct messages a reader must deliver, events and replies included
	Revisions  int   `json:"revisions"`  // message_changed and message_deleted records
	Duplicates int   `json:"duplicates"` // records whose conversation and ts another record had before
	Conflicts  int   `json:"conflicts"`  // of the duplicates: other content than the first
	DayFiles   int   `json:"day_files"`
	Bytes      int64 `json:"bytes"` // of JSON in day files

	First string `json:"first"` // earliest and latest ts of a message
	Last  string `json:"last"`

	Threads       int `json:"threads"`         // messages with a reply in this dump
	Replies       int `json:"replies"`         // messages with a thread_ts other than their ts, broadcasts and orphans included
	Broadcasts    int `json:"broadcasts"`      // thread_broadcast and reply_broadcast
	OrphanReply   int `json:"orphan_reply"`    // of the replies: the first message is in no file
	Edited        int `json:"edited"`          // messages with "edited"
	Pinned        int `json:"pinned"`          // messages with "pinned_to"
	Reacted       int `json:"reacted"`         // messages with reactions
	Reactions     int `json:"reactions"`       // emoji on messages
	ReactionBy    int `json:"reaction_by"`     // user and emoji pairs that are named
	ReactionAll   int `json:"reaction_all"`    // pairs that are claimed by "count"
	CustomEmoji   int `json:"custom_emoji"`    // emoji in index.json, aliases included
	MPIMOverEight int `json:"mpim_over_eight"` // group DMs with more than eight people

	People      int      `json:"people"` // distinct entries of the user lists
	Humans      int      `json:"humans"` // of those: neither bots nor guests
	Guests      int      `json:"guests"`
	Bots        int      `json:"bots"`
	Admins      int      `json:"admins"`
	Deactivated int      `json:"deactivated"`
	Unlisted    []string `json:"unlisted"` // authors that are in no user list, sorted: U, W and B ids

	Conversations map[string]int `json:"conversations"` // by kind: public, private, direct, group
	Listed        int            `json:"listed"`        // entries of the conversation lists
	Memberships   int            `json:"memberships"`   // distinct members over public and private channels
	Participants  int            `json:"participants"`  // distinct members over direct and group conversations

	BySubtype   map[string]int `json:"by_subtype"`  // Messages and Revisions; "" for none
	ByKind      map[string]int `json:"by_kind"`     // Messages, by KindOf
	Attachments map[string]int `json:"attachments"` // references of Messages, by state: see FileState

	Rooms   []*RoomTruth    `json:"rooms"`
	Rejects []Reject        `json:"rejects,omitempty"`
	Defects []Defect        `json:"defects,omitempty"`
	Gaps    []GapTruth      `json:"gaps,omitempty"` // what the defects show; sound exports show only notes besides
	Delta   *Delta          `json:"delta,omitempty"`
	Log     []*MessageTruth `json:"log,omitempty"`
}

// RoomTruth is one conversation.
type RoomTruth struct {
	ID       string   `json:"id"`             // "" when no list names it: only the folder is known
	Also     []string `json:"also,omitempty"` // ids of other list entries that claim the same folder
	Kind     string   `json:"kind"`
	Name     string   `json:"name,omitempty"`
	Folder   string   `json:"folder"` // path inside the dump, without the wrapping folder
	Team     string   `json:"team"`
	Archived bool     `json:"archived,omitempty"`
	Members  int      `json:"members"` // distinct
	Records  int      `json:"records"`
	Messages int      `json:"messages"`
	Replies  int      `json:"replies"`
	Threads  int      `json:"threads"`
	DayFiles int      `json:"day_files"`
	Pins     int      `json:"pins"` // entries of the channel's own pins list
	First    string   `json:"first,omitempty"`
	Last     string   `json:"last,omitempty"`
}

// Reject is a record or file that cannot be delivered.
type Reject struct {
	File   string `json:"file"`   // path inside the dump, without the wrapping folder
	Index  int    `json:"index"`  // element of the array from 0; -1 for a file that is no array
	Reason string `json:"reason"` // not_json, bad_time, too_deep, too_large, damaged
	Defect string `json:"defect"`
	// Optional marks a record that a reader may repair instead. It then counts in neither of
	// Messages and Records.
	Optional bool `json:"optional,omitempty"`
}

// Delta is what this export has that the earlier one (Config.Older) had not. Keys are
// "<conversation id or folder>:<ts>"; lists stay empty when PerMessageTruth is off.
type Delta struct {
	New     int      `json:"new"`     // records later than the earlier export
	Changed int      `json:"changed"` // records that were there and read otherwise now
	NewKeys []string `json:"new_keys,omitempty"`
	// Why records changed; one record may be in several.
	Edited  []string `json:"edited,omitempty"`
	Reacted []string `json:"reacted,omitempty"`
	Replied []string `json:"replied,omitempty"`
	Pinned  []string `json:"pinned,omitempty"`
	Keys    []string `json:"changed_keys,omitempty"` // all that changed, each once
}

// MessageTruth is one record of a day file that is a message or a revision.
type MessageTruth struct {
	Conversation string          `json:"conversation"` // id, "" when unlisted
	Folder       string          `json:"folder"`
	TS           string          `json:"ts"`
	Subtype      string          `json:"subtype,omitempty"`
	Kind         string          `json:"kind"`
	Author       string          `json:"author,omitempty"` // U or W id; B id for a bot that no user stands for
	Text         string          `json:"text,omitempty"`   // of the text field, escapes of mrkdwn kept
	Thread       string          `json:"thread,omitempty"` // thread_ts, also on the first message
	Edited       string          `json:"edited,omitempty"` // ts of the last edit
	Rich         bool            `json:"rich,omitempty"`   // has a rich_text block
	Revision     bool            `json:"revision,omitempty"`
	Reactions    []ReactionTruth `json:"reactions,omitempty"`
	Files        []FileTruth     `json:"files,omitempty"`
}

// ReactionTruth is one emoji on a message.
type ReactionTruth struct {
	Emoji string   `json:"emoji"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// FileTruth is one file reference of a message.
type FileTruth struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Name   string `json:"name,omitempty"`
	Size   int    `json:"size,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // of bytes inside the dump
	Path   string `json:"path,omitempty"`   // inside the dump, without the wrapping folder
}

func newTruth(c *Config) *Truth {
	return &Truth{Seed: c.Seed, Dialect: c.Dialect, Defects: c.Defects, Unlisted: []string{},
		Conversations: map[string]int{}, BySubtype: map[string]int{}, ByKind: map[string]int{}, Attachments: map[string]int{}}
}

// Room finds a conversation by id or folder; nil when there is none.
func (t *Truth) Room(idOrFolder string) *RoomTruth {
	for _, r := range t.Rooms {
		if r.ID == idOrFolder || r.Folder == idOrFolder {
			return r
		}
	}
	return nil
}

// Write stores the truth as indented JSON.
func (t *Truth) Write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return errors.Join(e.Encode(t), w.Flush(), f.Close())
}

// ReadTruth reads what Write stored.
func ReadTruth(path string) (*Truth, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := new(Truth)
	return t, json.Unmarshal(b, t)
}
