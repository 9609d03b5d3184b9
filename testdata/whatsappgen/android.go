package whatsappgen

import (
	"database/sql"
	"fmt"

	_ "github.com/mattn/go-sqlite3" // the driver
)

// tables of msgstore.db as of 2022, as far as they have something to say; those of the old app; and what came later.
var androidTables = []string{
	`CREATE TABLE jid (_id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, server TEXT NOT NULL, agent INTEGER, device INTEGER, type INTEGER, raw_string TEXT)`,
	`CREATE TABLE jid_map (lid_row_id INTEGER PRIMARY KEY, jid_row_id INTEGER)`,
	`CREATE TABLE chat (_id INTEGER PRIMARY KEY AUTOINCREMENT, jid_row_id INTEGER UNIQUE, hidden INTEGER, subject TEXT, created_timestamp INTEGER, archived INTEGER, unseen_message_count INTEGER)`,
	`CREATE TABLE message (_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL, from_me INTEGER NOT NULL, key_id TEXT NOT NULL, sender_jid_row_id INTEGER, status INTEGER,
		timestamp INTEGER, received_timestamp INTEGER, message_type INTEGER, text_data TEXT, starred INTEGER, lookup_tables INTEGER, sort_id INTEGER NOT NULL DEFAULT 0, novelty INTEGER)`,
	`CREATE INDEX message_chat_id_index ON message (chat_row_id, _id)`,
	`CREATE TABLE message_media (message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, file_path TEXT, file_size INTEGER, media_key BLOB, width INTEGER, height INTEGER, mime_type TEXT, file_length INTEGER, media_name TEXT, file_hash TEXT, media_duration INTEGER)`,
	`CREATE TABLE message_quoted (message_row_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL, parent_message_chat_row_id INTEGER NOT NULL, from_me INTEGER NOT NULL, sender_jid_row_id INTEGER, key_id TEXT NOT NULL, timestamp INTEGER, text_data TEXT)`,
	`CREATE TABLE message_location (message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, latitude REAL, longitude REAL, place_name TEXT, place_address TEXT, url TEXT)`,
	`CREATE TABLE message_vcard (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, vcard TEXT)`,
	`CREATE TABLE message_mentions (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, jid_row_id INTEGER)`,
	`CREATE TABLE message_system (message_row_id INTEGER PRIMARY KEY, action_type INTEGER NOT NULL)`,
	`CREATE TABLE message_system_value_change (message_row_id INTEGER PRIMARY KEY, old_data TEXT)`,
	`CREATE TABLE message_edit_info (message_row_id INTEGER PRIMARY KEY, original_key_id TEXT, edited_timestamp INTEGER, sender_timestamp INTEGER)`,
	`CREATE TABLE message_poll (message_row_id INTEGER PRIMARY KEY, selectable_options_count INTEGER)`,
	`CREATE TABLE message_poll_option (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, option_name TEXT, vote_total INTEGER)`,
	`CREATE TABLE message_new_thing (message_row_id INTEGER PRIMARY KEY, what TEXT)`,
	`CREATE TABLE message_add_on (_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER, from_me INTEGER, key_id TEXT NOT NULL, sender_jid_row_id INTEGER, parent_message_row_id INTEGER, timestamp INTEGER, status INTEGER, message_add_on_type INTEGER)`,
	`CREATE TABLE message_add_on_reaction (message_add_on_row_id INTEGER PRIMARY KEY, reaction TEXT, sender_timestamp INTEGER)`,
	`CREATE TABLE receipt_user (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER NOT NULL, receipt_user_jid_row_id INTEGER NOT NULL, receipt_timestamp INTEGER, read_timestamp INTEGER, played_timestamp INTEGER)`,
	`CREATE TABLE call_log (_id INTEGER PRIMARY KEY AUTOINCREMENT, jid_row_id INTEGER, from_me INTEGER, call_id TEXT, transaction_id INTEGER, timestamp INTEGER, video_call INTEGER, duration INTEGER, call_result INTEGER)`,
	`CREATE TABLE messages (_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT NOT NULL, key_from_me INTEGER, key_id TEXT NOT NULL, status INTEGER, data TEXT, timestamp INTEGER, media_url TEXT, media_mime_type TEXT,
		media_wa_type TEXT, media_size INTEGER, media_name TEXT, media_caption TEXT, media_hash TEXT, media_duration INTEGER, latitude REAL, longitude REAL, remote_resource TEXT, received_timestamp INTEGER,
		starred INTEGER, quoted_row_id INTEGER, mentioned_jids TEXT, edit_version INTEGER, forwarded INTEGER)`,
	`CREATE TABLE messages_quotes (_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT NOT NULL, key_from_me INTEGER, key_id TEXT NOT NULL, data TEXT, timestamp INTEGER, remote_resource TEXT)`,
}

