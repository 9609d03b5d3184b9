//go:build real

package pdf

import (
	"fmt"
	"image"
	"image/color"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/typeface"
)

// scripts are texts that must be shown and read back as they are, with what may differ: the space between
// words of a line that goes from right to left, which readers see as they like.
var scripts = []struct {
	name, text string
	rtl        bool
}{
	{"Latin", "The office of affluent ferries — “fjord”, naïve café; 3 < 4 & (so) on… Příliš žluťoučký kůň. Ἀθῆναι, Москва", false},
	{"Chinese", "明天早上八点的渡轮改到三号码头，请通知所有旅客。繁體：請通知所有旅客。这是一个很长的句子，用来看换行。", false},
	{"Japanese", "台風のため、明日の最終便は欠航になります。カタカナ、ひらがな、漢字、それから「括弧」も。", false},
	{"Korean", "오늘 저녁 배는 십 분 늦게 출발합니다. 한국어 문장을 시험합니다. 각 힣", false},
	{"Arabic", "مرحبا بالعالم، هذه رسالة طويلة لاختبار الاتجاه (123) وتشكيل الحروف: لا إله، بِسْمِ اللَّهِ", true},
	{"Hebrew", "שלום עולם, זו הודעה עם English באמצע ומספר 42. שָׁלוֹם", true},
	{"Persian", "این یک پیام فارسی است، می‌خواهم آن را ببینم ۱۲۳", true},
	{"Thai", "เรือเที่ยวเช้าออกตรงเวลา น้ำ กำลัง ที่นี่", false},
	{"Devanagari", "सुबह की नाव समय पर है। क्षत्रिय स्त्री कार्य र्क", false},
	{"Bengali", "আমি বাংলায় কথা বলি। ক্ষুদ্র", false},
	{"Tamil", "தமிழ் மொழி அழகானது", false},
	{"Emoji", "done 😀 👍 👍🏽 👨‍👩‍👧 🇩🇪 ❤️ 1️⃣ ✅ end", false},
	{"Marks", "e\u0301\u0302 Z\u0351\u034d\u0326 a\u0308", false},
	{"Mixed", "see אבג and مرحبا here", false},
	{"Long", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" + strings.Repeat("xyz", 60), false},
}

// samples makes an edition of all scripts in all places.
func samples(t *testing.T, config map[string]any) *rig {
	config["fonts"] = []string{} // those of the system
	r := newRig(t, config)
	ch := talk("pier", len(scripts), func(i int) string { return scripts[i].text })
	for i := range scripts {
		m := ch.Records[i].Message
		m.Reactions = []message.Reaction{{Emoji: "tada", By: []string{"acme:a:ada"}}}
		m.Author = "acme:a:" + scripts[i].name
	}
	img := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i / 50)
	}
	gray := image.NewGray(image.Rect(0, 0, 30, 20))
	gray.Set(3, 3, color.White)
	ch.Records[0].Message.Attachments = []message.Attachment{r.put("pier.png", encoded(t, "image/png", img)), r.put("pier.jpg", encoded(t, "image/jpeg", img)), r.put("gray.jpg", encoded(t, "image/jpeg", gray)), {Name: "fort\u202egnp.exe", State: message.MediaMissing}}
	return r.deliver(people("pier"), ch)
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, args[len(args)-1], err, out)
	}
	return string(out)
}

// preflight is PDFBox's validator of PDF/A-1b.
func preflight(t *testing.T, path string) {
	t.Helper()
	var jars []string
	for _, jar := range []string{"pdfbox2", "preflight", "xmpbox", "fontbox2", "commons-logging", "commons-io", "jaxb-api", "javax.activation"} {
		jars = append(jars, filepath.Join("/usr/share/java", jar+".jar"))
	}
	out, err := exec.Command("java", "-Xmx512m", "-cp", strings.Join(jars, ":"), "org.apache.pdfbox.preflight.Validator_A1b", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is a valid PDF/A-1b file") {
		t.Errorf("%s: %v\n%.2000s", path, err, out)
	}
}

