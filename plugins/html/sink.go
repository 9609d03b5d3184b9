package html

import (
	"context"
	"errors"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// sink is one site. Begin may be called concurrently for different shards.
type sink struct {
	config
	zone  *time.Location
	run   plugin.Run
	parts edition.Parts
}

func (s *sink) Open(_ context.Context, run plugin.Run) error {
	if run.Generation > 1 {
		return fault.New(fault.Config, "open site", run.Dir, "deliver both exports into an archive, and from the archive into a new, empty folder",
			errors.New("a site is made whole and takes no second delivery"))
	}
	s.run, s.parts = run, edition.Parts{Work: run.Work, Order: edition.ByThread}
	return nil
}

func (s *sink) Close() error { return nil }

func (s *sink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	return s.parts.Begin(sh)
}
