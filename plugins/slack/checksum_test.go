package slack

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/element"
)

// TestNothingIsTakenFromAFileWithAWrongChecksum covers a file that fits into the window and one that does not.
func TestNothingIsTakenFromAFileWithAWrongChecksum(t *testing.T) {
	for _, pad := range []int{0, element.Window} {
		day := fmt.Sprintf(`[{"type":"message","ts":"1554292800.000001","text":"a","pad":"%s"}]`, strings.Repeat("x y", pad/3))
		p := pack(t, "users.json", people, "channels.json", channels, "general/2019-04-02.json", hello, "general/2019-04-03.json", day)
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.LastIndex(b, []byte("PK\x01\x02"))
		b[at+16] ^= 1
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r := readAll(t, p)
		if len(r.messages()) != 1 || len(r.rejects) != 1 || r.rejects[0].Reason != "damaged" || r.rejects[0].At.File != "general/2019-04-03.json" {
			t.Fatalf("%d messages, rejects %+v", len(r.messages()), r.rejects)
		}
		kept := r.rejects[0].Bytes
		if name := r.rejects[0].Spool; name != "" {
			if kept, err = os.ReadFile(filepath.Join(r.spool, name)); err != nil {
				t.Fatal(err)
			}
		}
		if string(kept) != day {
			t.Errorf("the reject holds %d bytes of %d", len(kept), len(day))
		}
	}
}
