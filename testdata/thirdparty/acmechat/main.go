// Command ferry-acmechat is a third party's plugin: it reads Acme Chat dumps, a folder with one
// .jsonl file for each room. It lives in a module of its own and imports nothing but the SDK.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

type config struct {
	Dir string `ferry:"dir,required,path" help:"folder with one .jsonl file per room"`
}

type source struct{ files map[string]string } // path by room

func open(_ context.Context, c config) (plugin.Source, error) {
	paths, err := filepath.Glob(filepath.Join(c.Dir, "*.jsonl"))
	if err != nil || len(paths) == 0 {
		return nil, plugin.BadSetting("dir", "give the folder that Acme Chat's export made", errors.New("it has no .jsonl files"))
	}
	files := map[string]string{}
	for _, p := range paths {
		files[strings.TrimSuffix(filepath.Base(p), ".jsonl")] = p
	}
	return &source{files}, nil
}

func (s *source) Discover(_ context.Context, yield func(plugin.Shard) error) error {
	for _, room := range slices.Sorted(maps.Keys(s.files)) {
		sum, size, err := plugin.Fingerprint(s.files[room])
		if err != nil {
			return err
		}
		if err := yield(plugin.Shard{ID: plugin.ShardID("room", room), Label: room, Records: -1, Bytes: size, Fingerprint: sum, Params: []byte(strconv.Quote(room))}); err != nil {
			return err
		}
	}
	return nil
}

// Read gives each line of a room's file as a message, or as a reject.
func (s *source) Read(_ context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	var room string
	if err := json.Unmarshal(sh.Params, &room); err != nil {
		return err
	}
	offset, _ := strconv.ParseInt(string(cur), 10, 64)
	return plugin.Lines(s.files[room], offset, func(l plugin.Line) error {
		var m struct {
			ID, User, Text string
			TS             int64 // milliseconds
		}
		if err := json.Unmarshal(l.Bytes, &m); err != nil || m.ID == "" {
			if err := out.RejectLine(l, "not_a_message", "it is no object with an id"); err != nil {
				return err
			}
		} else if err := out.Record(message.Of(&message.Message{
			Key: message.Key("acmechat", "main", room, m.ID), ID: m.ID, Conversation: message.Key("acmechat", "main", room), Kind: message.KindText,
			Author: message.Key("acmechat", "main", m.User), Text: m.Text, Raw: &l.At,
			Sent: message.Time{UTC: time.UnixMilli(m.TS).UTC().Format("2006-01-02T15:04:05.000Z"), Raw: fmt.Sprint(m.TS), Precision: "ms", Zone: "utc"},
		})); err != nil {
			return err
		}
		return out.Checkpoint(strconv.AppendInt(nil, l.Next, 10))
	})
}

func (s *source) Close() error { return nil }

func main() {
	kind := plugin.NewSource(open)
	kind.Resumable = true
	plugin.Main(plugin.Plugin{Name: "acmechat", Version: "1.0.0", Summary: "Acme Chat exports (a folder of .jsonl files)", Source: kind})
}
