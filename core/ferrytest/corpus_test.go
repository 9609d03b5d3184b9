package ferrytest

import (
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func TestCorpusIsValidAndHasEveryKind(t *testing.T) {
	seen, types := map[string]bool{}, map[string]int{}
	for _, ch := range Corpus(t, t.TempDir()) {
		if err := ch.Shard.Check(); err != nil {
			t.Error(err)
		}
		for _, r := range ch.Records {
			line := string(r.Append(nil))
			if err := checkRecord(r, line); err != nil {
				t.Errorf("%s: %v", r.Key(), err)
			}
			if seen[r.Key()] {
				t.Errorf("key %s is there twice", r.Key())
			}
			if r.Directory() != ch.Shard.Directory {
				t.Errorf("%s is in the wrong kind of shard", r.Key())
			}
			again, err := message.Decode(line)
			if err != nil || string(again.Append(nil)) != line {
				t.Errorf("%s does not survive coding: %v", r.Key(), err)
			}
			seen[r.Key()] = true
			types[r.Type]++
			if strings.Contains(line, "\n") {
				t.Errorf("%s has a line break", r.Key())
			}
		}
	}
	for _, typ := range []string{"person", "conversation", "membership", "message", "revision", "emoji", "analysis"} {
		if types[typ] == 0 {
			t.Errorf("no %s", typ)
		}
	}
}
