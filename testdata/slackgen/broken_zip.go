package slackgen

import (
	"bytes"
	"fmt"
)

// member writes a member that the ordinary path would not write.
func (b *broken) member(e zipEntry, data []byte, after func(z *zipFile)) error {
	z, ok := b.g.out.(*zipFile)
	if !ok {
		return fmt.Errorf("write %s: this needs a zip", e.name)
	}
	if e.mode == 0 {
		e.mode = 0o100644
	}
	if err := z.start(e); err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	if after != nil {
		after(z)
	}
	return z.CloseEntry()
}

// inDump is a name inside the wrapping folder, if there is one.
func (b *broken) inDump(name string) string {
	if b.g.c.Wrap != "" {
		return b.g.c.Wrap + "/" + name
	}
	return name
}

// SlipNames are the member names that the defect "zip-slip" adds.
func SlipNames() []string {
	return []string{"../slipped.json", "../../slipped/2020-01-02.json", "general/../../slipped.json", "/slipped.json",
		`..\slipped.json`, `C:\slipped.json`, `\\host\share\slipped.json`, "slipped\x00/2020-01-02.json", "general/CON.json",
		"general/../../../2020-01-02.json", "./../slipped.json", "slipped. /2020-01-02.json/../../../slipped.json"}
}

func zipSlip(b *broken) error {
	for _, name := range SlipNames() {
		data := array([]part{{json: `{"type":"message","user":"U0EVIL","text":"slipped","ts":"1577923200.000100"}`}})
		if err := b.member(zipEntry{name: name}, data, nil); err != nil {
			return err
		}
	}
	return nil
}

func zipSymlink(b *broken) error {
	return b.member(zipEntry{name: b.inDump(b.file(1)), mode: 0o120777, stored: true}, []byte("/etc/passwd"), nil)
}

// zipBomb is Size bytes of white space around no message.
func zipBomb(b *broken) error {
	z, ok := b.g.out.(*zipFile)
	if !ok {
		return fmt.Errorf("write %s: this needs a zip", b.file(1))
	}
	if err := b.g.create(b.file(1)); err != nil {
		return err
	}
	chunk := bytes.Repeat([]byte{' '}, 1<<20)
	left := max(2, b.d.Size) - 2
	if _, err := z.Write([]byte{'['}); err != nil {
		return err
	}
	for left > 0 {
		n := min(left, int64(len(chunk)))
		if _, err := z.Write(chunk[:n]); err != nil {
			return err
		}
		left -= n
	}
	if _, err := z.Write([]byte{']'}); err != nil {
		return err
	}
	b.count(b.file(1), b.d.Size)
	b.rejectFile(b.file(1), "too_large", true)
	return z.CloseEntry()
}

func lyingSize(b *broken) error {
	b.rejectFile(b.file(1), "damaged", false)
	return b.member(zipEntry{name: b.inDump(b.file(1)), lie: 100}, array([]part{b.good("More than a hundred bytes."), b.good("Much more.")}), nil)
}

func badChecksum(b *broken) error {
	b.rejectFile(b.file(1), "damaged", false)
	return b.member(zipEntry{name: b.inDump(b.file(1))}, array([]part{b.good("The checksum is wrong.")}), func(z *zipFile) { z.e.crc ^= 0xffff })
}

func encryptedMember(b *broken) error {
	b.rejectFile(b.file(1), "damaged", false)
	return b.member(zipEntry{name: b.inDump(b.file(1)), flags: 1}, []byte("\x93\x12\x07 not readable without a key"), nil)
}

func duplicateMembers(b *broken) error {
	if err := b.day(1, b.good("In the first file of this name.")); err != nil {
		return err
	}
	return b.day(1, b.good("In the second file of this name."))
}
