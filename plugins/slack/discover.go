package slack

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/plugin"
)

// shardBytes is how much source data a shard holds, when it is not one conversation with more.
const shardBytes = 12 << 20

// params say what is in a shard: units from the folder From on.
type params struct {
	From  string `json:"from"`
	Units int    `json:"units"`
}

// Discover yields the directory, then runs of conversations in the order of their folders.
func (s *source) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	dir := plugin.Shard{ID: "directory", Label: "people and conversations", Directory: true, Records: -1}
	dir.Fingerprint, dir.Bytes = s.directoryPrint()
	if err := yield(dir); err != nil {
		return err
	}
	base := s.basePrint()
	for i, number := 0, 1; i < len(s.units); number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		first := i
		var size int64
		h := sha256.New()
		h.Write(base)
		for i < len(s.units) {
			n := s.unitBytes(i)
			if i > first && size+n > shardBytes {
				break
			}
			size += n
			for _, f := range s.foldersOf(i) {
				fmt.Fprintf(h, "%s\x00%x\x00%x\x00", s.d.Folder(f).Path, s.d.Folder(f).Print, s.printOf(s.d.Folder(f).Path+"/attachments"))
			}
			i++
		}
		folder := s.d.Folder(int(s.units[first])).Path
		raw, err := json.Marshal(params{From: folder, Units: i - first})
		if err != nil {
			return err
		}
		label := path.Base(folder)
		if i-first > 1 {
			label = fmt.Sprintf("%s and %d more", label, i-first-1)
		}
		if err := yield(plugin.Shard{
			ID: fmt.Sprintf("c%05d-%s", number, slug(path.Base(folder))), Label: label, Records: -1, Bytes: size,
			Fingerprint: hex.EncodeToString(h.Sum(nil)[:16]), Params: raw,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) foldersOf(unit int) []int {
	f := s.units[unit]
	return append([]int{int(f)}, s.more[f]...)
}

func (s *source) unitBytes(unit int) int64 {
	var n int64
	for _, f := range s.foldersOf(unit) {
		n += s.d.Folder(f).Bytes
	}
	return n
}

func (s *source) printOf(folder string) uint64 {
	if i, ok := s.d.FindFolder(folder); ok {
		return s.d.Folder(i).Print
	}
	return 0
}

// basePrint covers what every shard depends on: settings, lists, and files that stand apart.
func (s *source) basePrint() []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%v\x00%v\x00", s.ids.instance, s.conf.Attachments, s.conf.Raw)
	for _, r := range s.roots {
		for _, f := range listFiles {
			if e, ok, err := s.d.Lookup(r.prefix + f); ok && err == nil {
				fmt.Fprintf(h, "%s\x00%d\x00%d\x00%d\x00", e.Path, e.Size, e.CRC, e.Modified)
			}
		}
		if e, _, err := s.emojiIndex(); e != nil && err == nil {
			fmt.Fprintf(h, "%d\x00%d\x00%d\x00", e.Size, e.CRC, e.Modified)
		}
		var n [8]byte
		from, _ := s.d.FindFolder(r.prefix + "__uploads")
		for i := from; s.conf.Attachments && i < s.d.Folders() && strings.HasPrefix(s.d.Folder(i).Path, r.prefix+"__uploads"); i++ {
			binary.BigEndian.PutUint64(n[:], s.d.Folder(i).Print)
			h.Write(n[:])
		}
	}
	return h.Sum(nil)
}

func (s *source) directoryPrint() (print string, size int64) {
	h := sha256.New()
	h.Write(s.basePrint())
	fmt.Fprintf(h, "%v\x00%v", s.d.Totals, s.d.Notes)
	for _, u := range s.units {
		if !s.isListed(int(u)) {
			fmt.Fprintf(h, "%s\x00", s.d.Folder(int(u)).Path)
		}
	}
	for _, r := range s.roots {
		for _, f := range listFiles {
			if e, ok, err := s.d.Lookup(r.prefix + f); ok && err == nil {
				size += e.Size
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), size
}

// slug is a name fit for file names.
func slug(name string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(name)) {
		if c-'a' < 26 || c-'0' < 10 || c == '-' || c == '_' {
			b.WriteByte(c)
		}
		if b.Len() == 24 {
			break
		}
	}
	if b.Len() == 0 {
		return "x"
	}
	return b.String()
}
