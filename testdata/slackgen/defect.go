package slackgen

// Defect is one way in which real dumps are broken. Each adds its damage beside the good data,
// most in a conversation "defect-<name>" of its own, so that defects combine and the rest of the
// export must still arrive.
type Defect struct {
	Name   string `json:"name"`
	What   string `json:"what"`
	Expect string `json:"expect"`          // what must happen
	Size   int64  `json:"size,omitempty"`  // bytes, levels or people, where the defect has a size
	Zip    bool   `json:"zip,omitempty"`   // needs a zip container
	Whole  bool   `json:"whole,omitempty"` // changes the whole history, so it has no conversation of its own
}

func (d Defect) zipOnly() bool {
	known, _ := defectNamed(d.Name)
	return known.Zip
}

// DefectNamed finds a defect with its default size.
func DefectNamed(name string) (Defect, bool) { return defectNamed(name) }

func defectNamed(name string) (Defect, bool) {
	for _, d := range defects {
		if d.Name == name {
			return d, true
		}
	}
	return Defect{}, false
}

// Defects are all defects, each with what it does and what must happen.
func Defects() []Defect { return append([]Defect(nil), defects...) }

const rejectedOthersKept = "the record is rejected and listed; the records around it arrive"

var defects = []Defect{
	// The archive.
	{Name: "truncated-zip", Zip: true, What: "the last third of the zip is cut off, or Size bytes", Expect: "refused as damaged with exit 30, naming the file; nothing claims completeness"},
	{Name: "zip-slip", Zip: true, What: "members named ../, absolute, with drive letters, backslashes and NUL", Expect: "no file outside the output; the members are not read as conversations and are listed"},
	{Name: "zip-symlink", Zip: true, What: "a day file that is a symbolic link to /etc/passwd", Expect: "not followed, listed"},
	{Name: "zip-bomb", Zip: true, Size: 1 << 30, What: "a day file of Size bytes of white space, packed a thousand to one", Expect: "bounded memory; the member is refused or found empty"},
	{Name: "lying-size", Zip: true, What: "a member's headers claim 100 bytes, it has more", Expect: "the file is reported as damaged; all others arrive"},
	{Name: "bad-checksum", Zip: true, What: "a member whose CRC is wrong", Expect: "the file is reported as damaged; all others arrive"},
	{Name: "encrypted-member", Zip: true, What: "a member flagged as encrypted", Expect: "the file is reported; all others arrive"},
	{Name: "duplicate-members", Zip: true, What: "two day files of the same name with different messages", Expect: "the messages of both arrive"},
	// The directory.
	{Name: "missing-users", What: "no users.json", Expect: "all messages arrive; authors are synthesised"},
	{Name: "missing-channels", What: "no channels.json", Expect: "all messages arrive; public conversations are made from folders"},
	{Name: "same-names", What: "three users share a name, a display name and an e-mail", Expect: "three people, none merged"},
	{Name: "same-folder", What: "two channels of one name share a folder", Expect: "each message arrives once, the ambiguity is reported"},
	// Day files.
	{Name: "not-json", What: "a day file that is an HTML page", Expect: "the file is rejected and listed; other days arrive"},
	{Name: "not-an-array", What: "a day file that is one object", Expect: "the file is rejected and listed; other days arrive"},
	{Name: "cut-record", What: "a day file that ends inside its last record", Expect: "the last record is rejected, those before it arrive"},
	{Name: "empty-file", What: "a day file of 0 bytes", Expect: "reported or taken as no messages; other days arrive"},
	{Name: "empty-array", What: "a day file that is []", Expect: "no messages, no finding"},
	{Name: "bom", What: "a day file that begins with a byte order mark", Expect: "all its messages arrive"},
	{Name: "utf-16", What: "a day file in UTF-16LE", Expect: "the file is rejected and listed; other days arrive"},
	{Name: "trailing-comma", What: "a comma after the last record", Expect: "all records arrive"},
	{Name: "concatenated-arrays", What: "two arrays in one day file", Expect: "the first array's records arrive; the rest arrive or are rejected, never lost silently"},
	// Records.
	{Name: "bad-record", What: "a record that is not JSON, with balanced braces, among good ones", Expect: rejectedOthersKept},
	{Name: "not-an-object", What: "a number, a string and null among the records", Expect: "three rejects; the records around them arrive"},
	{Name: "bare-post", What: "an old Slack Post: a file object without ts in a day file", Expect: rejectedOthersKept},
	{Name: "ts-empty", What: `"ts": ""`, Expect: rejectedOthersKept},
	{Name: "ts-letters", What: `"ts": "yesterday"`, Expect: rejectedOthersKept},
	{Name: "ts-negative", What: `"ts": "-12.000100"`, Expect: rejectedOthersKept},
	{Name: "ts-missing", What: "no ts", Expect: rejectedOthersKept},
	{Name: "ts-huge", What: `"ts": "99999999999999999999.000100"`, Expect: rejectedOthersKept},
	{Name: "ts-short-tail", What: `"ts" with five digits after the point`, Expect: "the record arrives, its ts kept as it stands"},
	{Name: "ts-no-fraction", What: `"ts" in whole seconds`, Expect: "the record arrives, its ts kept as it stands"},
	{Name: "deep-nesting", Size: 100_000, What: "blocks nested Size levels deep", Expect: rejectedOthersKept + "; no recursion"},
	{Name: "huge-string", Size: 1 << 26, What: "a text of Size bytes", Expect: "bounded memory; the record is rejected as too large, those around it arrive"},
	{Name: "many-reactions", Size: 300_000, What: "one message with Size people on one reaction", Expect: "the message arrives or is rejected as too large"},
	{Name: "invalid-utf8", What: "bytes in a text that are no UTF-8", Expect: "the record arrives, the bytes are kept"},
	{Name: "lone-surrogates", What: `\ud83d without its partner`, Expect: "the record arrives with U+FFFD"},
	{Name: "control-characters", What: "NUL, escape sequences and bidi overrides in texts and names", Expect: "the record arrives; a terminal never sees them raw"},
	{Name: "hostile-text", What: "scripts, formulas and path tricks in texts, names and file names", Expect: "the record arrives; outputs stay inert"},
	{Name: "duplicate-keys", What: "a record with two texts", Expect: "the record arrives or is rejected, the same way each time"},
	{Name: "duplicate-same", What: "a record that stands twice", Expect: "delivered once, counted as one duplicate"},
	{Name: "duplicate-different", What: "two records of one ts with different texts", Expect: "delivered once, counted as one duplicate, the conflict listed"},
	{Name: "unknown-subtype", What: "subtypes that nobody knows", Expect: "the records arrive as kind unknown with their JSON"},
	{Name: "unknown-fields", What: "fields that nobody knows, on every level", Expect: "the record arrives, the fields are kept"},
	{Name: "null-fields", What: "null in every field but type and ts", Expect: "the record arrives"},
	{Name: "reply-count-lies", What: "a thread that claims 9 replies and has 2", Expect: "all arrive; the difference is reported"},
	{Name: "dangling", What: "unknown authors, reactors, channels and mentions, a missing first message", Expect: "all arrive, with placeholders"},
	{Name: "thread-cycle", What: "two messages that are each other's thread", Expect: "both arrive"},
	// Gaps: all that is there is sound, and something is absent.
	{Name: "missing-day", What: "a busy conversation without the day file in which most replies to a thread are", Expect: "all others arrive; the silence and the lost replies are reported, exit 11"},
	{Name: "silent-weeks", Whole: true, What: "all conversations are silent for three weeks in the middle", Expect: "all arrive; the silence is reported, exit 11"},
	{Name: "retention-90", Whole: true, What: "all messages older than 90 days are gone", Expect: "all others arrive; the cut is reported, exit 11"},
	{Name: "capped", What: "an old conversation of exactly 1,000 messages", Expect: "all arrive; the round number is reported"},
	{Name: "clock-epoch", What: "messages at the beginning of 1970", Expect: "they arrive and are reported"},
	{Name: "clock-future", What: "messages of the year 2100", Expect: "they arrive and are reported"},
	{Name: "clock-minutes", What: "a conversation in which all times are whole minutes", Expect: "all arrive; the lost seconds are reported"},
	{Name: "orphan-thread", What: "replies to two first messages that are in no file", Expect: "all arrive under placeholders; both threads are reported"},
}
