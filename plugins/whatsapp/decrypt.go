package whatsapp

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/sqlite"
	"google.golang.org/protobuf/encoding/protowire"
)

// backupName is how an encrypted backup is called: "msgstore.db.crypt15", "msgstore-2022-01-31.1.db.crypt14".
var backupName = regexp.MustCompile(`\.crypt(12|14|15)$`)

// javaArray begins both key files: a serialised array of bytes, up to the two last bytes of its length.
const javaArray = "\xac\xed\x00\x05ur\x00\x02[B\xac\xf3\x17\xf8\x06\x08T\xe0\x02\x00\x00xp\x00\x00\x00"

// keys are what a key file gives.
type keys struct {
	aes  []byte
	salt []byte // of a key file for crypt12 and 14: it must be the one that the backup names
}

// readKey reads the key for a backup: the file "key" or "encrypted_backup.key" of the phone, or a text with the 64
// digits that the phone showed.
func readKey(file string) (k keys, root bool, err error) {
	bad := func(err error) error {
		return plugin.BadSetting("key_file", "give the file \"key\" (crypt12, crypt14) or \"encrypted_backup.key\" (crypt15) of the phone, or a text file with the 64 digits of the key", err)
	}
	if file == "" {
		return k, false, bad(errors.New("the backup is encrypted, and no key is given"))
	}
	f, err := os.Open(file)
	if err != nil {
		return k, false, bad(errors.New("can't be opened"))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return k, false, bad(errors.New("can't be read"))
	}
	if digits := strings.Join(strings.Fields(string(b)), ""); len(digits) == 64 {
		if raw, err := hex.DecodeString(digits); err == nil {
			b = raw
		}
	}
	if len(b) > 27 && bytes.HasPrefix(b, []byte(javaArray)) {
		b = b[27:]
	}
	switch len(b) {
	case 131:
		return keys{aes: b[99:], salt: b[3:35]}, false, nil
	case 32:
		inner := mac(make([]byte, 32), b)
		return keys{aes: mac(inner, []byte("backup encryption\x01"))}, true, nil
	}
	return k, false, bad(fmt.Errorf("has %d bytes, which no key has", len(b)))
}

func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}

// envelope is what stands around the encrypted bytes of a backup.
type envelope struct {
	iv, salt, tag, sum []byte
	from, to           int64 // the encrypted bytes
	sumTo              int64 // the checksum is of what precedes this
}

// envelopeOf reads a backup's header and trailer. The header of crypt14 and 15 is a protocol buffer, so nothing in
// it has a place of its own.
func envelopeOf(f io.ReaderAt, size int64, version string) (e envelope, err error) {
	head := make([]byte, min(size, 1<<10))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF || size < 128 {
		return e, errors.New("it is too short")
	}
	tail := int64(32)
	if version == "12" {
		e.salt, e.iv, e.from, tail = head[3:35], head[51:67], 67, 36
	} else {
		n, at := int(head[0]), 1
		if head[1] == 1 {
			at = 2
		}
		if at+n > len(head) {
			return e, errors.New("its header is damaged")
		}
		if e.iv, e.salt, err = prefixOf(head[at : at+n]); err != nil {
			return e, err
		}
		e.from = int64(at + n)
	}
	e.to, e.sumTo = size-tail, size-tail+16
	trailer := make([]byte, 32)
	if _, err := f.ReadAt(trailer, e.to); err != nil || e.to <= e.from || len(e.iv) != 16 {
		return e, errors.New("its header is damaged")
	}
	e.tag, e.sum = trailer[:16], trailer[16:]
	return e, nil
}

func prefixOf(b []byte) (iv, salt []byte, err error) {
	err = fields(b, func(n protowire.Number, v []byte) {
		if n != 2 && n != 3 {
			return
		}
		ferr := fields(v, func(m protowire.Number, v []byte) {
			switch {
			case n == 2 && m == 5, n == 3 && m == 1:
				iv = v
			case n == 2 && m == 3:
				salt = v
			}
		})
		if ferr != nil {
			iv = nil
		}
	})
	return iv, salt, err
}

// fields yields the fields of a protocol buffer that hold bytes.
func fields(b []byte, yield func(protowire.Number, []byte)) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errors.New("its header is damaged")
		}
		b = b[n:]
		if typ == protowire.BytesType {
			v, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return errors.New("its header is damaged")
			}
			yield(num, v)
		}
		if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
			return errors.New("its header is damaged")
		}
		b = b[n:]
	}
	return nil
}

// decrypt writes the database in a backup into the folder dir. Nothing of it is believed before both the checksum
// and the tag of the whole are right, so the file is read twice.
func decrypt(path, keyFile, dir string) (string, error) {
	name := filepath.Base(path)
	corrupt := func(err error) error {
		return fault.New(fault.Corrupt, "decrypt", name, "copy the backup from the phone again and compare its size", err)
	}
	k, root, err := readKey(keyFile)
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fault.New(fault.Config, "open", name, "check that the file may be read", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return "", err
	}
	version := backupName.FindStringSubmatch(name)[1]
	e, err := envelopeOf(f, st.Size(), version)
	if err != nil {
		return "", corrupt(err)
	}
	block, err := aes.NewCipher(k.aes)
	if err != nil {
		return "", err
	}
	tagged, summed, err := e.check(f, block)
	switch {
	case err != nil:
		return "", fault.New(fault.Storage, "read", name, "the disk may be failing: copy the backup to another one", err)
	case !summed && !tagged:
		return "", corrupt(errors.New("the backup is damaged or cut off: its checksum is wrong"))
	case !tagged:
		hint := "the key belongs to another phone or to another backup: give the one that was on the phone when the backup was made"
		if root != (version == "15") {
			hint = "this is a key for another kind of backup: crypt15 needs encrypted_backup.key or its 64 digits, crypt12 and crypt14 the file \"key\""
		}
		return "", plugin.BadSetting("key_file", hint, errors.New("does not open the backup"))
	}
	to := filepath.Join(dir, "msgstore.db")
	if err := e.inflate(f, block, to); err != nil {
		return "", corrupt(err)
	}
	if !sqlite.Is(to) {
		return "", corrupt(errors.New("there is no database in it"))
	}
	return to, nil
}

