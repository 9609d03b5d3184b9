package telegram

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func read(t testing.TB, config map[string]any) *ferrytest.Result {
	t.Helper()
	return ferrytest.Read(t, Plugin(), config)
}

// chatOf reads one chat with the given messages.
func chatOf(t testing.TB, messages string, settings ...string) *ferrytest.Result {
	t.Helper()
	config := map[string]any{"path": ferrytest.Write(t, map[string]string{"result.json": `{"name":"Room","type":"private_supergroup","id":7,"messages":[` + messages + `]}`})}
	for i := 0; i+1 < len(settings); i += 2 {
		config[settings[i]] = settings[i+1]
	}
	return read(t, config)
}
