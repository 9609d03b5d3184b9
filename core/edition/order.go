package edition

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// sorting gives the sort keys of lines. By thread a key is conversation, time of the thread's first message,
// or of its first reply where that is absent, and the first message's key: lines of one thread have equal
// keys and must come thread by thread. By time it is conversation, time and key.
type sorting struct {
	order Order
	rec   message.Record
	root  string
	buf   []byte
}

// key is good until the next call.
func (o *sorting) key(line string) ([]byte, error) {
	g := message.GlanceAt(line)
	root, conv, at := g.Key, g.Conversation, g.At
	thread, plain := "", true
	if o.order == ByThread {
		if thread, plain = threadOf(line); thread != "" {
			root = thread
		}
	}
	if g.Type != message.TypeMessage || !plain {
		r, err := Decode(line, &o.rec)
		if err != nil {
			return nil, err
		}
		root, conv = r.Key(), r.ConversationKey()
		switch {
		case r.Message != nil:
			at = r.Message.Sent.UTC
			if o.order == ByThread && r.Message.Thread != "" {
				root = r.Message.Thread
			}
		case r.Revision != nil && r.Revision.At != nil:
			at = r.Revision.At.UTC
		}
	}
	if n := len(conv); o.order == ByThread && root == o.root && len(o.buf) > n && o.buf[n] == 0 && string(o.buf[:n]) == conv {
		return o.buf, nil
	}
	o.root = strings.Clone(root)
	moment := message.MomentOf(at)
	o.buf = append(append(o.buf[:0], conv...), 0)
	o.buf = append(append(o.buf, moment[:]...), root...)
	return o.buf, nil
}

// threadOf finds the thread of a message's line without decoding it. Members are sorted, and no member
// that follows "thread" has one of that name inside, so the last one is the message's own. It is not plain
// when it has escapes.
func threadOf(line string) (thread string, plain bool) {
	const pattern = `,"thread":"`
	i := strings.LastIndex(line, pattern)
	if i < 0 {
		return "", true
	}
	rest := line[i+len(pattern):]
	j := strings.IndexByte(rest, '"')
	if j < 0 || strings.IndexByte(rest[:j], '\\') >= 0 || strings.LastIndex(line, `,"sent":{`) > i {
		return "", false
	}
	return rest[:j], true
}

// Decode reads a canonical line, a message into rec, whose memory it uses again.
func Decode(line string, rec *message.Record) (*message.Record, error) {
	if message.TypeOf(line) == message.TypeMessage {
		return rec, message.DecodeMessage(line, rec)
	}
	return message.Decode(line)
}
