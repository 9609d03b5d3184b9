package ferrytest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Result is everything a source gave for one input, in order.
type Result struct {
	Records []*message.Record
	Rejects []plugin.Reject
	Shards  []plugin.Shard
	Spool   string // folder of attachments and of large rejects
}

// Read reads an input whole, in this process, and checks what holds for every input of every source: records
// are valid and canonical, the directory stands in shards of its own, and the source's census agrees.
func Read(t testing.TB, p plugin.Plugin, config map[string]any) *Result {
	t.Helper()
	raw, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	src, err := p.Source.Open(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, all := drain(t, src)
	for i := range all.parts {
		r.take(t, &all.parts[i], r.Shards[i])
	}
	if p.Source.Census != nil {
		agrees(t, p, raw, all)
	}
	return r
}

// Drain reads an open source to its end, for a test that opens it in a way of its own: lines are those of all
// records, each checked.
func Drain(t testing.TB, src plugin.Source) (lines []byte, r *Result) {
	t.Helper()
	r, all := drain(t, src)
	for i := range all.parts {
		r.take(t, &all.parts[i], r.Shards[i])
		lines = append(lines, all.parts[i].lines...)
	}
	return lines, r
}

func drain(t testing.TB, src plugin.Source) (*Result, *reading) {
	t.Helper()
	r, all := &Result{Spool: t.TempDir()}, &reading{}
	if err := src.Discover(context.Background(), func(sh plugin.Shard) error {
		r.Shards = append(r.Shards, sh)
		all.parts = append(all.parts, part{})
		one := &all.parts[len(all.parts)-1]
		out := plugin.NewEmitter(context.Background(), r.Spool, func(b *plugin.Batch) error {
			one.lines = append(one.lines, b.Lines...)
			one.rejects = append(one.rejects, b.Rejects...)
			return nil
		})
		if err := src.Read(context.Background(), sh, nil, out); err != nil {
			return err
		}
		return out.Flush()
	}); err != nil {
		t.Fatal(err)
	}
	return r, all
}

func (r *Result) take(t testing.TB, p *part, sh plugin.Shard) {
	t.Helper()
	for line := range strings.Lines(string(p.lines)) {
		line = strings.TrimSuffix(line, "\n")
		rec, err := message.Decode(line)
		if err == nil {
			err = checkRecord(rec, line)
		}
		if err != nil {
			t.Errorf("%v: %.300s", err, line)
			continue
		}
		if rec.Directory() != sh.Directory && (sh.Directory || rec.Person == nil || !rec.Person.Synthesised) {
			t.Errorf("a %s in shard %s", rec.Type, sh.ID)
		}
		r.Records = append(r.Records, rec)
	}
	r.Rejects = append(r.Rejects, p.rejects...)
}

func agrees(t testing.TB, p plugin.Plugin, config json.RawMessage, all *reading) {
	t.Helper()
	var members []census.Member
	facts, err := p.Source.Census(context.Background(), config, true, func(m census.Member) error {
		members = append(members, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if facts.Silent != "" || facts.Broken != "" || !facts.ByFile {
		return
	}
	elements, rejects, _ := all.elements()
	for file, wrong := range disagreements(members, elements, rejects) {
		t.Errorf("census of %s: %s", file, wrong)
	}
}

// Messages are those of all conversations.
func (r *Result) Messages() (list []*message.Message) {
	for _, x := range r.Records {
		if x.Type == message.TypeMessage {
			list = append(list, x.Message)
		}
	}
	return list
}

// Message is the first with an id, an empty one when there is none.
func (r *Result) Message(id string) *message.Message {
	for _, m := range r.Messages() {
		if m.ID == id {
			return m
		}
	}
	return &message.Message{}
}

// Person is the first with an id, an empty one when there is none.
func (r *Result) Person(id string) *message.Person {
	for _, x := range r.Records {
		if x.Type == message.TypePerson && x.Person.ID == id {
			return x.Person
		}
	}
	return &message.Person{}
}

// Conversations are all places by key.
func (r *Result) Conversations() map[string]*message.Conversation {
	list := map[string]*message.Conversation{}
	for _, x := range r.Records {
		if x.Type == message.TypeConversation {
			list[x.Conversation.Key] = x.Conversation
		}
	}
	return list
}
