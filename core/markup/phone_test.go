package markup

import (
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func shown(blocks []message.Block) string {
	var b strings.Builder
	for _, x := range blocks {
		b.WriteString(x.Kind + x.List + "(")
		for _, n := range x.Inlines {
			mark := ""
			for _, m := range []struct {
				on bool
				c  string
			}{{n.Bold, "b"}, {n.Italic, "i"}, {n.Strike, "s"}, {n.Code, "c"}} {
				if m.on {
					mark += m.c
				}
			}
			if n.Kind == message.InlineBreak {
				mark += "/"
			}
			b.WriteString(mark + "[" + n.Text + "]")
		}
		b.WriteString(")")
	}
	return b.String()
}

func TestWhatPhonesMark(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"nothing * here _ at ~ all":    "",
		"snake_case_name 2*3*4 a~b":    "",
		"*bold* and _so_ ~no~ `x*y*`":  "paragraph(b[bold][ and ]i[so][ ]s[no][ ]c[x*y*])",
		"*bold _both_*.":               "paragraph(b[bold ]bi[both][.])",
		"(*a*) one\ntwo":               "paragraph([(]b[a][) one]/[][two])",
		"a\n```code *x*\nmore```\nend": "paragraph([a])code([code *x*\nmore])paragraph([end])",
		"> said\n* one\n- two\n3. six": "quote([said])itembullet([one])itembullet([two])itemordered([six])",
		"``` no end *b*":               "paragraph([``` no end ]b[b])",
		"* not closed\nnext* line":     "itembullet([not closed])paragraph([next* line])",
		"*é*":                          "paragraph(b[é])",
	} {
		if got := shown(FromPhone(text)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

func FuzzFromPhone(f *testing.F) {
	for _, s := range []string{"*a _b ~c `d` c~ b_ a*", "> *x*\n1. y\n```z```", "****", "*_*_*_"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, b := range FromPhone(text) {
			for _, n := range b.Inlines {
				i := strings.Index(text[at:], n.Text)
				if i < 0 {
					t.Fatalf("%q is not in the rest of %q", n.Text, text)
				}
				at += i + len(n.Text)
			}
		}
	})
}