// Rows is what is in a database: how many rows of the tables of messages and calls, how many of them have no time
// and must be rejected, and the traps by name.
type Rows struct {
	Messages, Calls, Rejects, Chats int
	Traps                           map[string]int
}

type database struct {
	tx  *sql.Tx
	err error
}

func (d *database) do(statement string, args ...any) {
	if d.err == nil {
		_, d.err = d.tx.Exec(statement, args...)
	}
}

// write makes a database of the given tables and fills it.
func write(path string, tables []string, fill func(d *database)) error {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	d := &database{tx: tx}
	for _, t := range tables {
		d.do(t)
	}
	if fill(d); d.err != nil {
		return d.err
	}
	return tx.Commit()
}

const start = 1_600_000_000_000 // ms

// Android writes a msgstore.db: n messages in the new table, in a direct chat that has two addresses and in a group;
// a few in the old table; and everything that can stand beside a message once.
func Android(path string, n int) (Rows, error) {
	truth := Rows{Traps: map[string]int{}}
	err := write(path, androidTables, func(d *database) {
		for i, raw := range []string{"491701111111@s.whatsapp.net", "491702222222@s.whatsapp.net", "4917-1@g.us", "998877665544@lid", "status@broadcast"} {
			d.do(`INSERT INTO jid (_id, user, server, raw_string) VALUES (?, 'u', 's', ?)`, i+1, raw)
		}
		d.do(`INSERT INTO jid_map VALUES (4, 1)`)
		d.do(`INSERT INTO chat (_id, jid_row_id, subject, created_timestamp, unseen_message_count) VALUES (1, 1, NULL, ?, 3), (2, 3, 'Family', ?, 0), (3, 4, NULL, ?, 0), (4, 5, NULL, NULL, 0)`, start, start, start)
		d.do(`INSERT INTO message (_id, chat_row_id, from_me, key_id) VALUES (1, -1, 0, '-1')`)
		d.do(`INSERT INTO messages (_id, key_remote_jid, key_from_me, key_id) VALUES (1, '-1', 0, '-1')`)
		truth.Traps["placeholder row"] = 2
		for i := range n {
			id := i + 2
			chat, sender := 1+i%3, any(nil)
			if chat == 2 {
				sender = 1 + i%2
			}
			d.do(`INSERT INTO message (_id, chat_row_id, from_me, key_id, sender_jid_row_id, status, timestamp, received_timestamp, message_type, text_data, sort_id) VALUES (?, ?, ?, ?, ?, 13, ?, ?, 0, ?, ?)`,
				id, chat, i%5/4, fmt.Sprintf("3EB0%06d", i), sender, start+int64(i)*1000, start+int64(i)*1000+5, fmt.Sprintf("text %d", i), id)
		}
		truth.Messages, truth.Chats = n, 2 // the two addresses of one person are one chat
		d.beside()
		d.do(`INSERT INTO message (chat_row_id, from_me, key_id, timestamp, message_type, text_data) VALUES (99, 0, 'ORPHAN', ?, 0, 'of no chat'), (1, 0, 'BLOB', ?, 0, x'ff41'), (1, 0, 'NEW', ?, 900, 'of a type to come'), (1, 0, 'NOTIME', NULL, 0, 'x'), (1, 0, 'TEXTTIME', '1600000000000', 0, 'y')`, start, start, start)
		truth.Traps["message of no chat"], truth.Traps["bytes as text"], truth.Traps["unknown type"], truth.Traps["no time"], truth.Traps["a time as text"] = 1, 1, 1, 1, 1
		truth.Messages, truth.Rejects, truth.Chats = truth.Messages+5, 1, truth.Chats+1
		d.do(`INSERT INTO call_log (jid_row_id, from_me, call_id, timestamp, video_call, duration, call_result) VALUES (1, 1, 'C1', ?, 1, 60, 5), (4, 0, 'C2', ?, 0, 0, 2)`, start, start+1)
		truth.Calls = 2
		d.do(`INSERT INTO messages_quotes (_id, key_remote_jid, key_from_me, key_id, data, timestamp) VALUES (1, '491702222222@s.whatsapp.net', 0, 'OLD1', 'old one', ?)`, start-5000)
		for i, row := range []string{"'OLD1', 0, 'old one', '0', NULL", "'OLD2', 1, 'old two', '0', 1", "'OLD3', 0, x'ff42', '0', NULL", "'OLD4', 0, NULL, '1', NULL"} {
			d.do(fmt.Sprintf(`INSERT INTO messages (key_remote_jid, key_id, key_from_me, data, media_wa_type, quoted_row_id, status, timestamp, received_timestamp) VALUES ('491702222222@s.whatsapp.net', %s, 13, ?, -1)`, row), start-5000+i)
		}
		truth.Messages, truth.Chats = truth.Messages+4, truth.Chats+1
		truth.Traps["rows in the old table"] = 4
	})
	return truth, err
}

