package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/table"
)

// The database's marks: "CFRY", and the version of the schema.
const (
	applicationID = 0x43465259
	userVersion   = 1
)

// tableSQL is the definition of a table. SQLite keeps the comments in it.
func tableSQL(t *table.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s ( -- %s\n", t.Name, t.About)
	var tail []string
	end := "STRICT"
	for i, c := range t.Columns {
		typ := "TEXT"
		if c.Type == table.Int || c.Type == table.Bool {
			typ = "INTEGER"
		}
		switch {
		case c.Name == "no":
			typ += " PRIMARY KEY"
		case c.Name == "key" && t.Key[0] == "key" && referred(t):
			typ += " NOT NULL PRIMARY KEY"
		case slices.Contains(t.Key, c.Name), zero(c):
			typ += " NOT NULL"
		}
		if c.Ref != "" {
			typ += " REFERENCES " + c.Ref + " DEFERRABLE INITIALLY DEFERRED"
		}
		comma := ","
		if i == len(t.Columns)-1 && t.Parent == "" {
			comma = ""
		}
		fmt.Fprintf(&b, "  %q %s%s -- %s\n", c.Name, typ, comma, c.About)
	}
	if t.Parent != "" {
		tail = append(tail, "PRIMARY KEY ("+strings.Join(t.Key, ", ")+")", "FOREIGN KEY (message_no) REFERENCES "+t.Parent+" DEFERRABLE INITIALLY DEFERRED")
		end += ", WITHOUT ROWID"
	}
	b.WriteString("  " + strings.Join(tail, ",\n  ") + "\n) " + end)
	return b.String()
}

// referred tells whether other tables refer to t by its key.
func referred(t *table.Table) bool { return t.Name == "people" || t.Name == "conversations" }

// zero tells whether an absent cell is 0 rather than NULL: truth values and counts of rows, so that a question
// about them needs no second thought.
func zero(c *table.Column) bool { return c.Type == table.Bool || c.Type == table.Int && c.Derived() }

// after is made once the rows are there.
var after = []string{
	`CREATE INDEX messages_by_key ON messages (key)`,
	`CREATE INDEX messages_by_conversation ON messages (conversation, sent)`,
	`CREATE INDEX messages_by_author ON messages (author, sent)`,
	`CREATE INDEX messages_by_day ON messages (day)`,
	`CREATE INDEX messages_by_thread ON messages (thread) WHERE thread IS NOT NULL`,
	`CREATE INDEX memberships_by_conversation ON memberships (conversation)`,
	`CREATE INDEX memberships_by_person ON memberships (person)`,
	`CREATE INDEX reactions_by_person ON reactions (person)`,
	`CREATE INDEX attachments_by_content ON attachments (sha256)`,
	`CREATE INDEX mentions_by_target ON mentions (target)`,
	`CREATE INDEX revisions_by_message ON revisions (of)`,
	`CREATE VIEW readable AS -- messages as people read them
SELECT no, local, conversation_title AS conversation, author_name AS author, plain AS text, reactions, attachments,
  thread IS NOT NULL AND thread <> key AS is_reply, edited IS NOT NULL AS is_edited, deleted IS NOT NULL AS is_deleted
FROM messages ORDER BY no`,
	`CREATE VIEW threads AS -- each thread with its first message and the number of its replies
SELECT m.thread, f.no AS first_no, f.conversation_title AS conversation, f.author_name AS author, f.plain AS text, f.local AS started,
  max(m.local) AS latest, count(*) - (f.no IS NOT NULL) AS replies, count(DISTINCT m.author) AS people
FROM messages m LEFT JOIN messages f ON f.key = m.thread WHERE m.thread IS NOT NULL
GROUP BY m.thread ORDER BY min(m.no)`,
	`CREATE VIEW talkers AS -- who wrote how much, and when first and last
SELECT p.shown_name AS name, p.kind, count(*) AS messages, count(DISTINCT m.conversation) AS conversations, sum(length(m.text)) AS characters,
  min(m.local) AS first, max(m.local) AS last, p.key
FROM messages m JOIN people p ON p.key = m.author GROUP BY p.key ORDER BY messages DESC, p.key`,
	`CREATE VIEW talkers_by_conversation AS -- who wrote how much where
SELECT c.title AS conversation, p.shown_name AS name, count(*) AS messages, min(m.local) AS first, max(m.local) AS last, c.key AS conversation_key, p.key
FROM messages m JOIN people p ON p.key = m.author JOIN conversations c ON c.key = m.conversation
GROUP BY c.key, p.key ORDER BY c.key, messages DESC, p.key`,
	`CREATE VIEW files AS -- attachments with the message that they hang on
SELECT a.message_no, m.local, m.conversation_title AS conversation, m.author_name AS author, a.name, a.state, a.file, a.size, a.mime, a.sha256
FROM attachments a JOIN messages m ON m.no = a.message_no ORDER BY a.message_no, a.n`,
	`CREATE VIEW days AS -- how much was written on each day
SELECT day, count(*) AS messages, count(DISTINCT author) AS people, count(DISTINCT conversation) AS conversations, sum(attachments) AS files
FROM messages GROUP BY day ORDER BY day`,
	`CREATE VIEW members AS -- who is in which conversation
SELECT conversation_title AS conversation, person_name AS person, role, joined, left FROM memberships ORDER BY conversation, person`,
}

// searchSQL is an index without a copy of the texts. Words are cut by package term: scripts that have no
// spaces between words stand in it as pairs of characters.
const searchSQL = `CREATE VIRTUAL TABLE search USING fts5(words, content='', detail='full', tokenize='unicode61 remove_diacritics 2')`

// aboutSQL is a table of what the database is, for somebody who finds it.
const aboutSQL = `CREATE TABLE about ( -- what this database is
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID`

// before is made before the rows.
func (f *format) before() []string {
	list := []string{aboutSQL}
	for _, t := range table.Tables() {
		list = append(list, tableSQL(t))
	}
	if f.config.Search {
		list = append(list, searchSQL)
	}
	return list
}

// about are the rows of that table.
func (f *format) about() [][2]string {
	list := [][2]string{
		{"what", "a chat history, written by Chatferry; the comments in the schema say what stands where (.schema)"},
		{"zone", f.schema.Zone.String() + " is the time zone of the columns day and local; all other times are UTC"},
		{"views", "readable, threads, talkers, talkers_by_conversation, files, days, members"},
		{"empty", "NULL means that the source says nothing; truth values are 0 or 1"},
		{"rest", "the column rest has, as JSON, what has no column of its own"},
	}
	if f.config.Search {
		list = append(list, [2]string{"search", "SELECT r.* FROM search JOIN readable r ON r.no = search.rowid WHERE search MATCH 'word'; of scripts without spaces a word of two characters as it is, " +
			"a longer one as its pairs: 'ABC' as '\"AB BC\"'"})
	}
	return list
}
