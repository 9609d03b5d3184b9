package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strings"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/projection"
)

// PlaceholderText is what a message says that we make where a thread's first message is absent.
const PlaceholderText = "(The first message of this thread is not in this history.)"

// waiting is an object that waits for its thread to be complete.
type waiting struct {
	key   string
	line  []byte // valid until the next one is read
	role  byte
	sent  message.Moment // see sourceMoment
	first bool
}

// sendThreads sends each thread's first message and then its replies. A first message delivered by an
// earlier run goes along when it has new replies, so that the target knows where they belong.
func (l *lane) sendThreads(ctx context.Context) error {
	it, err := l.threads.Sort()
	if err != nil {
		return err
	}
	var head waiting // the first message of the open thread, delivered by an earlier run
	var root []byte  // conversation and root of the open thread
	open, rooted := false, false
	for n := 0; it.Next(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		w, group := parseWaiting(it.Key(), it.Value())
		if !open || !bytes.Equal(root, group) {
			root, open, rooted, head = append(root[:0], group...), true, false, waiting{}
		}
		if w.role == roleContext {
			if w.first {
				w.line = bytes.Clone(w.line)
				head = w
			}
			continue
		}
		if !w.first && !rooted {
			if head.line != nil {
				err = l.send(head.key, head.line, roleContext)
			} else {
				err = l.placeholder(w)
			}
			if err != nil {
				return err
			}
		}
		rooted = true
		if err := l.send(w.key, w.line, w.role); err != nil {
			return err
		}
	}
	return it.Err()
}

func parseWaiting(key, value []byte) (w waiting, group []byte) {
	last := bytes.LastIndexByte(key, 0)
	i := bytes.IndexByte(key, 0)
	j := i + 1 + bytes.IndexByte(key[i+1:], 0)
	return waiting{key: string(key[last+1:]), line: value[valueHead:], role: value[0], sent: message.Moment(value[1:valueHead]), first: key[j+1] == '0'}, key[:j]
}

// placeholder makes a first message for replies whose own is absent: not in the dump, or filtered.
func (l *lane) placeholder(reply waiting) error {
	if !l.sink.Roots {
		return nil
	}
	rec, err := message.Decode(string(reply.line))
	if err != nil || rec.Message == nil {
		return err
	}
	m := rec.Message
	parts := message.SplitKey(m.Thread)
	author := message.Key(parts[0], parts[min(1, len(parts)-1)], "chatferry")
	p := message.Of(&message.Message{Key: m.Thread, ID: parts[len(parts)-1], Conversation: m.Conversation, Kind: message.KindPlaceholder,
		Author: author, Sent: message.Time{UTC: m.Sent.UTC, Precision: m.Sent.Precision}, Thread: m.Thread, Text: PlaceholderText, Format: "plain"})
	projected, keep := l.sink.Projector.NewConversation().Apply(p, func(projection.Change) {})
	if !keep || len(projected) != 1 {
		return nil
	}
	line := projected[0].Append(nil)
	leaf := sha256.Sum256(line)
	if l.earlier != nil {
		was, err := l.earlier.look(m.Thread, leaf)
		if err != nil {
			return err
		}
		if was == sameBefore {
			return l.send(m.Thread, line, roleContext)
		}
	}
	if l.leaves != nil {
		l.leaves.add(projected[0].Place(), reply.sent, leaf) // it has its reply's time, also where that is shifted
	}
	l.exceptions = append(l.exceptions, ledger.Exception{Sink: l.sink.Name, Key: strings.Clone(m.Thread), Verdict: ledger.Placed, Reason: "root_absent",
		Detail: "the first message of this thread is not in what was delivered; its replies hang under a placeholder"})
	notary := message.Of(&message.Person{Key: author, ID: "chatferry", Kind: "system", Username: "chatferry", Name: "Chatferry", Synthesised: true})
	l.late = append(l.late, ledger.Late{Key: author, Body: string(notary.Append(nil))})
	return l.send(m.Thread, line, rolePlaced)
}
