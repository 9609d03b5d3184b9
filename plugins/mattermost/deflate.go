package mattermost

import (
	"hash"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// piece describes a compressed piece of import.jsonl: pieces one after another, and endOfData, are
// one deflate stream.
type piece struct {
	Raw  int64  `json:"raw"`  // bytes before compression
	Size int64  `json:"size"` // and after
	CRC  uint32 `json:"crc"`
}

// endOfData is the empty last block of a deflate stream.
var endOfData = []byte{1, 0, 0, 0xff, 0xff}

// deflater compresses one piece. It ends with a flush instead of a last block, so that the next
// piece can follow, and it refers to nothing before its own start.
type deflater struct {
	w   *flate.Writer
	out counter
	sum hash.Hash32
	raw int64
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func newDeflater(w io.Writer) *deflater {
	d := &deflater{out: counter{w: w}, sum: crc32.NewIEEE()}
	d.w, _ = flate.NewWriter(&d.out, flate.BestSpeed) // the level is valid
	return d
}

func (d *deflater) Write(b []byte) (int, error) {
	d.sum.Write(b)
	d.raw += int64(len(b))
	return d.w.Write(b)
}

func (d *deflater) finish() (piece, error) {
	err := d.w.Flush()
	return piece{Raw: d.raw, Size: d.out.n, CRC: d.sum.Sum32()}, err
}

// combine is the CRC-32 of two pieces of data one after the other, from theirs and the second's length.
func combine(a, b uint32, length int64) uint32 {
	// Appending a zero bit to the data multiplies its CRC by x modulo the polynomial; square the
	// matrix of that step to append 2, 4, 8, ... of them.
	var even, odd [32]uint32
	odd[0] = crc32.IEEE
	for i := 1; i < 32; i++ {
		odd[i] = 1 << (i - 1)
	}
	square(&even, &odd)
	square(&odd, &even)
	for from, to := &odd, &even; length > 0; length >>= 1 {
		square(to, from)
		if length&1 != 0 {
			a = times(to, a)
		}
		from, to = to, from
	}
	return a ^ b
}

func times(m *[32]uint32, v uint32) (sum uint32) {
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 != 0 {
			sum ^= m[i]
		}
	}
	return sum
}

func square(out, m *[32]uint32) {
	for i := range out {
		out[i] = times(m, m[i])
	}
}
