package ferrytest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// TransformCase is a transform with its settings.
type TransformCase struct {
	Plugin plugin.Plugin  // a built-in one; TestMain must call Main with it
	Binary string         // or the program of a third party's
	Config map[string]any // settings; paths may be relative to the test
	Input  []*message.Record
	Golden string // file with every result in order; written by -update
}

// Transform checks a transform with the case's input and with the Corpus.
func Transform(t *testing.T, c TransformCase) {
	t.Helper()
	var input [][]byte
	add := func(r *message.Record) { input = append(input, append(r.Append(nil), '\n')) }
	for _, r := range c.Input {
		add(r)
	}
	for _, ch := range Corpus(t, "") {
		for _, r := range ch.Records {
			add(r)
		}
	}
	modes(t, c.Plugin, c.Binary, func(t *testing.T, s *subject) {
		if s.manifest.Transform == nil {
			t.Fatal("the plugin has no transform")
		}
		settings := s.manifest.Transform.Settings
		k := &transformKit{subject: s, input: input, config: absolute(t, c.Config, settings)}
		t.Run("manifest and settings", func(t *testing.T) {
			checkManifest(t, s.manifest, c.Config, settings, func(config json.RawMessage) error {
				x, err := s.host.OpenTransform(t.Context(), s.ref, config)
				if err == nil {
					x.Close()
				}
				return err
			})
		})
		x := k.open(t)
		whole, err := k.apply(t, x, len(input))
		if err != nil {
			t.Fatal(err)
		}
		t.Run("results are valid", func(t *testing.T) { resultsAreValid(t, whole) })
		t.Run("records keep their keys", func(t *testing.T) { k.keysAreKept(t, whole) })
		t.Run("results are repeatable", func(t *testing.T) { k.repeatable(t, whole) })
		if c.Golden != "" {
			t.Run("golden", func(t *testing.T) { golden(t, c.Golden, textOf(whole[:len(c.Input)])) })
		}
	})
}

type transformKit struct {
	*subject
	input  [][]byte
	config json.RawMessage
}

func (k *transformKit) open(t *testing.T) *host.Transform {
	t.Helper()
	x, err := k.host.OpenTransform(t.Context(), k.ref, k.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// apply maps the input in batches.
func (k *transformKit) apply(t *testing.T, x *host.Transform, batch int) ([]host.Applied, error) {
	var all []host.Applied
	for i := 0; i < len(k.input); i += batch {
		end := min(i+batch, len(k.input))
		var lines []byte
		for _, line := range k.input[i:end] {
			lines = append(lines, line...)
		}
		list, err := x.Apply(t.Context(), lines, end-i)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func resultsAreValid(t *testing.T, list []host.Applied) {
	for _, a := range list {
		eachRecord(t, a.Lines, func(r *message.Record, line string) {
			if err := checkRecord(r, line); err != nil {
				t.Errorf("result %s: %v", r.Key(), err)
			}
		})
	}
}

// keysAreKept finds records that neither came back under their key nor were removed by a rule.
func (k *transformKit) keysAreKept(t *testing.T, list []host.Applied) {
	for i, a := range list {
		line := strings.TrimSuffix(string(k.input[i]), "\n")
		typ, key, kept := message.TypeOf(line), message.KeyOf(line), a.Count == 0
		eachRecord(t, a.Lines, func(r *message.Record, _ string) {
			kept = kept || r.Type == typ && r.Key() == key
			if was, err := message.Decode(line); err != nil || was.Directory() != r.Directory() {
				t.Errorf("%s became %s %s (%v)", key, r.Type, r.Key(), err)
			}
		})
		if !kept {
			t.Errorf("%s came back without its key, and so it would vanish without a rule", key)
		}
	}
}

// repeatable maps in other batches, in another process and several at once.
func (k *transformKit) repeatable(t *testing.T, whole []host.Applied) {
	want := textOf(whole)
	x, y := k.open(t), k.open(t)
	var wg sync.WaitGroup
	for i, batch := range []int{1, 7, 1000} {
		for _, one := range []*host.Transform{x, y} {
			wg.Go(func() {
				got, err := k.apply(t, one, batch)
				if err != nil || !reflect.DeepEqual(textOf(got), want) {
					t.Errorf("pass %d in batches of %d gave other results (%v)%s", i, batch, err, firstDifference(textOf(got), want))
				}
			})
		}
	}
	wg.Wait()
}

func textOf(list []host.Applied) []byte {
	var b []byte
	for _, a := range list {
		if a.Count == 0 {
			b = fmt.Appendf(b, "filtered: %s\n", a.Filtered)
		}
		b = append(b, a.Lines...)
	}
	return b
}
