package discord

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func read(t testing.TB, path string, settings ...any) *ferrytest.Result {
	t.Helper()
	config := map[string]any{"path": path}
	for i := 0; i+1 < len(settings); i += 2 {
		config[settings[i].(string)] = settings[i+1]
	}
	return ferrytest.Read(t, Plugin(), config)
}

const ann = `{"id":"7","name":"ann","discriminator":"0000","nickname":"Ann","color":null,"isBot":false,"roles":[],"avatarUrl":"media\\a.png"}`

// say is a message with more members.
func say(id int, content, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"id":"%d","type":"Default","timestamp":"2026-06-24T19:04:23.18+07:00","timestampEdited":null,"callEndedTimestamp":null,"isPinned":false,"content":%q,"author":%s,"attachments":[],"embeds":[],"stickers":[],"reactions":[],"mentions":[]%s}`,
		id, content, ann, more)
}

// channel is a document as DiscordChatExporter writes it.
func channel(id, typ string, messages ...string) string {
	return fmt.Sprintf(`{"guild":{"id":"1","name":"Server","iconUrl":"media\\icon.png"},"channel":{"id":%q,"type":%q,"categoryId":"2","category":"Cat","name":"general","topic":"Hello"},"dateRange":{"after":null,"before":null},"exportedAt":"2026-06-24T21:07:18.5322821+07:00","messages":[%s],"messageCount":%d}`,
		id, typ, strings.Join(messages, ","), len(messages))
}
