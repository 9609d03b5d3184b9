package edition

import (
	"archive/zip"
	"hash/crc32"
	"io"
)

// Zip writes a zip whose bytes depend on its files and on nothing else: not on a compressor, for they are stored,
// nor on a clock. Each has its size and sum before it, as some readers need them, and so is read twice.
type Zip struct{ z *zip.Writer }

// NewZip begins a zip.
func NewZip(w io.Writer) *Zip { return &Zip{zip.NewWriter(w)} }

// Add adds a file, which open must give twice.
func (z *Zip) Add(name string, open func() (io.ReadCloser, error)) error {
	sum := crc32.NewIEEE()
	n, err := copyFrom(sum, open)
	if err != nil {
		return err
	}
	h := &zip.FileHeader{Name: name, Method: zip.Store, CRC32: sum.Sum32(), CompressedSize64: uint64(n), UncompressedSize64: uint64(n)}
	h.ModifiedDate = 1<<5 | 1 //lint:ignore SA1019 the first day that a zip can have; CreateRaw writes this field and not Modified
	w, err := z.z.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = copyFrom(w, open)
	return err
}

// Close writes the list of files.
func (z *Zip) Close() error { return z.z.Close() }

func copyFrom(w io.Writer, open func() (io.ReadCloser, error)) (int64, error) {
	in, err := open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	return io.Copy(w, in)
}
