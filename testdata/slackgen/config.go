package slackgen

import (
	"fmt"
	"time"
)

// Dialects: who made the export.
const (
	Official  = "official"  // Slack itself; no file bytes
	Grid      = "grid"      // Slack Enterprise Grid: root and teams/<workspace>/
	Slackdump = "slackdump" // rusq/slackdump; no integration_logs.json, Go-struct fields
)

// Layouts of file bytes inside a dump.
const (
	NoUploads   = ""
	Uploads     = "__uploads"   // __uploads/<file id>/<name>
	Attachments = "attachments" // <conversation>/attachments/<file id>-<name>
)

// Config says what to generate. The zero value of a field means its default; see Preset for
// ready-made ones. Two equal configs give equal bytes.
type Config struct {
	Seed uint64

	Messages int // day-file records in all, exactly; defects and Cut change what is written
	Users    int // people in users.json, bots not counted
	Bots     int // bot users in users.json
	Channels int // public channels
	Private  int // private channels
	DMs      int // direct conversations: one is with oneself, one with Slackbot
	Groups   int // group DMs: every fifth has more than eight people
	Teams    int // workspaces of a grid
	Empty    int // listed public channels without a folder
	Orphans  int // channel folders without a list entry

	Since    time.Time // start of the history
	Days     int       // its length
	DayFiles int       // about how many day files; 0: as many as come

	Dialect    string // Official, Grid, Slackdump
	Dir        bool   // an unpacked folder rather than a zip
	Uploads    string // NoUploads, Uploads, Attachments: whether and where file bytes are
	PublicOnly bool   // no groups.json, dms.json, mpims.json and no private folders
	Wrap       string // name of one wrapping folder, as people make who zip by hand
	Junk       bool   // __MACOSX/ and .DS_Store beside it
	Level      int    // of deflate; 0 means 1, the fastest
	Scenes     bool   // pictures are large and worth looking at
	Emoji      bool   // emojis/<name>.png and index.json, as "slackdump emoji" writes them
	Every      bool   // one public and one private channel that show every kind of record in turn
	Light      bool   // only plain, threaded and reacted-to messages of about 2 KB: for benches

	// Cut is the moment of the export, as a fraction of the history's length; 0 and 1 mean its end.
	Cut float64
	// Older is the Cut of an earlier export of the same history: Truth.Delta then tells what this
	// one has that the earlier one had not.
	Older float64

	PerMessageTruth bool // Truth.Log names each record: for small runs
	Defects         []Defect
}

// Bot numbers, ids and shares that do not depend on the size of a run.
const (
	externals    = 6   // people of other organisations who are in no list
	replyShare   = 260 // permille of records that answer an earlier one
	reactShare   = 170 // permille of records with reactions
	editShare    = 40  // permille of plain records that were edited
	specialShare = 90  // permille of records that are not plain text
	window       = 256 // records planned at a time
)

