// Package eml writes a history as mails, a file each: every message, or every day of a conversation. What a mail
// says and how it is written is core/mail's; this package says where it is.
package eml

import (
	"context"
	_ "embed"

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
	Zone        string `ferry:"zone" default:"UTC" help:"time zone of days, and of times whose own zone the source does not give"`
	Language    string `ferry:"language" default:"en" choices:"en,zh" help:"language of the words around the messages"`
	Addresses   string `ferry:"addresses" default:"invalid" choices:"invalid,history" help:"write everybody under .invalid, or by the address in the history where there is one"`
	AttachMB    int    `ferry:"attach_mb" default:"25" help:"MB of files that one mail carries; larger ones are in the folder media only"`
	Granularity string `ferry:"granularity" default:"message" choices:"message,day" help:"a mail for each message, or for each day of a conversation"`
}

// Plugin is the sink of mails in files.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: "eml", Version: version, Summary: "mails in files: a message or a day each, with threads and attachments", Doc: doc,
		Sink: edition.NewSink("eml", version, edition.ByThread, open)}
}

// format is the settings, checked.
type format struct {
	mail.Settings
	daily bool
}

func open(_ context.Context, c config) (edition.Format, error) {
	s, err := mail.NewSettings(c.Zone, c.Language, c.Addresses, c.AttachMB)
	if err != nil {
		return nil, err
	}
	return &format{s, c.Granularity == "day"}, nil
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	if err := transcript.WriteDirectory(ctx, h, out, f.Options); err != nil {
		return err
	}
	office := mail.NewOffice(h, f.Settings)
	if f.daily {
		return office.EachBundle(ctx, func(b *mail.Bundle) error {
			name := edition.Digest(b.Keys[0])[:12]
			if !b.Start.IsZero() {
				name = b.Start.Format("2006-01-02") + "-" + name
			}
			return write(out, folder(b.Place)+name+".eml", b.Mail(), b.Keys...)
		})
	}
	for e, err := range h.Entries(ctx) {
		if err != nil {
			return err
		}
		m, p, err := office.Letter(e)
		if err != nil {
			return err
		}
		name := "undated/" + edition.Digest(p.Key)
		if !p.At.IsZero() {
			name = p.At.Format("2006-01/20060102-150405-") + edition.Digest(p.Key)
		}
		if err := write(out, folder(e.Place)+name+".eml", m, p.Key); err != nil {
			return err
		}
	}
	return nil
}

func folder(p *edition.Place) string { return "mail/" + edition.Slug(p.Title, p.Key) + "/" }

func write(out *edition.Folder, name string, m *mail.Message, keys ...string) error {
	f, err := out.Create(name)
	if err != nil {
		return err
	}
	f.Mark(keys...)
	if _, err := m.WriteTo(f); err != nil {
		return err
	}
	f.Mark()
	return f.Close()
}
