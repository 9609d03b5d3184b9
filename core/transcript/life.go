package transcript

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// versions are the earlier texts of a message that its record has.
func (t *Teller) versions(m *message.Message) {
	list := m.Revisions
	if e := m.Edited; e != nil {
		if len(list) == 0 && e.Previous != nil {
			list = []message.Edit{*e}
		} else if e.By != "" || e.At != nil {
			t.note("%1", t.about("", t.EditedBy, t.EditedAt, t.EditedByAt, e.By, e.At))
		}
	}
	for i := range list {
		e := &list[i]
		title := t.about(t.Version, t.VersionBy, t.VersionAt, t.VersionByAt, e.By, e.At)
		if e.Previous == nil {
			t.note("%1", t.about(t.Edited, t.EditedBy, t.EditedAt, t.EditedByAt, e.By, e.At))
			continue
		}
		t.written(Version, title, e.Previous)
	}
}

// revision is a step in a message's life that the source keeps as a record of its own.
func (t *Teller) revision(v *message.Revision) {
	p := &t.p
	p.Sort = Change
	if v.By != "" {
		p.Author = t.Name(v.By)
	}
	t.when(v.At)
	phrase := t.ChangeEdit
	if v.Action == "delete" {
		phrase = t.ChangeDelete
	}
	t.add(Sentence, Fill(phrase, t.Pointer(v.Of)), "")
	if v.Previous != nil {
		t.written(Version, t.Before, v.Previous)
	}
	if v.Current != nil {
		t.written(Version, t.After, v.Current)
	}
}

// analysis is what a tool said about messages.
func (t *Teller) analysis(a *message.Analysis) {
	t.p.Sort = Remark
	t.when(a.At)
	t.p.Author = Line(strings.TrimPrefix(a.Provider+" "+a.Model, " "))
	t.add(Sentence, Fill(t.Analysis, a.Kind), "")
	if a.Result != "" {
		t.add(Body, "", a.Result)
	}
	if len(a.Labels) > 0 {
		t.note(t.Labels, t.list(a.Labels))
	}
	if a.Confidence != "" {
		t.note(t.Confidence, a.Confidence)
	}
	if a.PromptRef != "" {
		t.note(t.Prompt, a.PromptRef)
	}
	of := make([]string, len(a.Of))
	for i, k := range a.Of {
		of[i] = t.Pointer(k)
	}
	t.note(t.AnalysisOf, t.list(of))
}

func (t *Teller) when(at *message.Time) {
	if at != nil {
		t.p.At, t.p.Doubt = t.time(at.UTC), t.doubt(at)
		t.p.Clock = t.clock(t.p.At, at.Precision)
	}
}

// file is an attachment: what it is, where its bytes are, or why they are not here.
func (t *Teller) file(a *message.Attachment, author string) error {
	m, err := t.media.Find(a)
	if err != nil {
		return err
	}
	is := []string{Line(cmp.Or(a.Name, a.Title, a.ID, t.Unnamed))}
	size, err := strconv.ParseInt(a.Size, 10, 64)
	if m != nil && !m.Lost {
		size, err = m.Size, nil
	}
	if err == nil {
		is = append(is, t.Size(size))
	}
	is = append(is, nonEmpty(a.MIME)...)
	if a.Width > 0 && a.Height > 0 {
		is = append(is, Fill(t.Measures, strconv.Itoa(a.Width), strconv.Itoa(a.Height)))
	}
	if a.Duration != "" {
		is = append(is, Fill(t.Seconds, a.Duration))
	}
	var b []string
	if a.State != message.MediaPresent {
		why := named(t.States, a.State)
		if a.Reason != "" {
			why += t.Colon + Line(a.Reason)
		}
		b = append(b, Fill(t.Gone, why))
	} else if m != nil && m.Lost {
		b = append(b, t.Lost)
	}
	fact := func(phrase, value string) {
		if value != "" {
			b = append(b, Fill(phrase, Line(value)))
		}
	}
	fact(t.Digest, a.SHA256)
	if m != nil && m.Type != "" && m.Type != a.MIME {
		fact(t.Recognised, m.Type)
	}
	if a.State == message.MediaPresent {
		fact("%1", a.Reason)
	}
	if a.Title != "" && a.Title != a.Name {
		fact(t.Title, a.Title)
	}
	if a.Uploader != "" && a.Uploader != author {
		fact(t.UploadedBy, t.Name(a.Uploader))
	}
	fact(t.UploadedAt, t.Stamp(a.Uploaded))
	fact(t.HeldBy, a.External)
	if a.State != message.MediaPresent {
		fact(t.HeldAt, cmp.Or(a.URL, a.Permalink))
		fact(t.ExpiresAt, t.Stamp(a.Expires))
	}
	fact(t.Alt, a.Alt)
	t.add(File, Fill(t.File, t.list(is)), strings.Join(b, "\n"))
	p := &t.p.Pieces[len(t.p.Pieces)-1]
	p.File, p.Medium = a, m
	for _, x := range []struct{ word, text string }{{t.Spoken, a.Transcript}, {t.Excerpt, a.Preview}} {
		if x.text != "" {
			t.add(Aside, x.word, x.text)
		}
	}
	return nil
}

func nonEmpty(list ...string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, Line(s))
		}
	}
	return out
}
