package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/safe"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update to accept\n%s", name, got)
	}
}

func msg(kind, at, thread string, files ...message.Attachment) *message.Record {
	m := &message.Message{Key: "slack:T1:C1:" + at, Kind: kind, Sent: message.Time{UTC: at}, Thread: thread, Attachments: files}
	m.Reactions = []message.Reaction{{Emoji: "wave", By: []string{"a", "b"}}}
	return message.Of(m)
}

func sample() *Inventory {
	v := &Inventory{Path: "acme-slack.zip", Format: "slack-export-zip"}
	for _, kind := range []string{"human", "human", "bot", "deleted"} {
		v.Count(message.Of(&message.Person{Key: "p", Kind: kind}))
	}
	for _, kind := range []string{"workspace", "public", "public", "direct"} {
		v.Count(message.Of(&message.Conversation{Key: "c", Kind: kind}))
	}
	present := message.Attachment{State: message.MediaPresent, Size: "1500000"}
	missing := message.Attachment{State: message.MediaMissing, Size: "big"}
	v.Count(msg("text", "2019-04-02T09:00:00.000200Z", ""))
	v.Count(msg("text", "2019-04-02T09:00:00Z", ""))
	v.Count(msg("join", "2019-05-01T00:00:00Z", "slack:T1:C1:other"))
	v.Count(msg("file", "2021-12-31T23:59:59Z", "", present, missing))
	v.Reject("not_json")
	v.Notes = []string{"2 day files are empty", "name \x1b[31m with \u202e controls"}
	return v
}

func TestInventoryCountsTheWholeHistory(t *testing.T) {
	v := sample()
	if v.People != 4 || v.Conversations != 3 || v.Messages != 4 || v.Attachments != 2 || v.Replies != 1 || v.Reactions != 8 {
		t.Errorf("wrong counts: %+v", v)
	}
	if v.First != "2019-04-02T09:00:00Z" || v.Last != "2021-12-31T23:59:59Z" {
		t.Errorf("span is %s to %s", v.First, v.Last)
	}
	if v.AttachmentBytes != 1500000 || v.AttachmentsByState["missing"].Count != 1 {
		t.Errorf("wrong media: %+v", v.AttachmentsByState)
	}
}

func TestMergeEqualsCountingTogether(t *testing.T) {
	half, all := sample(), sample()
	half.Merge(sample())
	for _, r := range []*message.Record{
		msg("text", "2019-04-02T09:00:00.000200Z", ""), msg("text", "2019-04-02T09:00:00Z", ""),
		msg("join", "2019-05-01T00:00:00Z", "slack:T1:C1:other"),
		msg("file", "2021-12-31T23:59:59Z", "", message.Attachment{State: message.MediaPresent, Size: "1500000"}, message.Attachment{State: message.MediaMissing}),
		message.Of(&message.Person{Kind: "human"}), message.Of(&message.Person{Kind: "human"}), message.Of(&message.Person{Kind: "bot"}), message.Of(&message.Person{Kind: "deleted"}),
		message.Of(&message.Conversation{Kind: "workspace"}), message.Of(&message.Conversation{Kind: "public"}), message.Of(&message.Conversation{Kind: "public"}), message.Of(&message.Conversation{Kind: "direct"}),
	} {
		all.Count(r)
	}
	all.Reject("not_json")
	a, _ := json.Marshal(half)
	b, _ := json.Marshal(all)
	if !bytes.Equal(a, b) {
		t.Errorf("merged %s\ncounted %s", a, b)
	}
}

func TestHostileKindsStayBounded(t *testing.T) {
	v := &Inventory{}
	for i := range maxNames + 500 {
		v.Count(message.Of(&message.Message{Kind: "k" + safe.Count(int64(i)), Sent: message.Time{UTC: "2019-04-02T09:00:00Z"}}))
	}
	if n := len(v.MessagesByKind); n > maxNames+1 {
		t.Errorf("%d kinds kept", n)
	}
	if v.MessagesByKind[otherName] != 500 {
		t.Errorf("%d under %q, want 500", v.MessagesByKind[otherName], otherName)
	}
}

func TestInventoryText(t *testing.T) {
	var b strings.Builder
	if err := sample().Text(&b, 72); err != nil {
		t.Fatal(err)
	}
	golden(t, "inventory.txt", b.String())
}

func TestInventoryJSONKeepsItsContract(t *testing.T) {
	var b strings.Builder
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "\n") != 1 || strings.ContainsRune(b.String(), 0x202e) {
		t.Errorf("not one safe line: %q", b.String())
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(b.String()), &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"format", "people", "conversations", "messages", "attachments", "first", "last"} {
		if _, ok := m[name]; !ok {
			t.Errorf("%q is absent", name)
		}
	}
	if m["messages"] != 4.0 || m["people"] != 4.0 {
		t.Errorf("counts are not numbers: %v %v", m["messages"], m["people"])
	}
}

