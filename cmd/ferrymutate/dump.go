package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

// export is small, and holds every kind of record, files and pictures.
var export = slackgen.Config{Seed: 4, Messages: 400, Users: 24, Bots: 4, Channels: 5, Private: 2, DMs: 4, Groups: 3,
	Empty: 1, Orphans: 1, Days: 45, Every: true, Uploads: slackgen.Uploads, Emoji: true, Dir: true}

// oddTexts are what programs like to change: each has something that a text operator looks for.
var oddTexts = []string{
	"Cafe\u0301 with a mark of its own, Caf\u00e9 without, and \ufb01ne ligatures",
	"Crew \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f\u200d\U0001f525 \U0001f469\U0001f3fd\u200d\u2708\ufe0f on deck",
	"Flags \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f \U0001f1ef\U0001f1f5 hoisted",
	"\u200fPier 3 \u05e9\u05dc\u05d5\u05dd 07:40 \u0645\u0631\u062d\u0628\u0627 pier 4",
	"Old names: \U00020bb7\u91ce\u5bb6 and \U00029e78",
	"zero\u200bwidth, soft\u00adhyphen, word\u2060joiner, no\u00a0break",
	"A sign \ufffd that was broken before us",
	"It says &amp;lt; in the manual",
	"Ticket 007 costs 0012 points",
	"*bold* and _slanted_ and `code`",
	"first line\nsecond line\n\n  fourth, indented",
}

// makeDump writes the export as a folder, with one more conversation of odd texts.
func makeDump(dir string) error {
	if _, err := slackgen.Generate(dir, export); err != nil {
		return err
	}
	var users []struct{ ID string }
	b, err := os.ReadFile(filepath.Join(dir, "users.json"))
	if err == nil {
		err = json.Unmarshal(b, &users)
	}
	if err != nil {
		return err
	}
	var day []object
	for i, text := range oddTexts {
		day = append(day, object{"type": "message", "user": users[i%3].ID, "text": text, "ts": fmt.Sprintf("%d.%06d", 1672900000+60*i, 123456+i)})
	}
	if b, err = json.Marshal(day); err != nil {
		return err
	}
	room := filepath.Join(dir, "odd-texts")
	if err := os.Mkdir(room, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(room, "2023-01-05.json"), b, 0o600)
}
