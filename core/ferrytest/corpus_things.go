package ferrytest

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// events are system messages of every kind, and kinds nobody knows.
func (c *corpus) events() []*message.Record {
	var list []*message.Record
	for _, kind := range []string{message.KindMe, message.KindFile, message.KindComment, message.KindBot, message.KindJoin, message.KindLeave, message.KindRename,
		message.KindTopic, message.KindPurpose, message.KindArchive, message.KindUnarchive, message.KindPin, message.KindUnpin, message.KindCall,
		message.KindPoll, message.KindReminder, message.KindTombstone, message.KindWithheld, message.KindPlaceholder, message.KindSystem, message.KindUnknown, "acme_dance"} {
		m := c.say("events", "ada", "ada did "+kind)
		m.Kind, m.Subtype = kind, "acme_"+kind
		switch kind {
		case message.KindJoin, message.KindLeave, message.KindRename, message.KindTopic, message.KindPurpose, message.KindArchive, message.KindUnarchive, message.KindPin, message.KindUnpin, message.KindSystem:
			m.Event = &message.Event{Action: kind, Actor: key("ada"), Targets: []string{key("gone"), key("nobody")}, Old: "old", New: "new\nline"}
		case message.KindCall:
			m.Call = &message.Call{ID: "1", Name: "Standup", By: key("ada"), Started: utc(at), Participants: []string{key("ada"), key("gone")}, Outcome: "ended"}
		case message.KindPoll:
			m.Poll = &message.Poll{Question: "Lunch?", Options: []message.PollOption{{Text: "yes", Votes: 2, By: []string{key("ada")}}, {Text: "no"}}, Total: 2}
		case message.KindTombstone:
			m.Text, m.Deleted = "", &message.Deletion{At: utc(at), By: key("ada"), Mode: "tombstone"}
		case message.KindWithheld:
			m.Text, m.Hidden = "", true
		case "acme_dance":
			m.Author, m.Text = "", ""
			m.Ext = map[string]string{"acme.dance": `{"steps":[1,2.50,1e400],"to":null}`, "acme.a": `"\u0000"`}
		}
		list = append(list, message.Of(m))
	}
	return list
}

