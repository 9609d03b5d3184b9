package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// readDay reads a day file from memory; small pieces make every window boundary come up.
func readDay(t testing.TB, spool string, day []byte, small bool) (lines []byte, rejects []plugin.Reject) {
	s := &source{conf: Config{Raw: true}, ids: &identity{prefix: "slack:T1:", alias: map[string]string{}}}
	out := plugin.NewEmitter(context.Background(), spool, func(b *plugin.Batch) error {
		lines = append(lines, b.Lines...)
		rejects = append(rejects, b.Rejects...)
		return nil
	})
	r := newReader(context.Background(), s, out)
	r.convs = []*conversation{{id: "C1", key: "slack:T1:C1"}}
	var src io.Reader = bytes.NewReader(day)
	r.a.Tiny = 8 << 10
	if small {
		src, r.a.Tiny = iotest.OneByteReader(src), 16
	}
	if err := r.a.Read("general/2019-04-02.json", src, -1); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	return lines, rejects
}

func FuzzDayFile(f *testing.F) {
	f.Add([]byte(hello))
	f.Add([]byte(`[{"type":"message","ts":"1.1","text":"a"},{"broken,{"type":"message","ts":"1.2"}]`))
	f.Add([]byte(`[1,"x\"]",[[]],{"a":{}},null]`))
	f.Add([]byte("\ufeff [ ] x"))
	spool := f.TempDir()
	f.Fuzz(func(t *testing.T, day []byte) {
		lines, rejects := readDay(t, spool, day, false)
		small, smallRejects := readDay(t, spool, day, true)
		if !bytes.Equal(lines, small) || len(rejects) != len(smallRejects) {
			t.Fatalf("the size of the window changes the outcome:\n%s\n%s\n%v\n%v", lines, small, rejects, smallRejects)
		}
		n := 0
		for line := range strings.SplitSeq(strings.TrimSuffix(string(lines), "\n"), "\n") {
			if line == "" {
				continue
			}
			rec, err := message.Decode(line)
			if err != nil {
				t.Fatal(err)
			}
			if err := rec.Check(); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if rec.Type != message.TypePerson {
				n++
			}
		}
		var want []json.RawMessage
		if json.Unmarshal(day, &want) == nil && want != nil && len(want) != n+len(rejects) {
			t.Fatalf("%d elements, %d records and %d rejects", len(want), n, len(rejects))
		}
		for _, r := range rejects {
			if r.Bytes != nil && !bytes.Contains(day, r.Bytes) {
				t.Fatalf("a reject holds bytes that are not in the file: %q", r.Bytes)
			}
		}
	})
}

func FuzzRecord(f *testing.F) {
	for _, s := range []string{
		`{"type":"message","user":"U1","text":"a &lt; <@U2> *b*","ts":"1554206400.000001","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}]}`,
		`{"ts":"1.1","subtype":"message_changed","message":{"ts":"1.0","text":"x"},"previous_message":{"text":"y"}}`,
		`{"ts":"1.1","files":[{"id":"F1","size":"x","mode":"tombstone"}],"reactions":[{"name":"a","users":["U1"],"count":-1}],"attachments":[{"is_share":true}]}`,
		`{"ts":"1.1","room":{"created_by":"U1"},"subtype":"huddle_thread","edited":{"ts":5},"pinned_to":["C1"]}`,
		`{"created":1430000000,"mimetype":"application/vnd.slack-docs","id":"F1"}`,
	} {
		f.Add(s)
	}
	spool := f.TempDir()
	f.Fuzz(func(t *testing.T, rec string) {
		lines, rejects := readDay(t, spool, []byte("["+rec+"]"), false)
		again, _ := readDay(t, spool, []byte("["+rec+"]"), false)
		if !bytes.Equal(lines, again) {
			t.Fatal("the same record gave two results")
		}
		var one []map[string]json.RawMessage
		if json.Unmarshal([]byte("["+rec+"]"), &one) == nil && len(one) == 1 && one[0] != nil && len(lines) == 0 && len(rejects) == 0 {
			t.Fatal("a record vanished")
		}
	})
}

func FuzzMrkdwn(f *testing.F) {
	for _, s := range []string{"*a* _b_ ~c~ `d` ```e```", "<@U1|x> <http://a|b> <!date^1^x|y>", "&gt;&gt;&gt; a\nb", ":wave::skin-tone-2: 10:30:00", "*<*<", "_*~_*~"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := testParser()
		p.parseText(text)
		seen := 0
		for _, b := range p.rich.blocks {
			for _, n := range b.Inlines {
				seen += len(n.Text) + len(n.URL) + len(n.Name)
			}
		}
		if len(strings.Trim(text, " \n`>*_~&gt;l")) > 0 && len(p.rich.blocks) == 0 {
			t.Fatalf("%q has no rich text", text)
		}
		if seen > 4*len(text)+64 {
			t.Fatalf("%q grew to %d bytes", text, seen)
		}
	})
}

func FuzzSecrets(f *testing.F) {
	f.Add("https://x?t=xoxe-1&a=b", "t=xoxe-1")
	f.Fuzz(func(t *testing.T, before, after string) {
		out := withoutSecrets(before + "?t=xoxe-canary1234" + after)
		if strings.Contains(out, "xoxe-canary1234") {
			t.Fatal(out)
		}
		if again := withoutSecrets(out); again != out {
			t.Fatalf("%q, then %q", out, again)
		}
	})
}
