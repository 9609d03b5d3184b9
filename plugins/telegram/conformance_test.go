package telegram

import (
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

// account is a small export of a whole account, with what Telegram Desktop writes around chats.
const account = `{
 "about": "Here is the data you requested.",
 "personal_information": {"user_id": 1, "first_name": "Ann", "last_name": "A", "phone_number": "+1 555", "username": "@ann", "bio": "x"},
 "contacts": {"about": "words", "list": [
  {"user_id": 2, "first_name": "Bob", "last_name": "", "phone_number": "+2 555", "date": "2020-01-01T00:00:00", "date_unixtime": "1577836800"},
  {"user_id": 0, "first_name": "Nobody", "last_name": "Here", "phone_number": "+3 555"}]},
 "frequent_contacts": {"list": [{"id": 2, "category": "people", "rating": 1.5}]},
 "chats": {"about": "words", "list": [
  {"name": "Bob", "type": "personal_chat", "id": 2, "messages": [
   {"id": 10, "type": "message", "date": "2023-01-01T10:00:00", "date_unixtime": "1672563600", "from": "Bob", "from_id": "user2", "text": "hi", "text_entities": [{"type": "plain", "text": "hi"}]},
   {"id": 11, "type": "message", "date": "2023-01-01T10:01:00", "date_unixtime": "1672563660", "from": "Ann A", "from_id": "user1", "reply_to_message_id": 10, "photo": "photos/photo_1.jpg", "photo_file_size": 5, "width": 10, "height": 20, "text": "", "text_entities": []}]},
  {"name": "Forum", "type": "private_supergroup", "id": 2, "messages": [
   {"id": 1, "type": "service", "date": "2023-01-02T10:00:00", "date_unixtime": "1672650000", "actor": "Ann A", "actor_id": "user1", "action": "topic_created", "title": "Topic", "text": "", "text_entities": []},
   {"id": 2, "type": "message", "date": "2023-01-02T10:01:00", "date_unixtime": "1672650060", "from": "Cy", "from_id": "user3", "reply_to_message_id": 1, "text": [{"type": "bold", "text": "b"}], "text_entities": [{"type": "bold", "text": "b"}]},
   {"id": 3, "type": "unsupported"},
   {"id": 4, "type": "message", "date": "2023-01-02T10:02:00", "date_unixtime": "1672650120", "from": null, "from_id": "user4", "reply_to_message_id": 2, "text": "c", "text_entities": [{"type": "plain", "text": "c"}]}]}]},
 "left_chats": {"about": "words", "list": [
  {"name": "Gone", "type": "public_channel", "id": 9, "messages": [
   {"id": 1, "type": "message", "date": "2023-01-03T10:00:00", "date_unixtime": "1672736400", "from": "Gone", "from_id": "channel9", "text": "post", "text_entities": [{"type": "plain", "text": "post"}]}]},
  {"type": "saved_messages", "id": 1, "messages": []}]}
}`

func TestAccountConforms(t *testing.T) {
	dir := ferrytest.Write(t, map[string]string{"result.json": account, "photos/photo_1.jpg": "bytes"})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": dir}, Golden: "testdata/account.golden"})
}

func TestZipConforms(t *testing.T) {
	dir := ferrytest.Write(t, map[string]string{"DataExport/result.json": account, "DataExport/photos/photo_1.jpg": "bytes", "DataExport/css/x.css": "y"})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": ferrytest.Pack(t, dir)}})
}

func TestSingleFileConforms(t *testing.T) {
	dir := ferrytest.Write(t, map[string]string{"chat of Bob.json": `{"name":"Bob","type":"personal_chat","id":2,"messages":[{"id":10,"type":"message","date":"2021-01-01T10:00:00","from":"Bob","from_id":4294967298,"text":["a ",{"type":"link","text":"example.com"}]}]}`,
		"photos/photo_1.jpg": "bytes", "letter.txt": "not ours"})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": filepath.Join(dir, "chat of Bob.json")}})
}
