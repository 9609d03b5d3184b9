package pdf

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"fonts": []string{t.TempDir()}}})
}