// check compares the tag, which only the right key gives, and the checksum, which tells damage from a wrong key.
func (e *envelope) check(f io.ReaderAt, block cipher.Block) (tagged, summed bool, err error) {
	g := newGhash(block)
	sum := md5.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, e.from)); err != nil {
		return false, false, err
	}
	if _, err := io.CopyBuffer(io.MultiWriter(sum, onlyWriter{g}), io.NewSectionReader(f, e.from, e.to-e.from), make([]byte, 64<<10)); err != nil {
		return false, false, err
	}
	sum.Write(e.tag)
	tag := g.sum(e.to - e.from)
	var mask [16]byte
	block.Encrypt(mask[:], e.counter(block))
	subtle.XORBytes(tag, tag, mask[:])
	return hmac.Equal(tag, e.tag), bytes.Equal(sum.Sum(nil), e.sum), nil
}

type onlyWriter struct{ io.Writer }

// counter is the first counter block: the digest of a nonce that is not twelve bytes long.
func (e *envelope) counter(block cipher.Block) []byte {
	g := newGhash(block)
	g.Write(e.iv)
	return g.sum(int64(len(e.iv)))
}

const maxDatabase = 64 << 30

func (e *envelope) inflate(f io.ReaderAt, block cipher.Block, to string) error {
	ctr := e.counter(block)
	binary.BigEndian.PutUint32(ctr[12:], binary.BigEndian.Uint32(ctr[12:])+1)
	// A stream of AES-CTR counts in all 16 bytes, GCM in four. They differ after 2^32 blocks, which is 64 GiB.
	plain := cipher.StreamReader{S: cipher.NewCTR(block, ctr), R: io.NewSectionReader(f, e.from, e.to-e.from)}
	if uint64(e.to-e.from)/16+uint64(binary.BigEndian.Uint32(ctr[12:])) >= 1<<32 {
		return errors.New("it is larger than this program can decrypt")
	}
	z, err := zlib.NewReader(bufio.NewReaderSize(plain, 256<<10))
	if err != nil {
		return errors.New("what was encrypted is no compressed database")
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(z, maxDatabase))
	if err == nil && n == maxDatabase {
		err = errors.New("it is larger than 64 GiB")
	}
	return errors.Join(err, out.Close())
}

// ghash is the digest inside GCM, so that a backup of any size is checked before any of it is decrypted.
type ghash struct {
	table [256][2]uint64 // multiples of the key by each byte
	y     [2]uint64
	part  []byte
}

func newGhash(block cipher.Block) *ghash {
	g := &ghash{}
	var h [16]byte
	block.Encrypt(h[:], h[:])
	v := [2]uint64{binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:])}
	for bit := 128; bit > 0; bit >>= 1 {
		g.table[bit] = v
		v = shift(v, 1)
	}
	for i := range 256 {
		for bit := 1; bit < 256; bit <<= 1 {
			if i&bit != 0 && i != bit {
				g.table[i][0] ^= g.table[bit][0]
				g.table[i][1] ^= g.table[bit][1]
			}
		}
	}
	return g
}

// shift multiplies by x, n times.
func shift(v [2]uint64, n int) [2]uint64 {
	for range n {
		carry := v[1] & 1
		v[1] = v[1]>>1 | v[0]<<63
		v[0] >>= 1
		if carry != 0 {
			v[0] ^= 0xe1 << 56
		}
	}
	return v
}

// reduce is what the eight bits that a shift by eight pushes out become.
var reduce = func() (t [256]uint64) {
	for i := range t {
		t[i] = shift([2]uint64{0, uint64(i)}, 8)[0]
	}
	return t
}()

func (g *ghash) block(b []byte) {
	y := [2]uint64{g.y[0] ^ binary.BigEndian.Uint64(b), g.y[1] ^ binary.BigEndian.Uint64(b[8:])}
	var z [2]uint64
	for i := range 16 {
		if i > 0 {
			out := z[1] & 0xff
			z[1] = z[1]>>8 | z[0]<<56
			z[0] = z[0]>>8 ^ reduce[out]
		}
		t := &g.table[byte(y[1-i/8]>>(8*(i%8)))]
		z[0] ^= t[0]
		z[1] ^= t[1]
	}
	g.y = z
}

// Write takes the next bytes.
func (g *ghash) Write(p []byte) (int, error) {
	n := len(p)
	if len(g.part) > 0 {
		k := min(16-len(g.part), len(p))
		g.part, p = append(g.part, p[:k]...), p[k:]
		if len(g.part) == 16 {
			g.block(g.part)
			g.part = g.part[:0]
		}
	}
	for ; len(p) >= 16; p = p[16:] {
		g.block(p)
	}
	g.part = append(g.part, p...)
	return n, nil
}

// sum ends the digest with the length of what was digested.
func (g *ghash) sum(length int64) []byte {
	if len(g.part) > 0 {
		g.block(append(g.part, make([]byte, 16-len(g.part))...))
		g.part = nil
	}
	var last [16]byte
	binary.BigEndian.PutUint64(last[8:], uint64(length)*8)
	g.block(last[:])
	out := make([]byte, 16)
	binary.BigEndian.PutUint64(out, g.y[0])
	binary.BigEndian.PutUint64(out[8:], g.y[1])
	return out
}
