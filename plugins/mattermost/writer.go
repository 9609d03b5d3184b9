package mattermost

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// writer writes one shard of messages: a thread is one line, its replies inside.
type writer struct {
	s      *sink
	shard  string
	places *places

	streams  [2]*stream // channel posts and direct posts
	accounts map[string]bool

	slot  *slot // of the open line
	conv  string
	dir   string          // folder of the conversation's files
	files map[string]bool // written for this conversation
	root  string          // key of the open line's post; "" when none is open
	head  []byte          // the open line up to its replies
	line  int             // bytes of the open line so far
	n     int             // replies in it
	buf   []byte
}

// stream is one of the shard's two pieces of import.jsonl, with the files it names.
type stream struct {
	part, files *plugin.Part
	deflate     *deflater
}

// lineEnd closes a post with replies.
const lineEnd = "]}}\n"

// lineRoom is left free in a line for what closes it.
const lineRoom = 1 << 10

func newWriter(s *sink, shard string, p *places) *writer {
	return &writer{s: s, shard: shard, places: p, accounts: map[string]bool{}, files: map[string]bool{}}
}

func reject(reason, detail string) (plugin.Outcome, error) {
	return plugin.Outcome{Status: plugin.Rejected, Reason: reason, Detail: detail}, nil
}

func (w *writer) Write(r *message.Record) (plugin.Outcome, error) {
	m := r.Message
	if m == nil {
		return reject("not_message", "a shard of messages holds messages only")
	}
	if m.Conversation != w.conv || w.slot == nil {
		if err := w.closeLine(); err != nil {
			return plugin.Outcome{}, err
		}
		if w.slot = w.places.byKey[m.Conversation]; w.slot == nil || w.slot.kind == "workspace" {
			w.slot = nil
			return reject("no_conversation", "its conversation was not delivered")
		}
		w.conv = strings.Clone(m.Conversation)
		sum := sha256.Sum256([]byte(w.conv))
		w.dir = hex.EncodeToString(sum[:8])
		clear(w.files)
	}
	for i := range m.Flagged {
		if w.slot.direct() && !slices.Contains(w.slot.members, m.Flagged[i].By) {
			return reject("flagged_by", "it is flagged by somebody who is not in the conversation")
		}
	}
	reply := w.root != "" && m.Thread == w.root && m.Key != w.root
	b, props := w.post(w.buf[:0], m, reply)
	w.buf = b
	switch {
	case len(b) > maxLine-lineRoom:
		return reject("too_long", "the post is longer than a line may be")
	case props > maxProps:
		return reject("too_long", "the post's properties are longer than 800,000 characters")
	}
	if err := w.put(m, reply); err != nil {
		return plugin.Outcome{}, err
	}
	return plugin.Done, w.refer(m)
}

// put writes what stands in w.buf as a reply or as a new line.
func (w *writer) put(m *message.Message, reply bool) error {
	st, err := w.stream()
	if err != nil {
		return err
	}
	if !reply {
		if err := w.closeLine(); err != nil {
			return err
		}
		w.root, w.head, w.line, w.n = strings.Clone(m.Key), append(w.head[:0], w.buf...), len(w.buf), 0
		_, err := st.deflate.Write(w.buf)
		return err
	}
	sep := `,`
	if w.n == 0 {
		sep = `,"replies":[`
	}
	if w.line+len(sep)+len(w.buf)+lineRoom > maxLine && w.n > 0 {
		// The server joins posts of one time and text, so the thread goes on below its first post.
		root, head := w.root, w.head
		if err := w.closeLine(); err != nil {
			return err
		}
		w.root, w.head, w.line, sep = root, head, len(head), `,"replies":[`
		if _, err := st.deflate.Write(head); err != nil {
			return err
		}
	}
	w.n++
	w.line += len(sep) + len(w.buf)
	if _, err := st.deflate.Write([]byte(sep)); err != nil {
		return err
	}
	_, err = st.deflate.Write(w.buf)
	return err
}

