package dump

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/klauspost/compress/flate"
)

// recover reads an archive without a usable directory: from local header to local header.
func (d *Dump) recover(ctx context.Context, tmp string) (*builder, error) {
	b := newBuilder(tmp)
	r := &recovery{d: d, in: bufio.NewReaderSize(nil, 256<<10)}
	count, cut := 0, 0
	for r.seek(r.pos) {
		if err := ctx.Err(); err != nil {
			b.sorter.Close()
			return nil, err
		}
		m := r.next()
		if m == nil {
			continue
		}
		if count++; count > maxEntries {
			b.sorter.Close()
			return nil, fault.New(fault.Corrupt, "read", d.Path, "split the dump", errors.New("has more than 10,000,000 entries"))
		}
		if m.Cut || m.State == Damaged {
			cut++
		}
		if err := b.add(m); err != nil {
			b.sorter.Close()
			return nil, err
		}
	}
	if count == 0 && !bytes.Equal(d.head(4), []byte("PK\x05\x06")) {
		b.sorter.Close()
		return nil, fault.New(fault.Corrupt, "open", d.Path, "get the dump again: what is here is no zip file", errors.New("is not a zip file, or nothing of it can be read"))
	}
	d.Notes = append(d.Notes, Note{Code: "zip_cut_off", Detail: fmt.Sprintf("the zip is cut off or its directory is damaged: %d members recovered, %d of them not whole", count, cut)})
	return b, nil
}

func (d *Dump) head(n int64) []byte {
	b := make([]byte, min(n, d.size))
	d.data.ReadAt(b, 0)
	return b
}

// recovery stands at pos in the archive.
type recovery struct {
	d   *Dump
	in  *bufio.Reader
	pos int64
	fl  io.ReadCloser
	// spent is how many packed bytes were inflated in vain. Headers can be made to overlap so that
	// each looks like the start of everything behind it; past a few times the archive we stop looking.
	spent int64
	// headersOnly skips the measuring: enough to list names.
	headersOnly bool
}

func (r *recovery) at(pos int64) {
	r.pos = pos
	r.in.Reset(io.NewSectionReader(r.d.data, pos, r.d.size-pos))
}

// seek moves to the next local header at or after pos.
func (r *recovery) seek(pos int64) bool {
	r.at(pos)
	for {
		b, err := r.in.Peek(64 << 10)
		if i := bytes.Index(b, []byte("PK\x03\x04")); i >= 0 {
			r.in.Discard(i)
			r.pos += int64(i)
			return true
		}
		if err != nil || len(b) < 4 {
			return false
		}
		n, _ := r.in.Discard(len(b) - 3)
		r.pos += int64(n)
	}
}