// beside puts one of everything beside the first messages of the database.
func (d *database) beside() {
	d.do(`UPDATE message SET message_type = 1, text_data = 'a caption', starred = 1, novelty = 7 WHERE _id = 2`)
	d.do(`INSERT INTO message_media VALUES (2, 1, 'Media/WhatsApp Images/IMG-1.jpg', 12, x'5ec2e7', 640, 480, 'image/jpeg', 12, NULL, NULL, 0)`)
	d.do(`INSERT INTO message_quoted VALUES (3, 2, 2, 0, 2, '3EB0000001', ?, 'text 1')`, start)
	d.do(`UPDATE message SET message_type = 5, text_data = NULL WHERE _id = 4`)
	d.do(`INSERT INTO message_location VALUES (4, 3, 48.1, -11.5, 'Park', 'Street 1', NULL)`)
	d.do(`UPDATE message SET message_type = 4 WHERE _id = 5`)
	d.do(`INSERT INTO message_vcard (message_row_id, vcard) VALUES (5, ?)`, "BEGIN:VCARD\nFN:Zoe\nTEL;CELL:+49 1\nEND:VCARD")
	d.do(`INSERT INTO message_mentions (message_row_id, jid_row_id) VALUES (6, 2)`)
	d.do(`UPDATE message SET message_type = 7, text_data = 'New name' WHERE _id = 6`)
	d.do(`INSERT INTO message_system VALUES (6, 1)`)
	d.do(`INSERT INTO message_system_value_change VALUES (6, 'Old name')`)
	d.do(`INSERT INTO message_edit_info VALUES (7, 'X', ?, ?)`, start+60000, start+60000)
	d.do(`UPDATE message SET message_type = 66, text_data = 'Where?' WHERE _id = 8`)
	d.do(`INSERT INTO message_poll VALUES (8, 1)`)
	d.do(`INSERT INTO message_poll_option (message_row_id, option_name, vote_total) VALUES (8, 'Here', 2), (8, 'There', 0)`)
	d.do(`INSERT INTO message_new_thing VALUES (9, 'unheard of')`)
	d.do(`INSERT INTO message_add_on VALUES (1, 2, 0, 'R1', 2, 9, ?, 0, 56), (2, 2, 1, 'R2', NULL, 9, ?, 0, 56), (3, 2, 0, 'R3', 1, 9, ?, 0, 56)`, start, start, start)
	d.do(`INSERT INTO message_add_on_reaction VALUES (1, '👍', ?), (2, '👍', ?), (3, '', ?)`, start, start+1, start)
	d.do(`INSERT INTO receipt_user (message_row_id, receipt_user_jid_row_id, receipt_timestamp, read_timestamp) VALUES (9, 1, ?, ?)`, start+10, start+20)
	d.do(`UPDATE message SET message_type = 15, text_data = NULL WHERE _id = 10`)
}
