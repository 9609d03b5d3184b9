package edition_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/plugin"
)

var errFull = errors.New("the disk is full")

// failing is a format that cannot write the first message that it meets.
type failing struct{}

func (failing) Render(ctx context.Context, h *edition.History, _ *edition.Folder) error {
	for _, err := range h.Entries(ctx) {
		if err != nil {
			return err
		}
		return errFull
	}
	return nil
}

// TestAFormatMayStopAWalk wants the format's own error, from a walk that it leaves in the middle.
func TestAFormatMayStopAWalk(t *testing.T) {
	kind := edition.NewSink("failing", "1.0.0", edition.ByThread, func(context.Context, struct{}) (edition.Format, error) { return failing{}, nil })
	s, err := kind.Open(t.Context(), json.RawMessage(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	run := plugin.Run{ID: "1", Dir: t.TempDir(), Work: t.TempDir(), Media: t.TempDir(), Generation: 1}
	if err := s.Open(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), delivered(t, s, ferrytest.Corpus(t, run.Media))); !errors.Is(err, errFull) {
		t.Errorf("%v, want %v", err, errFull)
	}
}
