package whatsapp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

const androidText = "31/12/19, 14:05 - Messages are end-to-end encrypted.\n31/12/19, 14:05 - Bob: IMG-1.jpg (file attached)\nCaption\n31/12/19, 14:06 - Ann: hello\n31/02/20, 14:07 - Ann: no such day\n31/12/19, 14:06 - Ann: <Media omitted>\n01/01/20, 00:06 - Bob: x\nmore\nlines\n"

// long is more than fits between two checkpoints, with the clock set back once.
func long() string {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "01/01/20, %02d:%02d - Ann: number %d\n", 1+i/60-i/90, i%60, i)
	}
	return b.String()
}

func TestFolderConforms(t *testing.T) {
	dir := write(t, map[string]string{"WhatsApp Chat with Bob.txt": androidText + long(), "IMG-1.jpg": "\xff\xd8\xff", "Eve/_chat.txt": "[2019/12/31 下午2:05:00] Eve: hi\r\n[2020/01/01 上午2:05:00] Eve: ho\r\n"})
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": dir, "zone": "Asia/Shanghai"}, Path: "path"})
}

func TestZipConforms(t *testing.T) {
	zip := pack(t, "WhatsApp Chat - Bob.zip", "_chat.txt", androidText, "IMG-1.jpg", "\xff\xd8\xff")
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": zip}})
}

func TestFileConforms(t *testing.T) {
	file := write(t, map[string]string{"chat.txt": androidText}) + "/chat.txt"
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": file}})
}
