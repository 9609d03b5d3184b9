package archive

import (
	"strconv"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Output: sha256sum})
}

func TestSourceConforms(t *testing.T) {
	r := newRig(t)
	r.deliver(corpus(t, r))
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": r.dir}})
}

func TestSourceOfSeveralGenerationsConforms(t *testing.T) {
	r := newRig(t)
	r.deliver(corpus(t, r))
	r.deliver([]load{r.sample()[1], corpus(t, r)[2]})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": r.dir}})
}

// corpus is the kit's, as if a source had read it from a dump.
func corpus(t *testing.T, r *rig) (loads []load) {
	for _, ch := range ferrytest.Corpus(t, r.store.Dir()) {
		for i, rec := range ch.Records {
			*rec.RawSource() = &message.Source{File: ch.Shard.ID + ".json", Index: strconv.Itoa(i)}
		}
		loads = append(loads, load{ch.Shard, ch.Records})
	}
	return loads
}
