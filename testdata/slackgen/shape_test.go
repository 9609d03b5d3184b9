package slackgen_test

// record is what the recount reads of a day-file element.
type record struct {
	Type     string                 `json:"type"`
	Subtype  string                 `json:"subtype"`
	TS       string                 `json:"ts"`
	User     string                 `json:"user"`
	Bot      string                 `json:"bot_id"`
	Text     string                 `json:"text"`
	Thread   string                 `json:"thread_ts"`
	Edited   *struct{ TS string }   `json:"edited"`
	PinnedTo []string               `json:"pinned_to"`
	Comment  *struct{ User string } `json:"comment"`
	Room     *struct {
		By string `json:"created_by"`
	} `json:"room"`
	Previous  *record                 `json:"previous_message"`
	Reactions []slackgenReaction      `json:"reactions"`
	File      *recordFile             `json:"file"`
	Files     []recordFile            `json:"files"`
	Blocks    []struct{ Type string } `json:"blocks"`
	Replies   *int                    `json:"reply_count"`
}

type slackgenReaction struct {
	Name  string
	Users []string
	Count int
}

type recordFile struct {
	ID     string
	Mode   string
	Name   string
	Access string `json:"file_access"`
	Size   int
}

type profile struct {
	ID      string
	Deleted bool
	Bot     bool `json:"is_bot"`
	Guest   bool `json:"is_restricted"`
	Admin   bool `json:"is_admin"`
	Profile struct {
		BotID string `json:"bot_id"`
	}
}

type listed struct {
	ID      string
	Name    string
	Members []string
	Pins    []struct{ ID string }
}
