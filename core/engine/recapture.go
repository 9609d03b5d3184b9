package engine

import (
	"context"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/progress"
)

// Recapture reads some units again, writing nothing, and yields the objects with wanted keys as
// they would be handed to the sink now.
func Recapture(ctx context.Context, job *Job, sink string, units, keys map[string]bool, yield func(key, line string)) error {
	again := *job
	again.Only, again.Workers, again.Progress = units, 1, progress.Silent{}
	again.Sinks = nil
	for _, s := range job.Sinks {
		if s.Name == sink {
			again.Sinks = append(again.Sinks, s)
		}
	}
	return survey(ctx, &again, nil, func(*ledger.Entry) {}, func(_ string, key, line string) {
		if keys[key] {
			yield(key, line)
		}
	})
}
