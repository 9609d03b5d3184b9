package tui

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/gap"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/verify"
)

// dock answers as a program would for one small dump, so that frames are the same on every machine. What
// the real program answers is tested in cmd/chatferry.
type dock struct {
	name   string // stands wherever text from outside can
	block  bool   // Run waits until it is interrupted
	runErr error
	ran    int
	saved  int

	exported string
}

func (d *dock) Targets() []Target {
	return []Target{
		{Name: "archive", Summary: "an archive"},
		{Name: "mattermost", Summary: "an import", Settings: []plugin.Setting{{Name: "team", Type: "string", Help: "one team"}}},
		{Name: "html", Summary: "a site", Settings: []plugin.Setting{{Name: "title", Type: "string"}, {Name: "language", Default: "en", Choices: []string{"en", "zh"}}, {Name: "odd_thing", Help: "an odd thing"}}},
	}
}

func (d *dock) Look(context.Context, string, progress.Printer) (job.Content, error) {
	months := map[string]int64{"2023-11": 12, "2023-12": 40, "2024-01": 96, "2024-02": 88, "2024-03": 7}
	return job.Content{Source: job.Recognised{Plugin: "slack"}, Inventory: report.Inventory{Format: "slack-export-zip", People: 3, PeopleByKind: map[string]int64{"human": 2, "bot": 1},
		Conversations: 2, ConversationsByKind: map[string]int64{"public": 1, "direct": 1}, Messages: 243, Replies: 31, Reactions: 17, Attachments: 5,
		AttachmentsByState: map[string]report.Media{"present": {Count: 4}, "missing": {Count: 1}}, MessagesByMonth: months, First: "2023-11-02T08:00:00Z", Last: "2024-03-01T09:00:00Z",
		Rejected: 1, Notes: []string{"a note: " + d.name}},
		People:        []job.Item{{Name: d.name, Kind: "human", Ref: "ann", Messages: 200}, {Name: "Ben", Kind: "human", Ref: "ben", Messages: 43}},
		Departments:   []job.Item{{Name: "Sales", Ref: "Sales", Messages: 43}},
		Kinds:         []job.Item{{Name: "public", Ref: "public", Messages: 240}, {Name: "direct", Ref: "direct", Messages: 3}},
		Conversations: []job.Item{{Name: "general", Kind: "public", Ref: "general", Messages: 240}, {Name: d.name, Kind: "direct", Ref: "slack:T:D1", Messages: 3}}}, nil
}

func (d *dock) losses() []report.LossRow {
	return []report.LossRow{
		{Sink: "mattermost", Field: "message.reactions.at", Action: "degrade", Count: 17, Why: "a reaction needs a time " + d.name, Samples: []string{"slack:T:C1:1700000000.000100", d.name}},
		{Sink: "mattermost", Field: "revision", Action: "drop", Count: 2, Why: "the last text only"},
		{Sink: "mattermost", Field: "person.tenant", Action: "drop", Count: 3},
	}
}

func (d *dock) Plan(_ context.Context, c Choice, _ progress.Printer) (Plan, error) {
	if c.Rules.Since == "soon" {
		return Plan{}, fault.New(fault.Config, "configure", "since", "write 2024-01-31", errors.New("is no date"))
	}
	p := Plan{HCL: "source \"slack\" \"dump\" {\n  path = \"" + d.name + "\"\n}\n", Forecast: job.Forecast{Losses: d.losses()}}
	p.Inventory.Messages, p.Inventory.Attachments = 243, 5
	if c.Rules.Since != "" {
		p.Inventory.Messages = 95
		p.FilteredBy = []report.RuleCount{{Rule: "transform.filter.scope/since", Count: 148}}
	}
	m := people.New()
	list := func(yield func(*message.Person) bool) {
		_ = yield(&message.Person{Key: "slack:T:U1", Kind: "human", Name: d.name, Username: "ann", Emails: []string{"ann@example.com"}}) &&
			yield(&message.Person{Key: "slack:T:U2", Kind: "bot", Name: "Robot", Username: "robot"})
	}
	if err := m.Suggest(plugin.AccountRule{Min: 2, Max: 20, Start: "letter", Allowed: "-_."}, people.Policy{}, list); err != nil {
		return p, err
	}
	p.Accounts = []job.Accounts{{Sink: "mattermost", File: "people.csv", Map: m}}
	return p, nil
}

func (d *dock) Save(c Choice, _ Plan, _ bool) (string, error) {
	d.saved++
	return PipelineFile(c.Out), nil
}

