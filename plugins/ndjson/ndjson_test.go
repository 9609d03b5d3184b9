package ndjson

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSource(t *testing.T) {
	ferrytest.Source(t, ferrytest.SourceCase{
		Plugin: Plugin(),
		Config: map[string]any{"path": "testdata/rooms"},
		Golden: "testdata/golden.ndjson",
		Damaged: []ferrytest.Damage{
			{Name: "torn last line", Config: map[string]any{"path": "testdata/torn"}},
			{Name: "one bad line", Config: map[string]any{"path": "testdata/bad"}},
		},
	})
}

func TestSink(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin()})
}
