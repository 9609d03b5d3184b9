package whatsapp

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/sqlite"
)

// Bounds of what is looked at to recognise an export.
const (
	glance    = 20_000  // names
	plainText = 2_000   // files, of a folder whose texts have no names of WhatsApp
	looked    = 8 << 20 // bytes of texts, for what must be told before they are read
)

func recognise(ctx context.Context, at string) plugin.Recognition {
	if file, ok := databaseIn(at); ok {
		return recogniseDatabase(ctx, at, file)
	}
	rec := plugin.Recognition{Format: "whatsapp-chat-txt", Config: map[string]any{"path": at}}
	if st, err := os.Stat(at); err != nil || !st.IsDir() && !isText(at) && !strings.EqualFold(path.Ext(at), ".zip") {
		return plugin.Recognition{}
	}
	if isText(at) {
		head, err := headOf(at)
		if err != nil || !beginsAsChat(head) {
			return plugin.Recognition{}
		}
		rec.Score = 90
	} else {
		names, zip, err := dump.Glance(ctx, at, glance)
		ours, texts := 0, 0
		for _, n := range names {
			if strings.EqualFold(path.Ext(n), ".txt") {
				if texts++; named(path.Base(n)) {
					ours++
				}
			}
		}
		if err != nil || texts == 0 || ours == 0 && len(names) > plainText {
			return plugin.Recognition{}
		}
		if rec.Format, rec.Score = "whatsapp-chat-folder", 60; zip {
			rec.Format = "whatsapp-chat-zip"
		}
		if ours > 0 {
			rec.Score = 95
		}
	}
	notes, ok := notesOf(ctx, at)
	if !ok {
		return plugin.Recognition{}
	}
	rec.Notes = notes
	return rec
}

func headOf(at string) ([]byte, error) {
	f, err := os.Open(at)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, plugin.HeadBytes)
	n, _ := f.Read(head)
	return head[:n], nil
}

// notesOf says what somebody must know before he reads an export: settings that are needed.
func notesOf(ctx context.Context, at string) (notes []string, ok bool) {
	s, err := openText(ctx, Config{Path: at, DateOrder: "auto", Instance: "phone"}, nil)
	if err != nil {
		return nil, false
	}
	defer s.Close()
	notes = []string{"the export does not say in which time zone its times are: set zone"}
	size, faults := int64(0), 0
	for _, c := range s.chats {
		if size += c.file.Size; size > looked {
			break
		}
		v, err := s.look(ctx, c)
		if err != nil || v.fault == "" {
			continue
		}
		if faults++; faults <= 3 {
			notes = append(notes, fmt.Sprintf("%s: %s", c.file.Path, v.detail))
		}
	}
	if faults > 3 {
		notes = append(notes, fmt.Sprintf("%d more files have such faults", faults-3))
	}
	return notes, true
}

// recogniseDatabase tells a phone's database by its tables, and a backup by its name.
func recogniseDatabase(ctx context.Context, at, file string) plugin.Recognition {
	rec := plugin.Recognition{Format: "whatsapp-android-backup", Score: 90, Config: map[string]any{"path": at}}
	if backupName.MatchString(file) {
		rec.Notes = []string{"the backup is encrypted: set key_file"}
		return rec
	}
	db, err := sqlite.Open(ctx, file, "")
	if err != nil {
		return plugin.Recognition{}
	}
	defer db.Close()
	switch {
	case db.Table("ZWAMESSAGE", "Z_PK", "ZCHATSESSION") != nil:
		rec.Format = "whatsapp-apple-database"
	case db.Table("message", "chat_row_id", "key_id") != nil, db.Table("messages", "key_remote_jid", "key_id") != nil:
		rec.Format = "whatsapp-android-database"
	default:
		return plugin.Recognition{}
	}
	rec.Score = 95
	return rec
}