// things are messages with everything that hangs on messages.
func (c *corpus) things() []*message.Record {
	var list []*message.Record
	add := func(m *message.Message) { list = append(list, message.Of(m)) }

	files := c.say("events", "ada", "")
	files.Kind = message.KindFile
	files.Attachments = []message.Attachment{c.file("empty.bin", ""), c.file("../../etc/passwd", "root"), c.file("naïve 日本.txt", "x"), c.file(strings.Repeat("n", 300)+".txt", "long name"), c.file("twin.txt", "x")}
	for _, state := range []string{message.MediaMissing, message.MediaExpired, message.MediaForbidden, message.MediaTooLarge, message.MediaRemote, message.MediaWithheld, message.MediaDeleted} {
		files.Attachments = append(files.Attachments, message.Attachment{ID: state, Name: state + ".pdf", State: state, Reason: "because", URL: "https://example.test/f?x=1&y=<2>"})
	}
	add(files)

	liked := c.say("events", "bot", "liked")
	liked.Reactions = []message.Reaction{
		{Emoji: "+1::skin-tone-6", Unicode: "👍🏿", By: []string{key("ada"), key("gone")}, At: []string{at, "2019-04-02T09:00:01Z"}, Count: 2},
		{Emoji: "party", Custom: key("emoji", "party"), By: []string{key("ada")}, Count: 5},
		{Emoji: "tada", Count: 3}, // nobody named
	}
	add(liked)

	edited := c.say("events", "ada", "third version")
	edited.Edited = &message.Edit{At: utc("2019-04-03T00:00:00Z"), By: key("ada")}
	edited.Revisions = []message.Edit{{At: utc(at), Previous: &message.Content{Text: "first version"}}, {Previous: &message.Content{Text: "second version"}}}
	edited.Pins = []message.Pin{{Message: edited.Key, By: key("ada"), At: utc(at)}}
	edited.Receipts, edited.Flagged = []message.Receipt{{By: key("gone"), At: utc(at), Action: "read"}}, []message.Receipt{{By: key("ada")}}
	add(edited)

	rich := c.say("events", "ada", "*rich* text with a link")
	rich.Format = "mrkdwn"
	rich.Rich = []message.Block{
		{Kind: message.BlockHeading, Level: 2, Inlines: []message.Inline{{Kind: message.InlineText, Text: "Title"}}},
		{Kind: message.BlockParagraph, Inlines: []message.Inline{{Kind: message.InlineText, Text: "rich", Bold: true, Italic: true}, {Kind: message.InlineBreak},
			{Kind: message.InlineLink, URL: "javascript:alert(1)", Text: "click"}, {Kind: message.InlinePerson, Target: key("gone")}, {Kind: message.InlineBroadcast, Name: "everyone"},
			{Kind: message.InlineEmoji, Name: "party"}, {Kind: message.InlineConversation, Target: key("general")}, {Kind: message.InlineDate, Time: at, Text: "then"}}},
		{Kind: message.BlockItem, List: "ordered", Number: 3, Indent: 1, Inlines: []message.Inline{{Kind: message.InlineText, Text: "item"}}},
		{Kind: message.BlockCode, Lang: "go", Inlines: []message.Inline{{Kind: message.InlineText, Text: "```\nx := `y`"}}},
		{Kind: message.BlockQuote, Quote: 1, Inlines: []message.Inline{{Kind: message.InlineText, Text: "said"}}},
		{Kind: message.BlockOpaque, Text: "a chart", JSON: `{"chart":[1,2]}`},
	}
	rich.Mentions = []message.Mention{{Kind: "person", Target: key("gone"), Name: "gone"}, {Kind: "everyone"}}
	rich.Links = []message.Link{{URL: "https://example.test/?q=<x>", Title: "A \"title\""}}
	rich.Cards = []message.Card{{Kind: "attachment", Title: "Build", Text: "failed", JSON: `{"color":"#f00"}`}}
	add(rich)

	ai := c.say("events", "bot", "The answer is 42.")
	ai.AI = &message.AI{Role: "assistant", Model: "m-1", PromptRef: "p/1", ToolCalls: []message.ToolCall{{ID: "t", Name: "search", Arguments: `{"q":"42"}`, Result: "42"}}, Usage: map[string]string{"in": "7", "out": "5"}}
	ai.Location = &message.Location{Latitude: "-90.000", Longitude: "180", Name: "Pole"}
	ai.Contact = &message.Contact{Name: "Bob; Example", Phones: []string{"+49 30 000"}, VCard: "BEGIN:VCARD\r\nFN:Bob\r\nEND:VCARD\r\n"}
	ai.Custom, ai.Labels = []message.Pair{{Name: "ticket", Value: "A-1"}}, []string{"b", "a"}
	ai.Raw = &message.Source{File: "export/events.json", Index: "8", Offset: "812", Length: "33", SHA256: strings.Repeat("0f", 32)}
	add(ai)

	return append(list,
		message.Of(&message.Revision{Key: key("events", edited.ID, "rev", "1"), Of: edited.Key, Conversation: key("events"), Action: "edit", At: utc(at), By: key("ada"), Previous: &message.Content{Text: "first version"}}),
		message.Of(&message.Revision{Key: key("events", "unseen", "rev", "1"), Of: key("events", "unseen"), Conversation: key("events"), Action: "delete"}),
		message.Of(&message.Analysis{Key: key("analysis", "1"), Of: []string{edited.Key, rich.Key}, Kind: "summary", Model: "m-1", Result: "They talked.", Confidence: "0.50", At: utc(at)}))
}