func (c Config) withDefaults() Config {
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	set(&c.Messages, 2000)
	set(&c.Users, 25)
	set(&c.Bots, 3)
	set(&c.Channels, 6)
	set(&c.Days, 90)
	set(&c.Level, 1)
	if c.Dialect == "" {
		c.Dialect = Official
	}
	if c.Dialect == Grid {
		set(&c.Teams, 3)
	} else {
		c.Teams = 1
	}
	if c.Since.IsZero() {
		c.Since = time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	c.Since = c.Since.UTC().Truncate(24 * time.Hour)
	return c
}

func (c Config) check() error {
	switch {
	case c.Dialect != Official && c.Dialect != Grid && c.Dialect != Slackdump:
		return fmt.Errorf("check config: dialect %q is not known", c.Dialect)
	case c.Uploads != NoUploads && c.Uploads != Uploads && c.Uploads != Attachments:
		return fmt.Errorf("check config: uploads %q is not known", c.Uploads)
	case c.Users < 12:
		return fmt.Errorf("check config: at least 12 users are needed, not %d", c.Users)
	case c.Messages < 0 || c.Channels < 1 || c.Days < 1 || c.Bots < 1:
		return fmt.Errorf("check config: negative or missing sizes")
	case c.Level < 1 || c.Level > 9:
		return fmt.Errorf("check config: level %d is not between 1 and 9", c.Level)
	case c.Cut < 0 || c.Cut > 1 || c.Older < 0 || c.Older > 1:
		return fmt.Errorf("check config: cut and older are fractions between 0 and 1")
	}
	for _, d := range c.Defects {
		if _, ok := defectNamed(d.Name); !ok {
			return fmt.Errorf("check config: no defect is named %q", d.Name)
		}
		if d.zipOnly() && c.Dir {
			return fmt.Errorf("check config: defect %q needs a zip", d.Name)
		}
	}
	return nil
}

// moment is the time in µs at which the fraction f of the history has passed.
func (c *Config) moment(f float64) int64 {
	if f == 0 || f >= 1 {
		return 1 << 62
	}
	parts := int64(f * 1e6)
	return c.Since.UnixMicro() + int64(c.Days)*86400*parts
}

// Preset is a named Config.
type Preset struct {
	Name   string
	What   string
	Config Config
}

// Presets are the ready-made configurations, smallest first.
func Presets() []Preset {
	full := Config{Messages: 3000, Users: 30, Bots: 4, Channels: 8, Private: 3, DMs: 8, Groups: 6,
		Empty: 1, Orphans: 1, Days: 60, Every: true, Seed: 1}
	with := func(c Config, change func(*Config)) Config {
		change(&c)
		return c
	}
	return []Preset{
		{"sample", "the demo: a small ferry company, with files and emoji images", sampleConfig()},
		{"full", "every feature, a zip with all conversations, 3,000 messages", full},
		{"public", "the same history as a public-only export", with(full, func(c *Config) { c.PublicOnly = true })},
		{"uploads", "with bytes in __uploads", with(full, func(c *Config) { c.Uploads, c.Emoji = Uploads, true })},
		{"slackdump", "as slackdump -type standard: attachments/ folders", with(full, func(c *Config) { c.Dialect, c.Uploads = Slackdump, Attachments })},
		{"grid", "Enterprise Grid with three workspaces", with(full, func(c *Config) { c.Dialect = Grid })},
		{"wrapped", "zipped by hand: one wrapping folder and __MACOSX", with(full, func(c *Config) { c.Wrap, c.Junk = "Ferry export", true })},
		{"bench-100k", "100,000 messages of about 2 KB in about 23,000 day files", Bench(100_000)},
		{"bench-1m", "1,000,000 messages in about 230,000 day files, about 2 GB", Bench(1_000_000)},
		{"bench-10m", "10,000,000 messages in about 2,300,000 day files", Bench(10_000_000)},
	}
}

// Bench is an export for measurements: messages of about 2 KB, one file for about every four of them.
func Bench(messages int) Config {
	n := max(messages/5000, 10) // conversations
	return Config{Seed: 7, Messages: messages, DayFiles: messages * 23 / 100, Users: 300, Bots: 6,
		Channels: n * 5 / 10, Private: n / 10, DMs: n * 3 / 10, Groups: n - n*5/10 - n/10 - n*3/10,
		Since: time.Date(2018, 3, 5, 0, 0, 0, 0, time.UTC), Days: 1300, Light: true}
}

// PresetNamed finds a preset.
func PresetNamed(name string) (Config, bool) {
	for _, p := range Presets() {
		if p.Name == name {
			return p.Config, true
		}
	}
	return Config{}, false
}

func sampleConfig() Config {
	return Config{Seed: 20, Messages: 560, Users: 16, Bots: 2, Channels: 8, Private: 2, DMs: 5, Groups: 2,
		Days: 40, DayFiles: 110, Since: time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC),
		Uploads: Uploads, Scenes: true, Emoji: true, Every: true, Level: 6}
}
