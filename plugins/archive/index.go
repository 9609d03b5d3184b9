package archive

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// index says which conversations a shard holds. People find a conversation's file with it; the
// source brings together what several generations have of one conversation. A shard holds few
// conversations or one big one, so an index is small.
type index struct {
	places map[string]*place
	last   *place // records of one conversation come one after the other
}

// place is one line of an index.
type place struct {
	Conversation string `json:"conversation"` // or the key of a record that belongs to none
	First        string `json:"first,omitempty"`
	Last         string `json:"last,omitempty"`
	Records      int64  `json:"records"`
}

// belongsTo is what keeps records together over generations: the conversation, or the record's own key.
func belongsTo(r *message.Record) string {
	if c := r.ConversationKey(); c != "" {
		return c
	}
	return r.Key()
}

func newIndex() *index { return &index{places: map[string]*place{}} }

func (x *index) add(r *message.Record) {
	at := ""
	if r.Message != nil {
		at = r.Message.Sent.UTC
	}
	x.count(belongsTo(r), at)
}

// count counts a record of a conversation; at is "" for what is no message.
func (x *index) count(conversation, at string) {
	if x.last == nil || x.last.Conversation != conversation {
		if x.last = x.places[conversation]; x.last == nil {
			conversation = string([]byte(conversation)) // r's strings share a batch's memory
			x.last = &place{Conversation: conversation}
			x.places[conversation] = x.last
		}
	}
	x.last.Records++
	if at == "" {
		return
	}
	if x.last.First == "" || at < x.last.First {
		x.last.First = strings.Clone(at)
	}
	if at > x.last.Last {
		x.last.Last = strings.Clone(at)
	}
}

// write writes the index as a part in dir, sorted by conversation.
func (x *index) write(dir string) (file, error) {
	p, err := plugin.CreatePart(dir, partIndex)
	if err != nil {
		return file{}, err
	}
	keys := make([]string, 0, len(x.places))
	for k := range x.places {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		b, err := json.Marshal(x.places[k])
		if err == nil {
			_, err = p.Write(append(b, '\n'))
		}
		if err != nil {
			p.Abort()
			return file{}, err
		}
	}
	var f file
	f.Bytes, f.SHA256, err = p.Commit()
	return f, err
}

// eachPlace reads an index, after it is proved to be the one the header describes.
func eachPlace(root *os.Root, f *file, visit func(place) error) error {
	in, err := openFile(root, f.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := prove(in, f); err != nil {
		return err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return readFault(f.Path, err)
	}
	r := lineReader{r: bufio.NewReaderSize(in, 64<<10)}
	for {
		line, err := r.next()
		if err != nil {
			return endOf(f.Path, err)
		}
		var p place
		if err := json.Unmarshal(line, &p); err != nil {
			return corrupt(f.Path, err)
		}
		if err := visit(p); err != nil {
			return err
		}
	}
}
