package slack

import (
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// sketch writes rich text in a short form, so that expectations can be read.
func sketch(blocks []message.Block) string {
	var b strings.Builder
	for _, k := range blocks {
		b.WriteString("[" + k.Kind)
		if k.List != "" {
			b.WriteString("/" + k.List)
		}
		b.WriteString("]")
		for _, n := range k.Inlines {
			open, shut := "", ""
			for _, s := range []struct {
				on   bool
				mark string
			}{{n.Bold, "B"}, {n.Italic, "I"}, {n.Strike, "S"}, {n.Code, "C"}} {
				if s.on {
					open, shut = open+s.mark+"(", ")"+shut
				}
			}
			b.WriteString(open)
			switch n.Kind {
			case message.InlineText:
				b.WriteString(n.Text)
			case message.InlineLink:
				b.WriteString("{" + n.URL + "|" + n.Text + "}")
			default:
				b.WriteString("{" + n.Kind + " " + n.Target + n.Name + n.Text + n.Time + "}")
			}
			b.WriteString(shut)
		}
		b.WriteString(k.Text)
	}
	return b.String()
}

func testParser() *parser {
	p := newParser(&identity{prefix: "slack:T1:", alias: map[string]string{}})
	p.conv = &conversation{id: "C1", key: "slack:T1:C1"}
	return p
}

func TestMrkdwnBecomesRichText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                                  "[paragraph]plain",
		"a *b* c":                                "[paragraph]a B(b) c",
		"_i_ ~s~ `c *x*`":                        "[paragraph]I(i) S(s) C(c *x*)",
		"*bold _both_ bold*":                     "[paragraph]B(bold )B(I(both))B( bold)",
		"_*x*_":                                  "[paragraph]B(I(x))",
		"2*3*4 and a_b_c":                        "[paragraph]2*3*4 and a_b_c",
		"* not a mark *":                         "[paragraph]* not a mark *",
		"*open only":                             "[paragraph]*open only",
		"*a\nb*":                                 "[paragraph]*a\nb*",
		"&lt;b&gt; &amp;amp;":                    "[paragraph]<b> &amp;",
		"<@U1> <@U2|bob>":                        "[paragraph]{person slack:T1:U1} {person slack:T1:U2bob}",
		"<#C1|gen> <!here|here>":                 "[paragraph]{conversation slack:T1:C1gen} {broadcast here}",
		"<!subteam^S1|@grp>":                     "[paragraph]{group slack:T1:S1@grp}",
		"<!date^1554206400^{d}|x>":               "[paragraph]{date x2019-04-02T12:00:00Z}",
		"<@here> <!channel>":                     "[paragraph]{broadcast here} {broadcast channel}",
		"<http://x.y/a?b&amp;c|l &lt;>":          "[paragraph]{http://x.y/a?b&c|l <}",
		"<mailto:a@b|a@b>":                       "[paragraph]{mailto:a@b|a@b}",
		"a < b > c":                              "[paragraph]a < b > c",
		":wave::skin-tone-2: at 10:30:45":        "[paragraph]{emoji wave::skin-tone-2} at 10:30:45",
		":+1::tada:":                             "[paragraph]{emoji +1}{emoji tada}",
		"x\n&gt; q1\n&gt; q2\ny":                 "[paragraph]x[quote]q1\nq2[paragraph]y",
		"&gt;&gt;&gt; all\nof it":                "[quote]all\nof it",
		"a\n```\ncode <http://x|y> &lt;\n```\nb": "[paragraph]a[code]code y <[paragraph]b",
		"``` open":                               "[paragraph]``` open",
		"*<http://x|a*b>*":                       "[paragraph]B({http://x|a*b})",
		"漢字*太字*は":                                "[paragraph]漢字*太字*は",
		"「*太字*」":                                 "[paragraph]「B(太字)」",
	} {
		p := testParser()
		p.parseText(in)
		if got := sketch(p.rich.blocks); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestMrkdwnCostsNoMoreThanItsLength(t *testing.T) {
	for _, piece := range []string{"*<", "*a _b ~c ", "`*", "<<", ":a", "&gt;&gt;", "```", "*a* _", "_*~"} {
		p := testParser()
		p.parseText(strings.Repeat(piece, 200_000)) // a quadratic step here would take minutes
	}
}

func blocksOf(t *testing.T, raw string) *parser {
	t.Helper()
	p := testParser()
	var s scan.Scanner
	view := `{"blocks":` + raw + `}`
	s.Reset(view)
	p.start(&s, view)
	for s.Object(); s.Next(); {
		p.parseBlocks()
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRichTextBlocksAreCanonical(t *testing.T) {
	p := blocksOf(t, `[{"type":"rich_text","block_id":"x","elements":[
{"type":"rich_text_section","elements":[{"type":"text","text":"a","style":{"bold":true}},{"type":"link","url":"https://x","text":"l"},{"type":"user","user_id":"U1"},{"type":"channel","channel_id":"C1"},{"type":"usergroup","usergroup_id":"S1"},{"type":"broadcast","range":"here"},{"type":"emoji","name":"wave","unicode":"1f44b","skin_tone":2}]},
{"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"one"}]},{"elements":[{"text":"two","type":"text"}],"type":"rich_text_section"}],"style":"ordered","indent":1,"offset":2},
{"type":"rich_text_quote","elements":[{"type":"text","text":"q"}]},
{"type":"rich_text_preformatted","language":"go","elements":[{"type":"text","text":"f()"}]}]}]`)
	want := "[paragraph]B(a){https://x|l}{person slack:T1:U1}{conversation slack:T1:C1}{group slack:T1:S1}{broadcast here}{emoji wave::skin-tone-2}[item/ordered]one[item/ordered]two[quote]q[code]f()"
	if got := sketch(p.rich.blocks); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if b := p.rich.blocks; b[1].Number != 3 || b[2].Number != 4 || b[1].Indent != 1 || b[4].Lang != "go" || b[0].Inlines[6].Unicode != "👋" {
		t.Errorf("%+v", b)
	}
	if p.rich.inexact || len(p.rich.mentions) != 4 {
		t.Errorf("exact: %v, mentions %v", !p.rich.inexact, p.rich.mentions)
	}
}

func TestBlocksWithoutAFormOfTheirOwnKeepTheirJSON(t *testing.T) {
	section := `{"type":"section","text":{"type":"mrkdwn","text":"Deploy &amp; test"},"fields":[{"type":"plain_text","text":"f1"}]}`
	p := blocksOf(t, `[{"type":"header","text":{"type":"plain_text","text":"H"}},`+section+`,{"type":"divider"},{"type":"image","image_url":"https://i","alt_text":"cat"}]`)
	b := p.rich.blocks
	if len(b) != 4 || b[0].Kind != message.BlockHeading || b[0].Inlines[0].Text != "H" || b[2].Kind != message.BlockDivider || b[3].URL != "https://i" || b[3].Text != "cat" {
		t.Fatalf("%+v", b)
	}
	if b[1].Kind != message.BlockOpaque || b[1].JSON != section || b[1].Text != "Deploy & test\nf1" {
		t.Errorf("%+v", b[1])
	}
	for _, odd := range []string{
		`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a","novel":1}]}]}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_novel","elements":[{"type":"text","text":"a"}]}]}]`,
		`[{"type":"rich_text","novel":{"x":1},"elements":[]}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"canvas","file_id":"F1"}]}]}]`,
		`["text"]`,
	} {
		if p := blocksOf(t, odd); !p.rich.inexact || p.rich.raw != odd {
			t.Errorf("%s is not kept: %q", odd, p.rich.raw)
		}
	}
}
