package job

import (
	"testing"

	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/projection"
	"github.com/chatferry/chatferry/core/report"
)

func TestLossPolicy(t *testing.T) {
	strict := &pipeline.Loss{Allow: []string{"message.reactions.*", "person"}, Warn: []string{"message.edited"}, Fail: []string{"message.reactions.at"}}
	for _, c := range []struct {
		loss        *pipeline.Loss
		field, rule string
		want        string
	}{
		{nil, "message.text", "split", report.PolicyAllow},
		{nil, "message.labels", projection.Unlisted, report.PolicyFail},
		{&pipeline.Loss{}, "message.labels", projection.Unlisted, report.PolicyFail},
		{&pipeline.Loss{Allow: []string{"message.labels"}}, "message.labels", projection.Unlisted, report.PolicyAllow},
		{&pipeline.Loss{Allow: []string{"*"}}, "message.labels", projection.Unlisted, report.PolicyAllow},
		{&pipeline.Loss{Warn: []string{"*"}}, "message.labels", projection.Unlisted, report.PolicyWarn},
		{&pipeline.Loss{Fail: []string{"*"}}, "message.text", "split", report.PolicyFail},
		{&pipeline.Loss{Warn: []string{"message.text"}}, "message.textual", "drop", report.PolicyAllow},
		{strict, "message.reactions.by", "drop", report.PolicyAllow},
		{strict, "message.reactions.at", "after_post", report.PolicyFail},
		{strict, "message.edited.by", "drop", report.PolicyWarn},
		{strict, "person.emails", "drop", report.PolicyAllow},
		{strict, "message.text", "split", report.PolicyFail},
	} {
		if got := policyOf(c.loss, c.field, c.rule); got != c.want {
			t.Errorf("%+v: %s by %s: %s, want %s", c.loss, c.field, c.rule, got, c.want)
		}
	}
}

func TestWhoKeepsAField(t *testing.T) {
	drop, exact := plugin.Rule{Action: plugin.Drop}, plugin.Rule{Action: plugin.Exact}
	open := plugin.Projection{Types: map[string]plugin.Rule{"revision": drop}, Fields: map[string]plugin.Rule{"message.ext": drop, "message.attachments.url": drop}}
	closed := plugin.Projection{Closed: true, Fields: map[string]plugin.Rule{"message.ext": exact, "message.attachments.name": exact}}
	for _, c := range []struct {
		p    plugin.Projection
		path string
		want bool
	}{
		{plugin.Projection{}, "message.ext", true}, {open, "message.ext", false}, {open, "revision.ext", false}, {open, "person.ext", true},
		{open, "message.attachments.ext", true}, {closed, "message.ext", true}, {closed, "message.attachments.ext", false}, {closed, "person.ext", false},
	} {
		if got := projection.Keeps(c.p, c.path); got != c.want {
			t.Errorf("%s: %v, want %v", c.path, got, c.want)
		}
	}
}