func run() *Summary {
	return &Summary{
		Out: "out", Read: 1000, Delivered: 980, Duplicate: 5, Filtered: 13, Rejected: 2, Split: 4,
		FilteredBy: []RuleCount{{Rule: "transform.filter.scope/since", Where: "move.hcl:12", Count: 13}},
		RejectedBy: map[string]int64{"not_json": 1, "bad_time": 1}, Quarantine: "out/.chatferry/quarantine",
		Sinks: []SinkResult{
			{Name: "archive", Plugin: "archive", Path: "out/archive", Offered: 985, Delivered: 980, Duplicate: 5, Check: &Check{Compared: 980}},
			{Name: "mattermost", Plugin: "mattermost", Path: "out/mattermost", Offered: 985, Delivered: 980, Duplicate: 5, Split: 4, Check: &Check{Compared: 978, Missing: 2, File: "out/differences.ndjson"}},
		},
		Losses: []LossRow{
			{Sink: "mattermost", Field: "message.revisions", Action: "drop", Why: "a post has one text; the earlier ones stay in the archive", Count: 1234},
			{Sink: "mattermost", Field: "message.sent", Action: "degrade", Rule: "milliseconds", Why: "times have three fraction digits", Count: 980, Policy: PolicyWarn},
		},
		Media:    []MediaRow{{State: "present", Reason: "html_instead", Count: 2}, {State: "remote", Count: 7}},
		Unmapped: []UnmappedRow{{Path: "message.ext.slack.x\x1b[31m", Count: 12, Bytes: 3456, KeptBy: []string{"archive"}}, {Path: "message.ext.slack.y", Count: 1, Bytes: 2}},
		Findings: []Finding{{ID: "GAP-FILE", Text: "day files are missing", Count: 3, Gap: true}},
		Verdicts: Verdicts{Source: SourceComplete, Books: BooksBalanced, Loss: LossNone, ReadBack: ReadBackFull},
	}
}

func TestSummaryText(t *testing.T) {
	s := run()
	s.Settle()
	var b strings.Builder
	if err := s.Text(&b, 100); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", b.String())
}

func TestSettleOnlyMakesVerdictsWorse(t *testing.T) {
	s := run()
	s.Settle()
	want := Verdicts{Source: SourceDamaged, Books: BooksBalanced, Loss: LossDeclared, ReadBack: ReadBackDiffers}
	if s.Verdicts != want || s.ExitCode != fault.ExitDifference {
		t.Errorf("got %+v, exit %d", s.Verdicts, s.ExitCode)
	}
	s.Delivered--
	s.Settle()
	if s.ExitCode != fault.ExitUnbalanced {
		t.Errorf("a lost record exits with %d", s.ExitCode)
	}
}

func TestExitCodeIsTheMostSeriousVerdict(t *testing.T) {
	good := Verdicts{Source: SourceComplete, Books: BooksBalanced, Loss: LossNone, ReadBack: ReadBackFull}
	cases := []struct {
		change func(*Verdicts)
		code   int
	}{
		{func(*Verdicts) {}, 0},
		{func(v *Verdicts) { v.Loss = LossDeclared }, 10},
		{func(v *Verdicts) { v.Loss, v.Source = LossDeclared, SourceGaps }, 11},
		{func(v *Verdicts) { v.Loss, v.ReadBack = LossDeclared, ReadBackSampled }, 12},
		{func(v *Verdicts) { v.ReadBack = ReadBackNone }, 12},
		{func(v *Verdicts) { v.ReadBack = "" }, 12},
		{func(v *Verdicts) { v.Source, v.ReadBack = SourceDamaged, ReadBackNone }, 30},
		{func(v *Verdicts) { v.Source, v.Loss = SourceDamaged, LossUndeclared }, 21},
		{func(v *Verdicts) { v.ReadBack = ReadBackDiffers }, 21},
		{func(v *Verdicts) { v.Books, v.ReadBack = BooksUnbalanced, ReadBackDiffers }, 20},
	}
	for _, c := range cases {
		v := good
		c.change(&v)
		if got := (&Summary{Verdicts: v}).Exit(); got != c.code {
			t.Errorf("%+v exits with %d, want %d", v, got, c.code)
		}
	}
}

func TestTablesStayInTheirWidth(t *testing.T) {
	s := run()
	s.Losses[0].Why = strings.Repeat("東京 word ", 40) + strings.Repeat("x", 300)
	s.Settle()
	var b strings.Builder
	if err := s.Text(&b, 110); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if w := safe.Width(line); w > 110 {
			t.Errorf("%d columns: %s", w, line)
		}
	}
}

func TestBytesForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999949: "999.9 kB", 999960: "1.0 MB", 1234567890: "1.2 GB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestUnmappedRowsAreBounded(t *testing.T) {
	var rows []UnmappedRow
	for range maxUnmapped + 30 {
		rows = append(rows, UnmappedRow{Path: "p", Count: 1, Bytes: 2})
	}
	if got := Bounded(rows); len(got) != maxUnmapped+1 || got[maxUnmapped].Path != otherName || got[maxUnmapped].Count != 30 || got[maxUnmapped].Bytes != 60 {
		t.Errorf("%d rows, the last is %+v", len(got), got[len(got)-1])
	}
	var b strings.Builder
	if err := UnmappedText(&b, rows, 80); err != nil || strings.Count(b.String(), "\n") != shownUnmapped+4 || strings.Contains(b.String(), "kept by") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestALossThatIsNotAllowedIsUndeclared has the policy of a pipeline changed after the run.
func TestALossThatIsNotAllowedIsUndeclared(t *testing.T) {
	s := &Summary{Losses: []LossRow{{Policy: PolicyFail}, {Policy: PolicyAllow}}, Verdicts: Verdicts{Books: BooksBalanced, Loss: LossNone, ReadBack: ReadBackFull}}
	if s.Settle(); s.Verdicts.Loss != LossUndeclared || s.ExitCode != fault.ExitDifference {
		t.Errorf("%+v", s)
	}
}
