// Package whatsappgen writes exports of WhatsApp chats, in the form of any phone, and knows what is in them.
//
// The same seed gives the same bytes. It shares no code with the reader.
package whatsappgen

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Form is how one phone writes a header, with the words of its language.
type Form struct {
	Name     string
	Head     func(t time.Time) string // up to where the name begins
	Seconds  bool
	Apple    bool
	Omitted  string
	Attached string // with one %s for the file's name
	Deleted  string
}

// half is the time of day of a clock with twelve hours.
func half(t time.Time, am, pm string) (hour int, word string) {
	if hour = t.Hour() % 12; hour == 0 {
		hour = 12
	}
	if t.Hour() < 12 {
		return hour, am
	}
	return hour, pm
}

func layout(l string) func(time.Time) string { return func(t time.Time) string { return t.Format(l) } }

// Forms are forms that were seen.
var Forms = []Form{
	{"german android", layout("02.01.06, 15:04 - "), false, false, "<Medien ausgeschlossen>", "%s (Datei angehängt)", "Diese Nachricht wurde gelöscht"},
	{"american android", layout("1/2/06, 3:04\u202fPM - "), false, false, "<Media omitted>", "%s (file attached)", "This message was deleted"},
	{"british android", layout("02/01/2006, 15:04 - "), false, false, "<Media omitted>", "%s (file attached)", "This message was deleted"},
	{"canadian android", func(t time.Time) string {
		h, w := half(t, "a.m.", "p.m.")
		return fmt.Sprintf("%s, %d:%02d %s - ", t.Format("2006-01-02"), h, t.Minute(), w)
	}, false, false, "<Media omitted>", "%s (file attached)", "This message was deleted"},
	{"finnish android", layout("2.1.2006 klo 15.04 - "), false, false, "<Media omitted>", "%s (file attached)", "This message was deleted"},
	{"french android", layout("02/01/2006 à 15:04 - "), false, false, "<Médias omis>", "%s (fichier joint)", "Ce message a été supprimé"},
	{"chinese android", func(t time.Time) string {
		h, w := half(t, "上午", "下午")
		return fmt.Sprintf("%d/%d/%d %s%d:%02d - ", t.Year(), int(t.Month()), t.Day(), w, h, t.Minute())
	}, false, false, "<省略影音内容>", "%s (檔案已附加)", "此訊息已刪除"},
	{"arabic android", func(t time.Time) string {
		h, w := half(t, "ص", "م")
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + '٠'
			}
			return r
		}, fmt.Sprintf("%d\u200f/%d\u200f/%d، %d:%02d %s - ", t.Day(), int(t.Month()), t.Year(), h, t.Minute(), w))
	}, false, false, "<Media omitted>", "%s (ملف مرفق)", "تم حذف هذه الرسالة"},
	{"thai android", func(t time.Time) string {
		return fmt.Sprintf("%s/%d %s - ", t.Format("2/1"), t.Year()+543, t.Format("15:04"))
	},
		false, false, "<Media omitted>", "%s (file attached)", "This message was deleted"},
	{"british apple", layout("[02/01/2006, 15:04:05] "), true, true, "image omitted", "<attached: %s>", "This message was deleted."},
	{"german apple", layout("[02.01.06, 15:04:05] "), true, true, "Bild weggelassen", "<Anhang: %s>", "Diese Nachricht wurde gelöscht."},
	{"american apple", layout("[1/2/06, 3:04:05\u202fPM] "), true, true, "image omitted", "<attached: %s>", "This message was deleted."},
	{"swedish apple", layout("[2006-01-02, 15:04:05] "), true, true, "image omitted", "<attached: %s>", "This message was deleted."},
	{"taiwanese apple", func(t time.Time) string {
		h, w := half(t, "上午", "下午")
		return fmt.Sprintf("[%d/%d/%d %s%d:%02d:%02d] ", t.Year(), int(t.Month()), t.Day(), w, h, t.Minute(), t.Second())
	}, true, true, "圖片已略去", "<附件: %s>", "此訊息已刪除"},
}

