package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

const (
	// windowSize bounds the memory of whoever reads a segment, now or in other programs.
	windowSize = 1 << 20
	// segmentText is the size of a segment before compression, but for the last record.
	segmentText = 64 << 20
	// maxWindow is what this program spends on a segment that another one wrote.
	maxWindow = 8 << 20
)

// pool keeps a few compressors and decompressors for the next shard: each costs megabytes to make.
// Their output does not depend on what they were used for before.
type pool struct {
	encoders chan *zstd.Encoder
	decoders chan *zstd.Decoder
}

func newPool() *pool {
	return &pool{encoders: make(chan *zstd.Encoder, 2), decoders: make(chan *zstd.Decoder, 2)}
}

func (p *pool) encoder(w io.Writer) (*zstd.Encoder, error) {
	select {
	case e := <-p.encoders:
		e.Reset(w)
		return e, nil
	default:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(windowSize), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(true))
	}
}

func (p *pool) keepEncoder(e *zstd.Encoder) {
	e.Reset(nil)
	select {
	case p.encoders <- e:
	default:
	}
}

func (p *pool) decoder(r io.Reader) (*zstd.Decoder, error) {
	select {
	case d := <-p.decoders:
		return d, d.Reset(r)
	default:
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	}
}

func (p *pool) keepDecoder(d *zstd.Decoder) {
	if d.Reset(nil) == nil {
		select {
		case p.decoders <- d:
			return
		default:
		}
	}
	d.Close()
}

// segmentWriter writes one segment.
type segmentWriter struct {
	pool *pool
	part *plugin.Part
	z    *zstd.Encoder
	seg  segment
}

func newSegment(p *pool, dir, name string) (*segmentWriter, error) {
	part, err := plugin.CreatePart(dir, name)
	if err != nil {
		return nil, err
	}
	z, err := p.encoder(part)
	if err != nil {
		part.Abort()
		return nil, err
	}
	return &segmentWriter{pool: p, part: part, z: z}, nil
}

// add writes one line, which ends in a newline.
func (s *segmentWriter) add(line []byte) error {
	s.seg.Records++
	s.seg.TextBytes += int64(len(line))
	_, err := s.z.Write(line)
	return err
}

// commit makes the segment durable and describes it, but for its path.
func (s *segmentWriter) commit() (segment, error) {
	if err := s.z.Close(); err != nil {
		s.abort()
		return segment{}, err
	}
	s.pool.keepEncoder(s.z)
	s.z = nil
	var err error
	s.seg.Bytes, s.seg.SHA256, err = s.part.Commit()
	return s.seg, err
}

func (s *segmentWriter) abort() {
	if s.z != nil {
		s.pool.keepEncoder(s.z)
		s.z = nil
	}
	s.part.Abort()
}

// readSegment gives every line of a segment, without its newline. The file is proved to be the one that
// want describes before the first line is given. line is valid until the next call.
func (p *pool) readSegment(root *os.Root, want *segment, yield func(line []byte) error) error {
	f, err := openFile(root, want.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if proof := prove(f, &want.file); proof != nil {
		if fault.ClassOf(proof) == fault.Corrupt {
			return p.locate(f, want, proof)
		}
		return proof
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return readFault(want.Path, err)
	}
	in := &countingReader{r: f}
	stop, records, err := p.lines(in, want.TextBytes, yield)
	switch {
	case stop != nil:
		return stop
	case in.err != nil:
		return readFault(want.Path, in.err)
	case err != nil:
		return corrupt(want.Path, fmt.Errorf("near byte %d, after record %d: %w", in.n, records, err))
	case records != want.Records:
		return corrupt(want.Path, fmt.Errorf("it has %d records and should have %d", records, want.Records))
	}
	return nil
}

// prove compares a file with its size and digest.
func prove(f *os.File, want *file) error {
	h := sha256.New()
	n, err := io.Copy(h, f)
	switch {
	case err != nil:
		return readFault(want.Path, err)
	case n != want.Bytes:
		return corrupt(want.Path, fmt.Errorf("it has %d bytes and should have %d", n, want.Bytes))
	case hex.EncodeToString(h.Sum(nil)) != want.SHA256:
		return corrupt(want.Path, fmt.Errorf("its SHA-256 is not the one in %s", headerName))
	}
	return nil
}

// locate says where a damaged segment stops to be readable, which is at or after the damage.
func (p *pool) locate(f *os.File, want *segment, proof error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return readFault(want.Path, err)
	}
	in := &countingReader{r: f}
	_, records, err := p.lines(in, want.TextBytes, func([]byte) error { return nil })
	var known *fault.Error
	if err == nil || !errors.As(proof, &known) {
		return proof
	}
	return corrupt(want.Path, fmt.Errorf("%w; unreadable near byte %d, after record %d: %w", known.Err, in.n, records, err))
}

// lines decompresses in and splits it. stop is the error of yield, err what is wrong with the data.
func (p *pool) lines(in io.Reader, limit int64, yield func([]byte) error) (stop error, records int64, err error) {
	z, err := p.decoder(in)
	if err != nil {
		return nil, 0, err
	}
	defer p.keepDecoder(z)
	r := lineReader{r: bufio.NewReaderSize(z, 64<<10)}
	var text int64
	for {
		line, err := r.next()
		if err == io.EOF && text == limit {
			return nil, records, nil
		}
		if err == io.EOF {
			err = fmt.Errorf("it holds %d bytes of text and should hold %d", text, limit)
		}
		if err != nil {
			return nil, records, err
		}
		if text += int64(len(line)) + 1; text > limit {
			return nil, records, fmt.Errorf("it holds more than the %d bytes of text it should hold", limit)
		}
		if err := yield(line); err != nil {
			return err, records, nil
		}
		records++
	}
}

// lineReader splits into lines of at most plugin.MaxRecord bytes.
type lineReader struct {
	r    *bufio.Reader
	long []byte // a line that is longer than r's buffer
}

// next gives the next line without its newline, or io.EOF at a clean end.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		chunk, err := l.r.ReadSlice('\n')
		if err == nil && len(l.long) == 0 {
			return chunk[:len(chunk)-1], nil
		}
		if len(l.long)+len(chunk) > plugin.MaxRecord+1 {
			return nil, errors.New("a line is longer than a record may be")
		}
		l.long = append(l.long, chunk...)
		switch {
		case err == nil:
			return bytes.TrimSuffix(l.long, []byte{'\n'}), nil
		case err == io.EOF && len(l.long) == 0:
			return nil, io.EOF
		case err == io.EOF:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// countingReader knows the place in the file, and keeps the file's own error apart from the decompressor's.
type countingReader struct {
	r   io.Reader
	n   int64
	err error
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}
