package discord

import (
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// packed is a data package: one channel in each form that there has been.
var packed = map[string]string{
	"account/user.json":           `{"id":"7","username":"ann","global_name":"Ann","email":"ann@example.com","relationships":[]}`,
	"messages/index.json":         `{"100":"general in Server","101":"Direct Message with bob#1","102":null}`,
	"messages/c100/channel.json":  `{"id":"100","type":0,"name":"general","guild":{"id":"1","name":"Server"}}`,
	"messages/c100/messages.csv":  "ID,Timestamp,Contents,Attachments\r\n1045178587575242772,2020-08-25 22:54:05.726000+00:00,\"one, \"\"two\"\"\nthree\",\r\n1045178587575242773,2020-08-25 22:54:06+00:00,,https://cdn.discordapp.com/attachments/1/2/a.png?ex=66000000&is=1&hm=2 https://x.example/b.txt\n",
	"messages/c101/channel.json":  `{"id":"101","type":"DM","recipients":["7","8"]}`,
	"messages/c101/messages.json": `[{"ID":1045178587575242774,"Timestamp":"2023-10-05 12:34:56","Contents":"hi","Attachments":""}]`,
	"servers/index.json":          `{"1":"Server"}`,
	"activity/events.json":        `{}`,
}

func TestFolderConforms(t *testing.T) {
	dir := ferrytest.Write(t, map[string]string{
		"general [100].json": channel("100", "GuildTextChat", say(11, "**hi** <@8>", `"reactions":[{"emoji":{"id":"55","name":"wave","code":"wave","isAnimated":false,"imageUrl":"media\\wave.png"},"count":2,"users":[`+ann+`]}]`),
			say(12, "", `"attachments":[{"id":"5","url":"media\\b.png","fileName":"b.png","fileSizeBytes":5}]`), `{"broken}`),
		"dm [101].json": `{"guild":{"id":"0","name":"Direct Messages","iconUrl":""},"channel":{"id":"101","type":"DirectTextChat","name":"Bob"},"messages":[` + say(13, "x", "") + `],"messageCount":1}`,
		"media/a.png":   "png", "media/b.png": "bytes", "media/icon.png": "icon", "media/wave.png": "wave", "notes.txt": "not ours",
	})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": dir}, Golden: "testdata/folder.golden"})
}

func TestFileConforms(t *testing.T) {
	dir := ferrytest.Write(t, map[string]string{"a [100].json": channel("100", "GuildTextChat", say(11, "x", "")), "a [100].json_Files/a.png": "png", "other.json": "{}"})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": filepath.Join(dir, "a [100].json")}})
}

func TestPackageConforms(t *testing.T) {
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": ferrytest.Write(t, packed)}, Golden: "testdata/package.golden"})
}

func TestZippedPackageConforms(t *testing.T) {
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": ferrytest.Pack(t, ferrytest.Write(t, packed))}})
}
