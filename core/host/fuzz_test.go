package host

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/plugin/wire"
)

// FuzzAnswers feeds the host what a plugin gone wrong may answer: it never panics, and what it
// accepts is consistent.
func FuzzAnswers(f *testing.F) {
	seed := func(m proto.Message) {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, 2)
	}
	seed(&wire.Apply_Response{Lines: []byte("{}\n{}\n"), Emitted: []uint32{2, 0}, Filtered: []*wire.Apply_Filtered{{Rule: "x"}}})
	seed(&wire.Batch{Lines: []byte("{}\n{}\n"), Count: 2, Read: 3, Rejects: []*wire.Reject{{Reason: "x", At: &wire.Place{File: "f"}}}})
	seed(&wire.Write_Ack{Count: 2, Outcomes: []*wire.Write_Outcome{{Index: 1, Status: "rejected", Reason: "x"}}})
	f.Fuzz(func(t *testing.T, b []byte, count int) {
		if count < 0 || count > 1000 {
			return
		}
		var applied wire.Apply_Response
		if proto.Unmarshal(b, &applied) == nil {
			if list, wrong := appendApplied(nil, &applied); wrong == "" {
				var all []byte
				for _, a := range list {
					if a.Count == 0 && a.Filtered == "" || bytes.Count(a.Lines, []byte("\n")) != a.Count {
						t.Fatalf("accepted %+v", a)
					}
					all = append(all, a.Lines...)
				}
				if !bytes.Equal(all, applied.Lines) {
					t.Fatal("lines were lost")
				}
			}
		}
		var batch wire.Batch
		if proto.Unmarshal(b, &batch) == nil {
			x := plugin.BatchOf(&batch)
			if checkBatch(x, x.Seq, 0) == "" && x.Read != uint64(bytes.Count(x.Lines, []byte("\n"))+len(x.Rejects)) {
				t.Fatalf("accepted %+v", x)
			}
		}
		var ack wire.Write_Ack
		if proto.Unmarshal(b, &ack) == nil {
			if list, wrong := outcomesOf(&ack, count); wrong == "" && list != nil && len(list) != count {
				t.Fatalf("%d outcomes for %d records", len(list), count)
			}
		}
	})
}
