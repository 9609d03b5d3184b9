package edition

import (
	"context"
	"errors"
	"iter"

	"github.com/chatferry/chatferry/core/message"
)

// unit is a run of canonical lines: directory records, or whole conversations in the edition's order.
type unit struct {
	directory bool
	lines     func(ctx context.Context, yield func(line string) error) error
}

// History is everything that an edition is made of. It can be walked any number of times.
type History struct {
	*Directory
	Media *Library
	units []unit
}

// open reads the directory.
func open(ctx context.Context, units []unit, media *Library) (*History, error) {
	h := &History{Media: media, units: units}
	var failed error
	h.Directory = DirectoryOf(func(yield func(*message.Record) bool) {
		for r, err := range h.DirectoryRecords(ctx) {
			if failed = err; err != nil || !yield(r) {
				return
			}
		}
	})
	return h, failed
}

// errStop ends a walk that nobody wants to go on with.
var errStop = errors.New("stop")

// DirectoryRecords are emoji, conversations, people and memberships, in the order of their delivery.
func (h *History) DirectoryRecords(ctx context.Context) iter.Seq2[*message.Record, error] {
	return func(yield func(*message.Record, error) bool) {
		for _, u := range h.units {
			if !u.directory {
				continue
			}
			err := u.lines(ctx, func(line string) error {
				r, err := message.Decode(line)
				if err == nil && !yield(r, nil) {
					err = errStop
				}
				return err
			})
			if err == errStop {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// Entry is one message, revision or analysis. It is good until the next one.
type Entry struct {
	*message.Record
	Line  string // canonical
	Place *Place // its conversation
	First bool   // the first one of its conversation
}

// Entries are all messages, revisions and analyses, conversation after conversation, in the edition's order.
func (h *History) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var rec message.Record
		var place *Place
		for _, u := range h.units {
			if u.directory {
				continue
			}
			err := u.lines(ctx, func(line string) error {
				r, err := Decode(line, &rec)
				if err != nil {
					return err
				}
				e := Entry{Record: r, Line: line, Place: place}
				if key := r.ConversationKey(); place == nil || place.Key != key {
					place = h.Place(key)
					e.Place, e.First = place, true
				}
				if !yield(e, nil) {
					return errStop
				}
				return nil
			})
			if err == errStop {
				return
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
		}
	}
}
