package ferrytest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/schema"
)

// eachRecord decodes canonical lines.
func eachRecord(t *testing.T, lines []byte, f func(r *message.Record, line string)) {
	t.Helper()
	for line := range strings.Lines(string(lines)) {
		line = strings.TrimSuffix(line, "\n")
		r, err := message.Decode(line)
		if err != nil {
			t.Errorf("%v\n%.300s", err, line)
			continue
		}
		f(r, line)
	}
}

// decodeChecked reads one line that came over the border.
func decodeChecked(line string) (*message.Record, error) {
	r, err := message.Decode(line)
	if err == nil {
		err = r.Check()
	}
	return r, err
}

// checkRecord tells what is wrong with one record that crosses the border.
func checkRecord(r *message.Record, line string) error {
	if err := r.Check(); err != nil {
		return err
	}
	if got := string(r.Append(nil)); got != line {
		return fmt.Errorf("the line is not canonical, this is: %s", got)
	}
	return schema.Validate([]byte(line))
}

func (k *sourceKit) recordsAreValid(t *testing.T) {
	seen, home := map[string]string{}, map[string]string{}
	for i, sh := range k.whole.shards {
		p := k.whole.parts[i]
		inShard := map[string]bool{}
		eachRecord(t, p.lines, func(r *message.Record, line string) {
			fail := func(format string, args ...any) {
				t.Errorf("shard %s, record %s: %s", sh.ID, r.Key(), fmt.Sprintf(format, args...))
			}
			if err := checkRecord(r, line); err != nil {
				fail("%v", err)
			}
			made := r.Person != nil && r.Person.Synthesised
			if other, ok := seen[r.Key()]; ok && (!made || inShard[r.Key()]) {
				fail("its key was seen before, in shard %s", other)
			}
			seen[r.Key()], inShard[r.Key()] = sh.ID, true
			switch {
			case sh.Directory && !r.Directory():
				fail("a %s in a directory shard", r.Type)
			case !sh.Directory && r.Directory() && !made:
				fail("a %s outside directory shards, and not synthesised", r.Type)
			}
			if r.Message != nil {
				conv := r.Message.Conversation
				if other, ok := home[conv]; ok && other != sh.ID {
					fail("its conversation is in shard %s too", other)
				}
				home[conv] = sh.ID
			}
			k.checkRaw(r, fail)
			checkMedia(r, p.spool, fail)
		})
		for _, r := range p.rejects {
			if r.At.File == "" {
				t.Errorf("shard %s: a reject (%s) does not say where it stands", sh.ID, r.Reason)
			}
			if _, err := os.Stat(filepath.Join(p.spool, r.Spool)); err != nil {
				t.Errorf("shard %s: a reject's bytes: %v", sh.ID, err)
			}
		}
	}
	if len(seen) == 0 {
		t.Error("there are no records; give the kit an input with some")
	}
}

// checkRaw wants a pointer to where the record stands, but for records that stand nowhere.
func (k *sourceKit) checkRaw(r *message.Record, fail func(string, ...any)) {
	if r.Person != nil && r.Person.Synthesised || r.Conversation != nil && r.Conversation.Synthesised || r.Membership != nil || r.Emoji != nil {
		return
	}
	if raw := *r.RawSource(); raw == nil || raw.File == "" {
		fail("it does not say where it was read from")
	}
}

func checkMedia(r *message.Record, spool string, fail func(string, ...any)) {
	for _, a := range r.Attachments() {
		if a.State != message.MediaPresent {
			continue
		}
		b, err := os.ReadFile(filepath.Join(spool, a.SHA256))
		if err != nil {
			fail("attachment: %v", err)
			continue
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != a.SHA256 || a.Size != "" && a.Size != fmt.Sprint(len(b)) && a.Reason == "" {
			fail("attachment: its bytes do not fit its digest or size")
		}
	}
}

// claims checks the order within shards and the counts of shards.
func (k *sourceKit) claims(t *testing.T) {
	declared, exact := true, true
	for i, sh := range k.whole.shards {
		p := k.whole.parts[i]
		if sh.Records < 0 {
			declared = false
		}
		if sh.Records != int64(p.count+len(p.rejects)) {
			exact = false
			if k.traits.Exact && sh.Records >= 0 { // -1: the dump does not say
				t.Errorf("shard %s says exactly %d records, %d came", sh.ID, sh.Records, p.count+len(p.rejects))
			}
		}
		if k.traits.Order == plugin.AnyOrder {
			continue
		}
		last := ""
		eachRecord(t, p.lines, func(r *message.Record, _ string) {
			if r.Message == nil {
				return
			}
			key := orderKey(k.traits.Order, r)
			if strings.HasPrefix(last, conversationPart(r)) && key < last {
				t.Errorf("shard %s: %s is not in the order %s", sh.ID, r.Key(), k.traits.Order)
			}
			last = key
		})
	}
	if declared && exact && !k.traits.Exact {
		t.Error("the source says exactly how many records each shard has, but does not claim it: set Exact")
	}
}

func conversationPart(r *message.Record) string { return r.ConversationKey() + "\x00" }

// orderKey sorts the records of a shard as the engine does.
func orderKey(o plugin.Order, r *message.Record) string {
	sent, root, first := "", r.Key(), "0"
	switch {
	case r.Message != nil:
		sent = strings.TrimSuffix(r.Message.Sent.UTC, "Z")
		if m := r.Message; m.Thread != "" && m.Thread != m.Key {
			root, first = m.Thread, "1"
		}
	case r.Revision != nil && r.Revision.At != nil:
		sent = strings.TrimSuffix(r.Revision.At.UTC, "Z")
	}
	if o == plugin.Threads {
		return conversationPart(r) + root + "\x00" + first + sent + "\x00" + r.Key()
	}
	return conversationPart(r) + sent + "\x00" + r.Key()
}
