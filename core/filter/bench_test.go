package filter

import (
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func bench(b *testing.B, rules Rules, r *message.Record) {
	f, err := Compile(rules, staff())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(r.Message.Text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := f.Apply(r); err != nil {
			b.Fatal(err)
		}
	}
}

var (
	english = strings.Repeat("Please have a look at the attached report before Monday. ", 4)
	chinese = strings.Repeat("请在星期一之前看一下附件里的报告，谢谢！", 8)
	mixed   = strings.Repeat("Überprüfung ｶﾀｶﾅ no. 5 naïve \u200f", 8)
	some    = []string{"invoice", "合同", "請求書"}
)

func BenchmarkTimePeopleConversationsKinds(b *testing.B) {
	bench(b, Rules{Since: "2018-01-01", Until: "2024-12-31", People: []string{"alice"}, Departments: []string{"Legal"}, Conversations: []string{"#general"}, Kinds: []string{"public"}, ExcludeTypes: []string{"join"}}, post("C1", "U1", english))
}

func BenchmarkTimeOnly(b *testing.B) {
	bench(b, Rules{Since: "2018-01-01", Until: "2024-12-31"}, post("C1", "U1", english))
}
func BenchmarkKeywordsFoldEnglish(b *testing.B) {
	bench(b, Rules{Keywords: some}, post("C1", "U1", english))
}
func BenchmarkKeywordsFoldChinese(b *testing.B) {
	bench(b, Rules{Keywords: some}, post("C1", "U1", chinese))
}
func BenchmarkKeywordsFoldMixed(b *testing.B) {
	bench(b, Rules{Keywords: some}, post("C1", "U1", mixed))
}
func BenchmarkKeywordsExact(b *testing.B) {
	bench(b, Rules{Keywords: some, Match: "exact"}, post("C1", "U1", english))
}
func BenchmarkKeywordsRegex(b *testing.B) {
	bench(b, Rules{Keywords: []string{`INV-\d+`, "合同"}, Match: "regex"}, post("C1", "U1", english))
}
