package mail

import (
	"encoding/base64"
	"mime/quotedprintable"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plainWord is how long a word can be that needs no encoding, and wordBytes how much text an encoded one holds.
const (
	plainWord = 60
	wordBytes = 30
)

// plain tells whether a text can stand in a header as it is: printable ASCII whose words can be folded apart, and
// that no reader takes for an encoded word.
func plain(s string) bool {
	if strings.Contains(s, "=?") || strings.TrimSpace(s) != s || strings.Contains(s, "  ") {
		return false
	}
	word := 0
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
		if word++; s[i] == ' ' {
			word = 0
		}
		if word > plainWord {
			return false
		}
	}
	return true
}

// words cuts a header's text into words that may stand on different lines.
func words(s string) []string {
	if plain(s) {
		return strings.Split(s, " ")
	}
	return encodedWords(s)
}

// encodedWords writes a text as RFC 2047 does: readers join neighbours without the blank between them.
func encodedWords(s string) []string {
	var list []string
	s = strings.ToValidUTF8(s, "\ufffd")
	for s != "" {
		n := min(len(s), wordBytes)
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n--
		}
		list = append(list, "=?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return list
}

// phrase is the name in an address: a quoted string, or encoded words.
func phrase(s string) []string {
	switch {
	case s == "":
		return nil
	case plain(s) && len(s) <= plainWord:
		return []string{`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`}
	}
	return encodedWords(s)
}

// encode chooses how a text travels: as it is, with its few odd characters spelled out, or as base64.
func encode(s string) (encoding, body string) {
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	odd, long, trap := 0, false, false
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		long = long || len(line) > lineLength
		trap = trap || strings.HasPrefix(line, "--") || strings.HasPrefix(strings.TrimLeft(line, ">"), "From ") || line != strings.TrimRight(line, " \t")
		for i := 0; i < len(line); i++ {
			if c := line[i]; c < ' ' && c != '\t' || c > '~' {
				odd++
			}
		}
	}
	switch {
	case odd == 0 && !long && !trap:
		return "7bit", strings.ReplaceAll(s, "\n", "\r\n")
	case odd*6 > len(s):
		var b strings.Builder
		l := &lineWriter{w: &b}
		enc := base64.NewEncoder(base64.StdEncoding, l)
		enc.Write([]byte(strings.ReplaceAll(s, "\n", "\r\n")))
		enc.Close()
		l.end()
		return "base64", b.String()
	}
	return "quoted-printable", quoted(s)
}

// quoted is quoted-printable in which no line begins like a mailbox's separator or a boundary.
func quoted(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		first := ""
		switch {
		case strings.HasPrefix(line, "From "):
			first = "=46"
		case strings.HasPrefix(line, ">") && strings.HasPrefix(strings.TrimLeft(line, ">"), "From "):
			first = "=3E"
		case strings.HasPrefix(line, "--"):
			first = "=2D"
		default:
			out.WriteString(line)
			continue
		}
		out.WriteString(first)
		if len(line) > lineLength {
			out.WriteString("=\r\n")
		}
		out.WriteString(line[1:])
	}
	return out.String()
}

// nameBytes is how long the name of an attached file can be; some systems refuse longer ones.
const nameBytes = 200

// fileName is a name that leads into no folder.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if s = strings.Trim(s, " ."); s == "" {
		return "file"
	}
	if len(s) > nameBytes {
		ext := ""
		if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 16 {
			ext = s[i:]
		}
		n := nameBytes - len(ext)
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + ext
	}
	return s
}

// disposition is the header field with a file's name, as RFC 2231 writes names that are long or not ASCII.
func disposition(kind, name string) string {
	name = fileName(name)
	if plain(name) && len(name) <= plainWord && !strings.ContainsAny(name, `"\%'`) {
		return "Content-Disposition: " + kind + ";\r\n filename=\"" + name + "\"\r\n"
	}
	const perLine = 60
	var chunks []string
	chunk := ""
	for i := 0; i < len(name); i++ {
		c := name[i]
		code := string(c)
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			code = "%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15])
		}
		if len(chunk)+len(code) > perLine {
			chunks, chunk = append(chunks, chunk), ""
		}
		chunk += code
	}
	chunks = append(chunks, chunk)
	if len(chunks) == 1 {
		return "Content-Disposition: " + kind + ";\r\n filename*=utf-8''" + chunks[0] + "\r\n"
	}
	var b strings.Builder
	b.WriteString("Content-Disposition: " + kind)
	for i, c := range chunks {
		charset := ""
		if i == 0 {
			charset = "utf-8''"
		}
		b.WriteString(";\r\n filename*" + strconv.Itoa(i) + "*=" + charset + c)
	}
	return b.String() + "\r\n"
}
