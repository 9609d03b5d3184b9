package slack

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestFolderConforms(t *testing.T) {
	dir := write(t, map[string]string{
		"users.json": people, "channels.json": channels, "integration_logs.json": "[]",
		"general/2019-04-02.json": hello,
		"general/2019-04-03.json": `[{"type":"message","user":"U77","text":"<@U66>","ts":"1554292800.000001"},{"broken"},{"type":"message","user":"U1","text":"b","ts":"1554292801.000001","files":[{"id":"F1","name":"a.txt","mode":"hosted","size":5}]}]`,
		"random/2019-04-02.json":  `[{"type":"message","subtype":"bot_message","bot_id":"B7","username":"x","text":"y","ts":"1554206400.000003"}]`,
		"__uploads/F1/a.txt":      "bytes",
	})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": dir}})
}

func TestZipConforms(t *testing.T) {
	zip := pack(t, "users.json", people, "channels.json", channels, "general/2019-04-02.json", hello, "D0000001/2019-04-02.json", hello)
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": zip}})
}