// Entry is one entry of a chat as it must be read.
type Entry struct {
	Kind, Author, Text, UTC string
	File                    string // attached; "" of one that the export leaves out
}

// Truth is what is in a chat.
type Truth struct {
	Entries []Entry
	Traps   map[string]int    // by name: what looks like something else
	Media   map[string]string // bytes by name
}

// generator writes one chat.
type generator struct {
	form Form
	dice *rand.Rand
	out  strings.Builder
	at   time.Time
	end  string
	Truth
}

var people = []string{"Ann", "Bob Stone", "Zoë 🤓", "+49 170 1234567", "Dr: Who"}

// Chat writes a chat of n entries, and at least twenty days, so that its dates tell their order.
func Chat(form Form, seed uint64, n int) (text string, truth Truth) {
	g := generator{form: form, dice: rand.New(rand.NewPCG(seed, 7)), at: time.Date(2019, 3, 1, 9, 0, 0, 0, time.UTC), end: "\n"}
	g.Traps, g.Media = map[string]int{}, map[string]string{}
	if form.Apple {
		g.end = "\r\n"
	}
	g.entry(Entry{Kind: "system", Text: "Messages and calls are end-to-end encrypted."})
	for i := range n - 1 {
		if i%(n/20+1) == 0 {
			g.at = g.at.AddDate(0, 0, 1)
		}
		g.at = g.at.Add(time.Duration(g.dice.IntN(180)) * time.Second)
		g.any(people[g.dice.IntN(len(people))], i)
	}
	return g.out.String(), g.Truth
}

// entry writes one, with WhatsApp's own words or what somebody wrote.
func (g *generator) entry(e Entry) { g.words(e, e.Text) }

func (g *generator) words(e Entry, text string) {
	at := g.at
	if !g.form.Seconds {
		at = at.Truncate(time.Minute)
	}
	e.UTC = at.Format(time.RFC3339)
	g.Entries = append(g.Entries, e)
	if e.Author != "" {
		g.out.WriteString(g.form.Head(at) + e.Author + ": ")
	} else {
		g.out.WriteString(g.form.Head(at))
	}
	g.out.WriteString(strings.ReplaceAll(text, "\n", g.end) + g.end)
}

func (g *generator) marked(s string) string {
	if g.form.Apple {
		return "\u200e" + s
	}
	return s
}

func (g *generator) any(author string, i int) {
	switch g.dice.IntN(12) {
	case 0:
		name := fmt.Sprintf("%08d-PHOTO.jpg", i)
		g.Media[name] = "\xff\xd8\xff" + name
		g.words(Entry{Kind: "file", Author: author, File: name}, g.marked(fmt.Sprintf(g.form.Attached, name)))
	case 1:
		g.words(Entry{Kind: "file", Author: author}, g.marked(g.form.Omitted))
	case 2:
		g.entry(Entry{Kind: "tombstone", Author: author, Text: g.marked(g.form.Deleted)})
	case 3:
		g.Traps["several lines"]++
		g.entry(Entry{Kind: "text", Author: author, Text: fmt.Sprintf("first\n\nthird - of: %d", i)})
	case 4:
		g.Traps["a header of another form in a text"]++
		other := "[1.9.19, 00:00:00] Peter: no"
		if g.form.Apple {
			other = "1.9.19, 10:00 - Peter: no"
		}
		g.entry(Entry{Kind: "text", Author: author, Text: "look:\n" + other + "\n1.9.19 at noon - Peter: no"})
	case 5:
		g.Traps["a quotation with a colon in a notice"]++
		g.entry(Entry{Kind: "system", Text: fmt.Sprintf("Ann changed the subject to \"a: %d\"", i)})
	case 6:
		g.Traps["no text"]++
		g.entry(Entry{Kind: "text", Author: author})
	default:
		g.entry(Entry{Kind: "text", Author: author, Text: fmt.Sprintf("number %d, and words: more", i)})
	}
}