func (d *dock) Run(ctx context.Context, _, _ string, show progress.Printer) (report.Summary, error) {
	d.ran++
	show.Event(progress.Event{Plan: &progress.Plan{Stage: progress.Copy, Shards: []progress.Shard{
		{ID: "directory", Label: "people and conversations", Bytes: 2000, Done: true}, {ID: "c1", Label: d.name, Bytes: 12_000_000}, {ID: "c2", Label: "#general", Bytes: 400}}}})
	show.Event(progress.Event{Shard: &progress.ShardEvent{ID: "c1", State: progress.Started}})
	show.Event(progress.Event{Reject: &progress.Reject{Shard: "c1", Reason: "not_json", File: d.name, Index: "7"}})
	show.Event(progress.Event{Log: &progress.LogEvent{Level: progress.Warn, Text: "slow " + d.name}})
	show.Tick(progress.Snapshot{Stage: progress.Copy, Delta: progress.Delta{Read: 120, Delivered: 110, Rejected: 1, Losses: 9, Media: 2, MediaBytes: 5000}, Percent: 42,
		PerSecond: 3400, BytesRate: 2_100_000, Elapsed: 12 * time.Second, Left: 16 * time.Second, LeftKnown: true, Active: []string{"c1"}, Behind: []float64{0.5}})
	if d.block {
		<-ctx.Done()
		return report.Summary{}, ctx.Err()
	}
	return d.summary(), d.runErr
}

func (d *dock) summary() report.Summary {
	s := report.Summary{Read: 243, Delivered: 242, Rejected: 1, Losses: d.losses(), Evidence: "/out/evidence", ExitCode: fault.ExitDamaged,
		Sinks:     []report.SinkResult{{Name: "mattermost", Offered: 242, Delivered: 242, Check: &report.Check{Compared: 240, Missing: 1, Differing: 1}}},
		Inventory: &report.Count{At: "2024-05-06T07:08:09Z", Elements: 243, Files: []report.InventoryRow{{State: "parsed", Files: 12, Bytes: 90_000}, {State: "unknown", Files: 1, Bytes: 7}}, Path: "/out/" + d.name},
		Media:     []report.MediaRow{{State: "missing", Reason: d.name, Count: 1}},
		Findings:  []report.Finding{{ID: "GAP-TIME", Severity: "warning", Text: "a file is not there", Count: 1, Samples: []string{d.name}}}}
	s.Verdicts = report.Verdicts{Source: report.SourceDamaged, Books: report.BooksBalanced, Loss: report.LossDeclared, ReadBack: report.ReadBackDiffers, Report: report.ReportUnsigned}
	return s
}

func (d *dock) Check(context.Context, string, progress.Printer) (report.Summary, error) {
	return d.summary(), nil
}

func (d *dock) Open(out string) (Past, error) {
	p := Past{Out: out, Summary: d.summary(), Folder: job.Folder{Done: filepath.Base(out) != "cut", Last: ledger.Run{Started: "2024-05-06T07:08:09Z"}}}
	if filepath.Base(out) == "gone" {
		return p, errors.New("gone")
	}
	return p, nil
}

func (d *dock) Losses(string) ([]report.LossRow, error) { return d.losses(), nil }

func (d *dock) Media(string) ([]report.MediaRow, error) {
	return []report.MediaRow{{State: "present", Count: 4}, {State: "missing", Reason: d.name, Count: 1, Samples: []string{"slack:T:C1:" + d.name}}}, nil
}

func (d *dock) Gaps(_, rule string) ([]job.GapPlace, error) {
	return []job.GapPlace{{Subject: gap.Subject{Rule: rule, Conversation: "slack:T:C1", Count: 1, First: "2024-01-02", Last: "2024-01-09", Expected: 40, Samples: []string{d.name}}, Name: d.name}}, nil
}

func (d *dock) Export(_, to string) error {
	d.exported = to
	return nil
}

func (d *dock) Exceptions(_, verdict string) ([]ledger.Exception, error) {
	return []ledger.Exception{{Verdict: verdict, Reason: "not_json", Key: "slack:T:C1:" + d.name, File: d.name, Index: "7", Blob: "ab/cd"}}, nil
}

func (d *dock) Differences(string, string) ([]verify.Difference, error) {
	return []verify.Difference{{Kind: verify.Differs, Type: "message", Key: "slack:T:C1:" + d.name, Day: "2024-01-02",
		Fields: []verify.Field{{Name: "message.text", Expected: `"a"`, Found: `"` + d.name + `"`}}}}, nil
}

func (d *dock) Explain(_ context.Context, _, key string) ([]string, error) {
	return []string{key, "  was delivered to " + d.name}, nil
}
