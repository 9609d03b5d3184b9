// Package mbox writes a history as mailboxes: one for each conversation, a mail for each message. What a mail says
// and how it is written is core/mail's; this package puts mails into one file.
//
// A line "From address date" stands before each mail and an empty line after it. A mail of core/mail has no line that
// begins with "From ", or with that behind a ">", so nothing needs the quoting in which kinds of mailboxes differ, and
// readers of every kind give the same mails.
package mbox

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/transcript"
)

//go:embed README.md
var doc string

const version = "1.0.0"

// config is the settings of the sink.
type config struct {
	Zone      string `ferry:"zone" default:"UTC" help:"time zone of times whose own zone the source does not give"`
	Language  string `ferry:"language" default:"en" choices:"en,zh" help:"language of the words around the messages"`
	Addresses string `ferry:"addresses" default:"invalid" choices:"invalid,history" help:"write everybody under .invalid, or by the address in the history where there is one"`
	AttachMB  int    `ferry:"attach_mb" default:"25" help:"MB of files that one mail carries; larger ones are in the folder media only"`
	MaxMB     int    `ferry:"max_mb" default:"1000" help:"size in MB from which a mailbox is continued in another"`
}

// Plugin is the sink of mailboxes.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: "mbox", Version: version, Summary: "mailboxes: one for each conversation, with threads and attachments", Doc: doc,
		Sink: edition.NewSink("mbox", version, edition.ByThread, open)}
}

// format is the settings, checked.
type format struct {
	mail.Settings
	max int
}

func open(_ context.Context, c config) (edition.Format, error) {
	s, err := mail.NewSettings(c.Zone, c.Language, c.Addresses, c.AttachMB)
	if err == nil && c.MaxMB < 1 {
		err = plugin.BadSetting("max_mb", "write a number of MB from 1", errors.New("is too small"))
	}
	return &format{s, c.MaxMB << 20}, err
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	if err := transcript.WriteDirectory(ctx, h, out, f.Options); err != nil {
		return err
	}
	office := mail.NewOffice(h, f.Settings)
	box := &box{out: out, made: map[string]int{}}
	for e, err := range h.Entries(ctx) {
		if err != nil {
			return err
		}
		m, p, err := office.Letter(e)
		if err != nil {
			return err
		}
		if e.First || box.n >= f.max {
			if err := box.next(e.Place); err != nil {
				return err
			}
		}
		box.f.Mark(p.Key)
		if err := box.add(m, p.At); err != nil {
			return err
		}
	}
	return box.close()
}

// box is the mailbox that is being written.
type box struct {
	out  *edition.Folder
	made map[string]int
	f    *edition.File
	n    int
}

func (b *box) next(p *edition.Place) error {
	if err := b.close(); err != nil {
		return err
	}
	name := "mail/" + edition.Slug(p.Title, p.Key)
	if b.made[name]++; b.made[name] > 1 {
		name = fmt.Sprintf("%s-%d", name, b.made[name])
	}
	var err error
	b.f, err = b.out.Create(name + ".mbox")
	b.n = 0
	return err
}

func (b *box) close() error {
	if b.f == nil {
		return nil
	}
	b.f.Mark()
	err := b.f.Close()
	b.f = nil
	return err
}

func (b *box) add(m *mail.Message, at time.Time) error {
	if at.IsZero() {
		at = time.Unix(0, 0)
	}
	w := &lines{w: b.f}
	fmt.Fprintf(w, "From chatferry@chatferry.invalid %s\n", at.UTC().Format(time.ANSIC))
	if _, err := m.WriteTo(w); err != nil {
		return err
	}
	_, err := b.f.Write([]byte("\n"))
	b.n += w.n + 1
	return err
}
