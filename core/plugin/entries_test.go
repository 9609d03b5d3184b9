package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func walkLog(t *testing.T, r io.Reader, out *Emitter) (got []string) {
	t.Helper()
	l := Log{File: "log.txt", Starts: func(head []byte) bool { return head[0] == '>' }, Out: out}
	err := l.Walk(r, 0, 0, func(e *Entry) error {
		got = append(got, fmt.Sprintf("%s %s+%s %q %v %v", e.At.Index, e.At.Offset, e.At.Length, e.Bytes, e.Starts, e.Torn))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEntriesTakeInTheLinesThatFollow(t *testing.T) {
	text := "before\n>one\nmore\n\n>two\r\n>three"
	want := []string{`0 0+7 "before\n" false <nil>`, `1 7+11 ">one\nmore\n\n" true <nil>`, `2 18+6 ">two\r\n" true <nil>`, `3 24+6 ">three" true <nil>`}
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text))} {
		if got := walkLog(t, r, nil); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
		}
	}
	if got := walkLog(t, strings.NewReader(""), nil); len(got) != 0 {
		t.Errorf("an empty file has entries: %v", got)
	}
}

func TestATornLogGivesWhatThereWas(t *testing.T) {
	got := walkLog(t, io.MultiReader(strings.NewReader(">one\n>tw"), iotest.ErrReader(errors.New("cut"))), nil)
	want := []string{`0 0+5 ">one\n" true <nil>`, `1 5+3 ">tw" true cut`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Error(got)
	}
}

func TestALargeEntryIsRejectedFromASpoolFile(t *testing.T) {
	big := ">" + strings.Repeat("a line of the entry\n", MaxRecord/20+1)
	var rejects []Reject
	out := NewEmitter(context.Background(), t.TempDir(), func(b *Batch) error { rejects = append(rejects, b.Rejects...); return nil })
	got := walkLog(t, strings.NewReader(big+">small\n"), out)
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !strings.HasSuffix(got[1], `">small\n" true <nil>`) || len(rejects) != 1 || rejects[0].Reason != "too_large" || rejects[0].Spool == "" {
		t.Fatalf("%.200q %+v", got, rejects)
	}
	if rejects[0].At.SHA256 != rejects[0].Spool || rejects[0].At.Length != fmt.Sprint(len(big)) {
		t.Errorf("%+v", rejects[0])
	}
	line := bytes.Repeat([]byte("x"), 1<<20) // a line without end is no entry of its own wherever the buffer ends
	if got := walkLog(t, io.MultiReader(strings.NewReader(">a"), bytes.NewReader(line), strings.NewReader(">not\n>b")), nil); len(got) != 2 {
		t.Errorf("%d entries", len(got))
	}
}
