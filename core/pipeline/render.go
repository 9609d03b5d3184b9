package pipeline

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/mattn/go-runewidth"
	"github.com/mitchellh/go-wordwrap"
)

const (
	maxShown   = 100 // diagnostics
	maxMessage = 600 // characters of a message or a hint
)

// Render writes diagnostics for people: message, place, source line with the place marked, hint.
// Width 0 means no wrapping. Nothing from a file can reach the terminal as a control sequence,
// and no secret is shown.
func (f *File) Render(w io.Writer, diags Diagnostics, width int, color bool) error {
	p := printer{file: f, width: width, color: color}
	b := &p.out
	for i := range diags {
		if i == maxShown {
			fmt.Fprintf(b, "\nand %d more.\n", len(diags)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		p.diagnostic(&diags[i])
	}
	_, err := w.Write(b.Bytes())
	return err
}

type printer struct {
	file  *File
	width int
	color bool
	out   bytes.Buffer

	maskedName string // of the line masked last: many mistakes can stand on one long line
	maskedFrom int
	maskedLine []byte
}

func (p *printer) diagnostic(d *Diagnostic) {
	b := &p.out
	word, tone := "Error", "\x1b[1;31m"
	if d.Warning {
		word, tone = "Warning", "\x1b[1;33m"
	}
	head := wrapped(word+": "+safe(clip(d.Message)), p.width, "")
	if p.color {
		head = tone + word + "\x1b[0m" + strings.TrimPrefix(head, word)
	}
	b.WriteString(head + "\n")
	if d.at != nil {
		p.snippet(*d.at)
	}
	if d.Hint != "" {
		b.WriteString(wrapped(safe(clip(d.Hint)), p.width, "  ") + "\n")
	}
}

// snippet shows the line a range begins on.
func (p *printer) snippet(at hcl.Range) {
	b := &p.out
	fmt.Fprintf(b, "  at %s line %d", safe(at.Filename), at.Start.Line)
	text, ok := p.file.texts[at.Filename]
	if !ok || at.Start.Byte < 0 || at.Start.Byte > len(text.Bytes) {
		b.WriteByte('\n')
		return
	}
	if nav, ok := text.Nav.(interface{ ContextString(int) string }); ok {
		if in := nav.ContextString(at.Start.Byte); in != "" {
			b.WriteString(", in " + safe(in))
		}
	}
	b.WriteByte('\n')
	from := bytes.LastIndexByte(text.Bytes[:at.Start.Byte], '\n') + 1
	to := len(text.Bytes)
	if n := bytes.IndexByte(text.Bytes[from:], '\n'); n >= 0 {
		to = from + n
	}
	line := p.masked(at.Filename, text.Bytes, from, to)
	start, end := at.Start.Byte-from, min(max(at.End.Byte, at.Start.Byte), to)-from
	start = min(start, end)
	before, marked, after := cut(line[:start], line[start:end], line[end:], p.width)
	number := fmt.Sprintf("%5d | ", at.Start.Line)
	if p.color {
		fmt.Fprintf(b, "%s%s\x1b[4m%s\x1b[0m%s\n", number, before, marked, after)
		return
	}
	fmt.Fprintf(b, "%s%s\n", number, strings.TrimRight(before+marked+after, " "))
	pad := runewidth.StringWidth(before)
	fmt.Fprintf(b, "      | %s%s\n", strings.Repeat(" ", pad), strings.Repeat("^", max(1, runewidth.StringWidth(marked))))
}

// cut keeps the part of a long line around what is marked.
func cut(before, marked, after []byte, width int) (x, y, z string) {
	const least = 120
	room := max(width-8, least)
	long := len(before) > 8*room
	if long {
		before = before[len(before)-8*room:]
	}
	x, y, z = safe(string(before)), safe(string(marked[:min(len(marked), 8*room)])), safe(string(after[:min(len(after), 8*room)]))
	if n := room / 3; long || runewidth.StringWidth(x) > n && runewidth.StringWidth(x+y+z) > room {
		for runewidth.StringWidth(x) > n {
			_, size := utf8.DecodeRuneInString(x)
			x = x[size:]
		}
		x = "..." + x
	}
	y = runewidth.Truncate(y, room*2/3, "...")
	z = runewidth.Truncate(z, max(3, room-runewidth.StringWidth(x+y)), "...")
	return x, y, z
}

// literal is a quoted value of something named like a secret. It covers files that do not parse,
// where nothing is known about settings yet.
var literal = regexp.MustCompile(`(?i)(?:token|secret|passw|passphrase|api_?key|private_key|credential)[\w-]*"?[ \t]*[=:][ \t]*"((?:[^"\\\n]|\\.)*)`)

// masked is a line of a file, from one byte to another, with every literal secret replaced by
// asterisks.
func (p *printer) masked(name string, src []byte, from, to int) []byte {
	if p.maskedLine != nil && p.maskedName == name && p.maskedFrom == from {
		return p.maskedLine
	}
	line := bytes.Clone(src[from:to])
	hide := func(a, b int) {
		for i := max(0, a); i < b && i < len(line); i++ {
			line[i] = '*'
		}
	}
	for _, m := range literal.FindAllSubmatchIndex(src[from:to], -1) {
		hide(m[2], m[3])
	}
	for _, r := range p.file.hidden {
		if r.Filename == name {
			hide(r.Start.Byte-from, r.End.Byte-from)
		}
	}
	p.maskedName, p.maskedFrom, p.maskedLine = name, from, line
	return line
}

// clip shortens a message that would fill the screen.
func clip(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return runewidth.Truncate(strings.ToValidUTF8(s[:maxMessage], ""), maxMessage-3, "") + "..."
}

// safe makes text harmless on a terminal: control and direction characters become "?", tabs a space.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return '?'
		}
		return r
	}, s)
}

func wrapped(s string, width int, indent string) string {
	if width > 20 {
		s = wordwrap.WrapString(s, uint(width-len(indent)))
	}
	return indent + strings.ReplaceAll(s, "\n", "\n"+indent)
}
