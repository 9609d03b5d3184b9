package transform

import (
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

func FuzzRedaction(f *testing.F) {
	for _, s := range []string{"4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "a@b.io", "+86 138 1234 5678", "１１０１０５１９４９１２３１００２Ｘ", "+(", "1\x00\xff2", "卡4111\u20111111\u20111111\u20111111", "@", "00 1", "(0"} {
		f.Add(s, s, 3)
	}
	x := open(f, "redact", `{"detect":["cn_id","card","iban","phone","email"]}`, Env{})
	f.Fuzz(func(t *testing.T, s, js string, cut int) {
		if len(s) > 2000 || len(js) > 2000 {
			return
		}
		s = strings.ToValidUTF8(s, "\ufffd")
		r := text(s)
		if cut = max(0, min(cut, len(s))); cut > 0 {
			r.Message.Rich = []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "text", Text: s[:cut]}, {Kind: "link", Text: s[cut:], URL: s}}}}
		}
		r.Message.Ext = map[string]string{"slack.x": js}
		apply(t, x, r)
		first := string(r.Append(nil))
		apply(t, x, r)
		if second := string(r.Append(nil)); second != first && strings.Count(first, "redacted:") == strings.Count(second, "redacted:") {
			t.Fatalf("not stable without a new match:\n%s\n%s", first, second)
		}
	})
}

func FuzzDetectorsStayInBounds(f *testing.F) {
	f.Add("4111 1111 1111 1111 a@b.io")
	f.Add("٤١١١ ١١١١ ١١١١ ١١١١")
	x := open(f, "redact", `{"detect":["cn_id","card","iban","phone","email"]}`, Env{}).(*redactTransform)
	f.Fuzz(func(t *testing.T, s string) {
		w := &work{detectors: &x.detectors, use: &x.use}
		last := 0
		for _, m := range w.find(s) {
			if m.start < last || m.end <= m.start || m.end > len(s) {
				t.Fatalf("match %+v in %q", m, s)
			}
			last = m.end
		}
	})
}

func BenchmarkRedactNothing(b *testing.B) {
	x := open(b, "redact", allDetectors, Env{})
	r := text(strings.Repeat("Please have a look at the attached report before Monday 12. ", 4))
	benchApply(b, x, r)
}

func BenchmarkRedactChinese(b *testing.B) {
	x := open(b, "redact", allDetectors, Env{})
	benchApply(b, x, text(strings.Repeat("请在星期一之前看一下附件里的报告，谢谢！", 8)))
}

func BenchmarkRedactNumbers(b *testing.B) {
	x := open(b, "redact", allDetectors, Env{})
	benchApply(b, x, text(strings.Repeat("order 12345 at 10:30 on 2020-01-02 for 17.50, ticket 4711; ", 4)))
}

func benchApply(b *testing.B, x Transform, r *message.Record) {
	out := plugin.TransformOut{Records: make([]*message.Record, 0, 1)}
	b.ReportAllocs()
	b.SetBytes(int64(len(r.Message.Text)))
	for b.Loop() {
		out.Records, out.Changes = out.Records[:0], out.Changes[:0]
		if err := x.Apply(r, &out); err != nil {
			b.Fatal(err)
		}
	}
}