// next reads the member at pos and moves behind it.
func (r *recovery) next() *Entry {
	start := r.pos
	head, err := r.in.Peek(localLen)
	if err != nil {
		r.pos = r.d.size
		return nil
	}
	flags := le16(head[6:])
	m := &Entry{
		method: le16(head[8:]), Modified: int64(le32(head[10:])), CRC: le32(head[14:]),
		Packed: int64(le32(head[18:])), Size: int64(le32(head[22:])), local: start,
	}
	n, x := int(le16(head[26:])), int(le16(head[28:]))
	all := make([]byte, localLen+n+x)
	if _, err := io.ReadFull(r.in, all); err != nil || n == 0 {
		r.pos = start + 4
		return nil
	}
	stored := string(all[localLen : localLen+n])
	// In a local header the zip64 field holds both sizes, and a set offset must not be read from it.
	m.extra(all[localLen+n:], &stored)
	m.local = start
	var reason string
	if m.Path, reason = cleanName(stored); m.Path != string(all[localLen:localLen+n]) {
		m.Stored = string(all[localLen : localLen+n])
	}
	data := start + int64(len(all))
	sizeless := false
	if flags&8 != 0 && flags&1 == 0 && m.method == methodStore && m.Packed == 0 {
		r.measureStored(m, data)
	} else if flags&8 != 0 && flags&1 == 0 && m.method == methodDeflate {
		if sizeless = r.headersOnly || r.spent > 4*r.d.size; sizeless {
			r.pos = data
		} else {
			r.measure(m, data)
		}
	} else if m.Packed < 0 || m.Packed > r.d.size-data {
		m.Cut, m.Packed = true, r.d.size-data
		r.pos = r.d.size
	} else {
		r.pos = data + m.Packed
	}
	switch {
	case reason != "":
		m.State, m.Reason = Refused, reason
	case junk(m.Path) != "":
		m.State, m.Reason = Ignored, junk(m.Path)
	case strings.HasSuffix(stored, "/") || strings.HasSuffix(stored, `\`):
		m.State, m.Size = Dir, 0
	case flags&(1|1<<6|1<<13) != 0:
		m.State, m.Reason = Damaged, "encrypted"
	case m.method != methodStore && m.method != methodDeflate:
		m.State, m.Reason = Damaged, "unsupported_compression"
	case sizeless:
		m.State, m.Reason = Damaged, "size_unknown"
	case m.Size > ratioFrom && m.Size/maxRatio > m.Packed:
		m.State, m.Reason = Damaged, "compression_ratio"
	}
	m.Size, m.Packed = max(m.Size, 0), max(m.Packed, 0)
	return m
}

// measure inflates a member whose header has no sizes, because only that shows where it ends.
func (r *recovery) measure(m *Entry, data int64) {
	src := &countedBytes{r: r.in}
	if r.fl == nil {
		r.fl = flate.NewReader(src)
	} else {
		r.fl.(flate.Resetter).Reset(src, nil)
	}
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, &ratioReader{r: r.fl, src: src})
	m.Size, m.Packed, m.CRC = n, src.n, sum.Sum32()
	r.pos = data + src.n
	if err != nil {
		m.Cut, m.Size = true, max(n, 1)
		r.pos = data
		r.spent += src.n
		return
	}
	// The descriptor's own checksum, with or without signature, must agree; a cut-off one says nothing.
	d, _ := r.in.Peek(8)
	switch {
	case len(d) < 8: // the checksum is the data's own
	case le32(d) == sigData:
		m.CRC = le32(d[4:])
	default:
		m.CRC = le32(d)
	}
}

// measureStored looks for the descriptor behind a member that is not compressed and whose header has
// no sizes: the one that gives the right distance. Without one the member ends at the next header.
func (r *recovery) measureStored(m *Entry, data int64) {
	r.at(data)
	next := int64(-1)
	for {
		b, err := r.in.Peek(64 << 10)
		for i := 0; i+4 <= len(b); i++ {
			k := bytes.IndexByte(b[i:], 'P')
			if k < 0 || i+k+4 > len(b) {
				break
			}
			i += k
			here := r.pos + int64(i) - data
			switch le32(b[i:]) {
			case sigData:
				if i+16 <= len(b) && int64(le32(b[i+8:])) == here {
					m.CRC, m.Packed, m.Size = le32(b[i+4:]), here, here
					r.pos = data + here + 16
					return
				}
			case sigLocal, sigCentral:
				if next < 0 {
					next = here
				}
			}
		}
		if err != nil || len(b) < 64<<10 {
			break
		}
		n, _ := r.in.Discard(len(b) - 16)
		r.pos += int64(n)
		if next >= 0 && r.pos-data > next+maxStored || r.headersOnly {
			break
		}
	}
	if next < 0 {
		next = r.d.size - data
	}
	m.Cut, m.Packed, m.Size = true, next, next
	r.pos = data
	r.spent += next
}

// maxStored is how far behind a header a descriptor is still looked for: a zip inside the zip, stored
// as it is, has headers of its own.
const maxStored = 64 << 20

type countedBytes struct {
	r *bufio.Reader
	n int64
}

func (c *countedBytes) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *countedBytes) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// ratioReader stops at a compression bomb, so that looking for a member's end costs no more than
// reading the archive would.
type ratioReader struct {
	r   io.Reader
	src *countedBytes
	n   int64
}

func (r *ratioReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if r.n += int64(n); r.n > ratioFrom && r.n/maxRatio > r.src.n {
		return n, errors.New("compression ratio")
	}
	return n, err
}
