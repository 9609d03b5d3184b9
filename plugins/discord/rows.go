package discord

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// rows cuts a CSV file into rows: at ends of lines that are not inside quotes.
type rows struct {
	r      *bufio.Reader
	offset int64 // of the next row
	row    []byte
	torn   bool // the file ends inside quotes
	large  bool // the row is larger than a record may be
}

func newRows(r io.Reader, offset int64) *rows {
	return &rows{r: bufio.NewReaderSize(r, 64<<10), offset: offset}
}

// next gives the next row that is not empty, without its end; ok is false at the end of the file.
func (x *rows) next(ctx context.Context) (row []byte, ok bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		x.row = x.row[:0]
		quoted := false
		for {
			chunk, err := x.r.ReadSlice('\n')
			x.row = append(x.row, chunk...)
			for _, c := range chunk {
				quoted = quoted != (c == '"')
			}
			if err == bufio.ErrBufferFull || err == nil && quoted {
				if len(x.row) <= element.MaxElement {
					continue
				}
				x.large = true
				return x.row, true, nil
			}
			if err != nil && err != io.EOF {
				return nil, false, err
			}
			x.torn = quoted
			break
		}
		if len(x.row) == 0 {
			return nil, false, nil
		}
		x.offset += int64(len(x.row))
		if row := strings.TrimRight(string(x.row), "\r\n"); row != "" {
			return x.row[:len(row)], true, nil
		}
	}
}

// fieldsOf cuts a row at commas outside quotes.
func fieldsOf(row []byte) (list []string) {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(row); i++ {
		switch c := row[i]; {
		case c == '"' && quoted && i+1 < len(row) && row[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			list = append(list, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(list, b.String())
}

// rows reads messages.csv.
func (r *reader) rows(p *element.Piece, of *room, start element.Start) error {
	in := newRows(p.From(start.Offset), start.Offset)
	for index := start.Index; ; index++ {
		row, ok, err := in.next(r.a.Ctx)
		var damage *dump.Damage
		if errors.As(err, &damage) {
			ok, in.large = true, true
		} else if err != nil {
			return err
		}
		if !ok {
			return r.endOfRows(of, p)
		}
		if in.large { // where it ends nobody can tell
			return element.RejectLost(r.a.Ctx, r.out, p.File, p.Doc, p.Size, []element.Part{{Index: index, Offset: in.offset, Length: -1, Reason: "too_large", Detail: "a row does not end within 16 MiB"}})
		}
		if err := r.row(p, of, in, row, index); err != nil {
			return err
		}
		if err := r.walk.Pause(in.offset, index+1, true, ""); err != nil {
			return err
		}
	}
}

func (r *reader) endOfRows(of *room, p *element.Piece) error {
	if of.file.Damage == nil {
		return nil
	}
	return r.out.Reject(plugin.Reject{At: message.Source{File: p.File}, Reason: "damaged", Detail: of.file.Damage.Error() + "; the records read from this file may be wrong"})
}

// row makes a message of one row, or a reject.
func (r *reader) row(p *element.Piece, of *room, in *rows, row []byte, index int64) error {
	sum := sha256.Sum256(row)
	src := message.Source{File: p.File, Index: strconv.FormatInt(index, 10), Offset: strconv.FormatInt(in.offset-int64(len(in.row)), 10),
		Length: strconv.Itoa(len(row)), SHA256: hex.EncodeToString(sum[:])}
	r.f, r.m = fields{}, message.Message{Type: message.TypeMessage, V: message.Version}
	list := fieldsOf(row)
	for i, v := range list {
		name := strconv.Itoa(i)
		if i < len(of.columns) {
			name = of.columns[i]
		}
		text := strings.ToValidUTF8(v, "\ufffd")
		switch {
		case name == "ID":
			r.f.id = text
		case name == "Timestamp":
			r.f.sent = text
		case name == "Contents":
			if r.m.Text = text; !utf8.ValidString(v) {
				r.m.TextB64 = base64.StdEncoding.EncodeToString([]byte(v))
			}
		case name == "Attachments":
			r.f.attachments = text
		case v != "":
			if r.m.Ext == nil {
				r.m.Ext = map[string]string{}
			}
			r.m.Ext[ext+strings.ToValidUTF8(name, "\ufffd")] = element.Quote(text)
		}
	}
	reason, detail := r.finishOwn()
	if in.torn {
		reason, detail = "not_csv", "the file ends inside the row"
	} else if len(list) != len(of.columns) {
		reason, detail = "not_csv", "the row has another number of fields than the first one"
	}
	if reason != "" {
		return r.out.Reject(plugin.Reject{At: src, Reason: reason, Detail: detail, Bytes: row})
	}
	return r.sendOwn(src)
}
