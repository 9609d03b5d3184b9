package whatsapp

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// FuzzChat reads any text as a chat: every byte is in a record or a reject, and nothing is given twice.
func FuzzChat(f *testing.F) {
	for _, s := range []string{androidText, "[1.9.19, 00:00:00] Peter Doe: x\n[17.9.2019, 16:37:47] a: b", "x\n31/12/19, 14:05 - A: b", "٣١/١٢/٢٠١٩، ٢:٠٥ م - a: b", "13. 6. 2018. 21:25:15 a: b\n13. 6. 2018. 21:25:15 am c: d",
		"[2024/10/31 下午3:50:46] a: \u200ePOLL:\n\u200e", "31/12/19, 14:05 - A: \u200e<attached: a.jpg>", "3/6/18 9.15 a. m. - b", "\ufeff\n\n[31/12/19, 14:05] A:b", "1/1/20 foo 10:00: A"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		file := filepath.Join(dir, "chat.txt")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, _ := read(t, file)
		kept := 0
		for _, m := range r.messages() {
			n, err := strconv.Atoi(m.Raw.Length)
			if err != nil {
				t.Fatal(err)
			}
			kept += n
		}
		for _, x := range r.rejects {
			if !bytes.Contains(text, x.Bytes) {
				t.Fatalf("a reject holds bytes that are not in the file: %q", x.Bytes)
			}
			kept += len(x.Bytes)
		}
		if kept != len(text) || len(text) == 0 && len(r.rejects) != 1 {
			t.Fatalf("%d of %d bytes are in records or rejects", kept, len(text))
		}
	})
}

// FuzzHeader compares what two readings of one line say, and never reads past its end.
func FuzzHeader(f *testing.F) {
	f.Add("3/6/18, 1:55 p.m. - a: b")
	f.Add("[2024/10/31 下午3:50:46] a")
	f.Add("13.6.2018 klo 21.25.15 - a")
	f.Fuzz(func(t *testing.T, line string) {
		h, ok := headerOf(line)
		if !ok {
			return
		}
		if h.end > len(line) || strings.Contains(line[:h.end], "\n") {
			t.Fatalf("%q ends at %d", line, h.end)
		}
		again, ok := headerOf(line[:h.end])
		if ok && (again.parts != h.parts || again.hour != h.hour || again.min != h.min || again.sec != h.sec) {
			t.Fatalf("%q: %+v, alone %+v", line, h, again)
		}
	})
}