func (w *writer) closeLine() error {
	if w.root == "" {
		return nil
	}
	end := lineEnd
	if w.n == 0 {
		end = lineEnd[1:]
	}
	w.root, w.n = "", 0
	st, err := w.stream()
	if err != nil {
		return err
	}
	_, err = st.deflate.Write([]byte(end))
	return err
}

// stream gives the piece that the current conversation's posts go to.
func (w *writer) stream() (*stream, error) {
	i, name := 0, "post"
	if w.slot.direct() {
		i, name = 1, "direct"
	}
	if w.streams[i] != nil {
		return w.streams[i], nil
	}
	st := &stream{}
	var err error
	if st.part, err = createPart(w.s.run.Work, w.shard, name); err != nil {
		return nil, err
	}
	if st.files, err = createPart(w.s.run.Work, w.shard, name+"-files"); err != nil {
		st.part.Abort()
		return nil, err
	}
	st.deflate = newDeflater(st.part)
	w.streams[i] = st
	return st, nil
}

// refer notes the accounts and files that a post names.
func (w *writer) refer(m *message.Message) error {
	w.account(first(m.Author, unknownAuthor))
	for i := range m.Reactions {
		for _, by := range m.Reactions[i].By {
			w.account(by)
		}
	}
	for i := range m.Flagged {
		w.account(m.Flagged[i].By)
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if a.State != message.MediaPresent {
			continue
		}
		path := w.path(a)
		if w.files[path] {
			continue
		}
		w.files[path] = true
		st, err := w.stream()
		if err != nil {
			return err
		}
		if _, err := st.files.Write([]byte(a.SHA256 + " " + path + "\n")); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) account(a string) {
	if !w.accounts[a] {
		w.accounts[strings.Clone(a)] = true
	}
}

// path is where an attachment stands below data/.
func (w *writer) path(a *message.Attachment) string {
	return w.dir + "/" + a.SHA256 + "/" + safeName(a.Name)
}

// safeName makes any text a file name that every system takes, with its extension.
func safeName(s string) string {
	var b []byte
	for _, c := range s {
		if c < ' ' || c == 0x7f || c == utf8.RuneError || strings.ContainsRune(`/\:*?"<>|`, c) || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			c = '_'
		}
		b = utf8.AppendRune(b, c)
	}
	name := strings.Trim(string(b), " .")
	if len(name) > 120 {
		ext := ""
		if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 16 {
			ext = name[i:]
		}
		cut := 120 - len(ext)
		for cut > 0 && !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + ext
	}
	if name == "" {
		return "file"
	}
	return name
}

func (w *writer) Commit() (plugin.Receipt, error) {
	if err := w.closeLine(); err != nil {
		return nil, err
	}
	var r receipt
	for i, st := range w.streams {
		if st == nil {
			continue
		}
		p, err := st.deflate.finish()
		if err != nil {
			return nil, err
		}
		if _, _, err := st.part.Commit(); err != nil {
			return nil, err
		}
		if _, _, err := st.files.Commit(); err != nil {
			return nil, err
		}
		if i == 0 {
			r.Post = &p
		} else {
			r.Direct = &p
		}
	}
	names := make([]string, 0, len(w.accounts))
	for a := range w.accounts {
		names = append(names, a)
	}
	slices.Sort(names)
	part, err := createPart(w.s.run.Work, w.shard, "accounts")
	if err != nil {
		return nil, err
	}
	if _, err := part.Write([]byte(strings.Join(append(names, ""), "\n"))); err != nil {
		return nil, err
	}
	if _, _, err := part.Commit(); err != nil {
		return nil, err
	}
	return encodeReceipt(r)
}

func (w *writer) Abort() {
	for _, st := range w.streams {
		if st != nil {
			st.part.Abort()
			st.files.Abort()
		}
	}
}

func appendInt(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(append(append(append(b, `,"`...), name...), `":`...), n, 10)
}

func appendText(b []byte, name, s string) []byte {
	return message.AppendString(append(append(append(b, `,"`...), name...), `":`...), s)
}