// TestRealPreflightTakesEveryDocument also lets qpdf look at every byte of them.
func TestRealPreflightTakesEveryDocument(t *testing.T) {
	kit := newRig(t, map[string]any{"fonts": []string{}, "split": "none"})
	kit.deliver(ferrytest.Corpus(t, kit.root)...)
	for _, r := range []*rig{samples(t, map[string]any{"language": "zh", "paper": "letter"}), kit,
		newRig(t, nil).deliver(people("pier"), talk("pier", 3000, line))} {
		for _, name := range r.documents() {
			path := filepath.Join(r.dir, name)
			preflight(t, path)
			run(t, "qpdf", "--check", path)
		}
	}
}

// extracted is what pdftotext reads in a document, without the marks of direction that it adds, and without
// lines that stand on every page.
func extracted(t *testing.T, path string) string {
	out := run(t, "pdftotext", "-raw", "-enc", "UTF-8", path, "-")
	out = strings.NewReplacer("\u202a", "", "\u202b", "", "\u202c", "", "\u200f", "", "\f", "\n").Replace(out)
	frame := regexp.MustCompile(`(?m)^(#pier|Chat history|Page \d+ of|No\. \d+, continued|\d{4}-\d\d-\d\d)$\n`)
	return norm.NFC.String(frame.ReplaceAllString(out, ""))
}

// pattern finds a text as it was written, but that a line may end between any two characters, there with or
// without a space. Characters without a picture need not be there.
func pattern(text string, rtl bool) *regexp.Regexp {
	var b strings.Builder
	gap := `\n?`
	if rtl {
		gap = `\s*`
	}
	for i, r := range norm.NFC.String(text) {
		if i > 0 {
			b.WriteString(gap)
		}
		switch {
		case r == ' ':
			b.WriteString(`[ \n]`)
			if rtl {
				b.WriteByte('?')
			}
		case typeface.Silent(r):
			b.WriteString(regexp.QuoteMeta(string(r)) + "?")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return regexp.MustCompile(b.String())
}

// TestRealEveryScriptIsReadBack: what pdftotext extracts is what was said, and nothing was replaced.
func TestRealEveryScriptIsReadBack(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		r := samples(t, map[string]any{"language": language})
		got := extracted(t, filepath.Join(r.dir, r.documents()[0]))
		for _, s := range scripts {
			if !pattern(s.text, s.rtl).MatchString(got) {
				t.Errorf("%s: %s is not extracted as it was written: %q", language, s.name, s.text)
			}
		}
		// The name of a file has a character that turns its end around; nothing else is to be replaced.
		if list := regexp.MustCompile(`(?m)^U\+[0-9A-F]+ ×.*$`).FindAllString(got, -1); len(list) != 1 || list[0] != "U+202E × 2" {
			t.Errorf("%s: characters were replaced though fonts have them: %q", language, list)
		}
	}
}

// TestRealWhatNoFontHasIsReadBackToo: drawn as a number, and extracted as itself.
func TestRealWhatNoFontHasIsReadBackToo(t *testing.T) {
	r := newRig(t, nil).deliver(people("pier"), talk("pier", 1, func(int) string { return "before \U0001F600 你好 after" }))
	path := filepath.Join(r.dir, r.documents()[0])
	if got := extracted(t, path); !pattern("before \U0001F600 你好 after", false).MatchString(got) || !strings.Contains(got, "3, of 3 kinds, are shown as their number") {
		t.Error(got)
	}
	if got := r.streams(r.documents()[0]); strings.Count(got, "/ActualText") != 3 {
		t.Errorf("%d characters are drawn as numbers", strings.Count(got, "/ActualText"))
	}
}

// TestRealEveryMessageOfALongHistoryIsThere counts the words of 3,000 messages on many pages.
func TestRealEveryMessageOfALongHistoryIsThere(t *testing.T) {
	r := newRig(t, map[string]any{"max_pages": 40}).deliver(people("pier"), talk("pier", 3000, line))
	var all strings.Builder
	for _, name := range r.documents() {
		all.WriteString(extracted(t, filepath.Join(r.dir, name)))
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, all.String())
	for i := range 3000 {
		if n := strings.Count(text, fmt.Sprintf("Message %d of the ferry.", i)); n != 1 {
			t.Fatalf("message %d is there %d times", i, n)
		}
	}
}
