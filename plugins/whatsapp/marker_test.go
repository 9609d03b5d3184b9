package whatsapp

import (
	"fmt"
	"testing"
)

func TestFilesAreFoundInTexts(t *testing.T) {
	there := func(name string) bool { return name == "there.jpg" || name == "a b.pdf" }
	for text, want := range map[string]string{
		"IMG-20210428-WA0001.jpg (file attached)\nCaption\nmore":   "IMG-20210428-WA0001.jpg|file attached|Caption\nmore",
		"\u200eIMG-20210428-WA0001.jpg (file attached)":            "IMG-20210428-WA0001.jpg|file attached|",
		"IMG-1.jpg (Datei angehängt)":                              "IMG-1.jpg|Datei angehängt|",
		"there.jpg (some language)":                                "there.jpg|some language|",
		"gone.jpg (some language)":                                 "",
		"\u200e<attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg>": "00000042-PHOTO-2020-06-07-15-13-20.jpg|attached|",
		"2015-08-04-PHOTO-00004762.jpg <\u200eattached>":           "2015-08-04-PHOTO-00004762.jpg|attached|",
		"A PDF.pdf • \u200e1 page \u200e<attached: some-doc.pdf>":  "some-doc.pdf|attached|A PDF.pdf • \u200e1 page",
		"\u200e<已附加: 1.jpg>":                                       "1.jpg|已附加|",
		"<附件: 1.jpg>":                                              "1.jpg|附件|",
		"<some words: there.jpg>":                                  "there.jpg|some words|",
		"look\nhere\n\u200e<attached: a.jpg>":                      "a.jpg|attached|look\nhere",
		"a b.pdf (x)":                                              "a b.pdf|x|",
		"../../etc/passwd.txt (file attached)":                     "",
		"I said (file attached)":                                   "",
		"<attached: noext>":                                        "",
		"":                                                         "",
		"1 < 2 and 3 > 2":                                          "",
	} {
		got := ""
		if r, ok := referenceOf(text, there); ok {
			got = r.name + "|" + r.word + "|" + r.text
		}
		if got != want {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestPollsPlacesCallsAndMentions(t *testing.T) {
	p := pollOf("\u200ePOLL:\nWhere?\n\u200eOPTION: Here (3 votes)\n\u200eOPTION: There: maybe (0 votes)")
	if p == nil || fmt.Sprint(*p) != "{Where? [{Here 3 []} {There: maybe 0 []}] false false 3}" {
		t.Errorf("%+v", p)
	}
	if p := pollOf("\u200eENCUESTA:\n¿Qué?\n\u200eOPCIÓN: Sí (1 voto)"); p == nil || p.Question != "¿Qué?" || p.Options[0].Votes != 1 {
		t.Errorf("%+v", p)
	}
	for _, s := range []string{"a\nb\nc", "list:\none\ntwo", "\u200ePOLL:\nq\n\u200ebroken"} {
		if p := pollOf(s); p != nil {
			t.Errorf("%q is no poll: %+v", s, p)
		}
	}
	if l := locationOf("Location: https://maps.google.com/?q=48.1,-11.5"); l == nil || l.Latitude != "48.1" || l.Longitude != "-11.5" {
		t.Errorf("%+v", l)
	}
	if l := locationOf("see https://maps.google.com/?q=48.1,-11.5"); l != nil {
		t.Errorf("%+v", l)
	}
	if c := callOf("Missed voice call"); c == nil || c.Outcome != "missed" {
		t.Errorf("%+v", c)
	}
	if c := callOf("Video call, \u200e5 min"); c == nil || c.Outcome != "" {
		t.Errorf("%+v", c)
	}
	if text, ok := takeEdited("new text \u200e<This message was edited>"); !ok || text != "new text" {
		t.Errorf("%q %v", text, ok)
	}
	m := mentionsOf("hé @\u2068Ann\u2069 and @\u2068Bob B\u2069", func(n string) string { return "k:" + n })
	if len(m) != 2 || m[0].Start != 3 || m[0].Length != 6 || m[1].Target != "k:Bob B" {
		t.Errorf("%+v", m)
	}
}
