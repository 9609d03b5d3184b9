package slack

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func TestGridWithNestedWorkspaces(t *testing.T) {
	org := `[{"id":"W1","team_id":"T1","name":"ann","enterprise_user":{"enterprise_id":"E1","teams":["T1","T2"]},"profile":{}},{"id":"W2","team_id":"T2","name":"bob","enterprise_user":{"enterprise_id":"E1"},"profile":{}}]`
	r := readAll(t, write(t, map[string]string{
		"org_users.json": org, "dms.json": `[{"id":"D1234567","members":["W1","W2"]}]`, "D1234567/2019-04-02.json": `[{"type":"message","user":"W1","team":"T2","text":"x","ts":"1554206400.000001"}]`,
		"teams/sales/users.json": `[{"id":"W1","team_id":"T1","is_owner":true,"profile":{}}]`, "teams/sales/channels.json": `[{"id":"C5","name":"general","members":["W1"]}]`,
		"teams/sales/general/2019-04-02.json": `[{"type":"message","user":"W1","text":"y","ts":"1554206400.000002"}]`,
		"teams/dev/users.json":                `[{"id":"W2","team_id":"T2","profile":{}},{"id":"W3","team_id":"T2","profile":{}}]`,
	}))
	if m := r.byID("1554206400.000001"); m.Key != "slack:E1:D1234567:1554206400.000001" {
		t.Error(m.Key)
	}
	if c := r.conversation("D1234567"); c.Parent != "slack:E1:T2" {
		t.Errorf("a direct conversation at the top belongs to %s", c.Parent)
	}
	if c := r.conversation("C5"); c.Parent != "slack:E1:T1" {
		t.Errorf("%+v", c)
	}
	if c := r.conversation("T1"); c == nil || c.Kind != "workspace" || c.Name != "sales" || c.Parent != "slack:E1:E1" {
		t.Errorf("%+v", c)
	}
	people, members := map[string]int{}, 0
	for _, x := range r.records {
		if x.Type == message.TypePerson {
			people[x.Person.ID]++
		}
		if x.Type == message.TypeMembership && strings.HasPrefix(x.Membership.Conversation, "slack:E1:T") {
			members++
		}
	}
	if people["W1"] != 1 || people["W2"] != 1 || people["W3"] != 1 || members != 3 {
		t.Errorf("people %v, %d memberships of workspaces", people, members)
	}
	if rec := Plugin().Source.Recognise(context.Background(), r.path); rec.Format != "slack-grid-folder" || rec.Score != 100 {
		t.Errorf("%+v", rec)
	}
}

func TestBytesOfFilesAreTakenFromTheExport(t *testing.T) {
	day := `[{"type":"message","user":"U1","text":"","ts":"1554206400.000001","files":[{"id":"F1","name":"a.txt","size":5,"mode":"hosted"},{"id":"F2","name":"b.txt","size":9,"mode":"hosted"},{"id":"F3","name":"c.txt","mode":"hosted"}]},
{"type":"message","user":"U1","text":"","ts":"1554206400.000002","files":[{"id":"F1","name":"a.txt","size":5,"mode":"hosted"}]}]`
	files := map[string]string{"users.json": people, "channels.json": channels, "general/2019-04-02.json": day, "__uploads/F1/a.txt": "bytes", "general/attachments/F2-b.txt": "short"}
	r := readAll(t, write(t, files))
	for _, id := range []string{"1554206400.000001", "1554206400.000002"} {
		a := r.byID(id).Attachments[0]
		if a.State != message.MediaPresent || a.Path != "__uploads/F1/a.txt" || a.Reason != "" {
			t.Errorf("%+v", a)
		}
		if b, err := os.ReadFile(filepath.Join(r.spool, a.SHA256)); err != nil || string(b) != "bytes" {
			t.Errorf("%q, %v", b, err)
		}
	}
	att := r.byID("1554206400.000001").Attachments
	if att[1].State != message.MediaPresent || !strings.HasPrefix(att[1].Reason, "size_mismatch") || att[2].State != message.MediaRemote {
		t.Errorf("%+v", att)
	}
	if rec := Plugin().Source.Recognise(context.Background(), r.path); rec.Format != "slackdump-export-folder" {
		t.Errorf("%+v", rec)
	}
}
