package mbox

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "addresses": "history"}})
}

func TestEveryFileIsProved(t *testing.T) {
	media := t.TempDir()
	ferrytest.FinishedEdition(t, Plugin(), `{"zone":"UTC","language":"en","addresses":"invalid","attach_mb":25,"max_mb":1000}`, media, ferrytest.Corpus(t, media)).EveryFileIsProved()
}
