package envelope

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/chatferry/chatferry/core/fault"
)

// folder has a file of several chunks of age, an empty one, an empty folder and a name that ustar cannot hold.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"a": strings.Repeat("0123456789abcdef", 20_000), "empty": "", "日本/" + strings.Repeat("long", 60): "x"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "none"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// keys are a pair of each kind: what stands after --encrypt-to, and the file for --identity.
func keys(t testing.TB) map[string][2]string {
	t.Helper()
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return map[string][2]string{
		"age":     {x.Recipient().String(), file("age", []byte("# created today\n"+x.String()+"\n"))},
		"quantum": {pq.Recipient().String(), file("quantum", []byte(pq.String()+"\n"))},
		"ssh":     {strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))) + " ann, of acme", file("ssh", pem.EncodeToMemory(block))},
	}
}

func recipients(t testing.TB, list ...string) []age.Recipient {
	t.Helper()
	r, err := Recipients(list)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func identity(t testing.TB, path string) []age.Identity {
	t.Helper()
	ids, err := Identities([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func packed(t testing.TB, dir string, to ...string) (string, Seal) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out"+Suffix)
	s, err := Pack(t.Context(), dir, "out", path, recipients(t, to...))
	if err != nil {
		t.Fatal(err)
	}
	return path, s
}

// list gives every folder and file with its bytes.
func list(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(&b, "%s %v", rel, d.IsDir())
		if !d.IsDir() {
			text, _ := os.ReadFile(path)
			fmt.Fprintf(&b, " %x", sha256.Sum256(text))
		}
		b.WriteString("\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatGoesInComesOutForEachRecipient(t *testing.T) {
	dir, all := folder(t), keys(t)
	for name, group := range map[string][]string{"all that go together": {"age", "ssh"}, "against quantum computers": {"quantum"}} {
		var to []string
		for _, k := range group {
			to = append(to, all[k][0])
		}
		path, s := packed(t, dir, to...)
		if err := Check(t.Context(), path, s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, k := range group {
			out := t.TempDir()
			if err := Unpack(t.Context(), path, "out", out, s, identity(t, all[k][1])); err != nil {
				t.Errorf("%s: %v", k, err)
			}
			if got, want := list(t, out), list(t, dir); got != want {
				t.Errorf("%s: got\n%swant\n%s", k, got, want)
			}
		}
	}
}

func TestTheTarIsTheSameAndTheFileIsNot(t *testing.T) {
	to := keys(t)["age"][0]
	_, a := packed(t, folder(t), to)
	other := folder(t)
	if err := os.Chmod(filepath.Join(other, "a"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, b := packed(t, other, to)
	if a.TarSHA256 != b.TarSHA256 || a.TarSize != b.TarSize || a.TarSize < 320_000 {
		t.Errorf("the tar differs: %+v %+v", a, b)
	}
	if a.SHA256 == b.SHA256 {
		t.Error("two files were encrypted with one key")
	}
}

// TestEachDamageHasItsName cuts the file at many places, changes bytes all over it, adds to it, and tries another key.
func TestEachDamageHasItsName(t *testing.T) {
	all := keys(t)
	path, s := packed(t, folder(t), all["age"][0])
	ids := identity(t, all["age"][1])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, b []byte, says string, deep bool) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		errs := []error{Check(t.Context(), file, s)}
		if deep {
			errs = append(errs, Unpack(t.Context(), file, "out", t.TempDir(), s, ids))
		}
		for _, err := range errs {
			if fault.ClassOf(err) != fault.Corrupt || !strings.Contains(err.Error(), says) || fault.HintOf(err) == "" {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	chunk := 64<<10 + 16
	for _, n := range []int{0, 1, 20, len(whole) / 3, len(whole) - chunk, len(whole) - 17, len(whole) - 1, 200 + chunk, 200 + 2*chunk} {
		try(fmt.Sprint("cut at ", n), whole[:n], "cut off", true)
	}
	end := bytes.Index(whole, []byte("\n--- "))
	head := end + 5 + 44 + 16 // the header, its MAC and the nonce
	for n := 1; head+n*chunk < len(whole); n++ {
		try(fmt.Sprint("cut behind chunk ", n), whole[:head+n*chunk], "cut off", true)
	}
	for at := 0; at < len(whole); at += 1 + len(whole)/40 {
		b := bytes.Clone(whole)
		b[at] ^= 1
		try(fmt.Sprint("byte ", at), b, "damaged", at >= head) // a changed header may look like one for another key
	}
	try("added", append(bytes.Clone(whole), 'x'), "damaged", true)
	swapped := bytes.Clone(whole)
	copy(swapped[head:], whole[head+chunk:head+2*chunk])
	copy(swapped[head+chunk:], whole[head:head+chunk])
	try("chunks swapped", swapped, "damaged", true)

	err = Unpack(t.Context(), path, "out", t.TempDir(), s, identity(t, all["ssh"][1]))
	if fault.ClassOf(err) != fault.Config || !strings.Contains(err.Error(), "not encrypted for this key") {
		t.Errorf("another key: %v", err)
	}
	if err := Check(t.Context(), filepath.Join(t.TempDir(), "none"), s); fault.ClassOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "not there") {
		t.Errorf("no file: %v", err)
	}
	other := s
	other.TarSHA256 = strings.Repeat("0", 64)
	if err := Unpack(t.Context(), path, "out", t.TempDir(), other, ids); fault.ClassOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "not what was put into it") {
		t.Errorf("another tar: %v", err)
	}
}

// TestAForeignTarStaysInside opens tars that somebody made who knew the public key.
func TestAForeignTarStaysInside(t *testing.T) {
	k := keys(t)["age"]
	top := t.TempDir()
	for name, h := range map[string]tar.Header{
		"path outside":   {Name: "out/../../escaped", Typeflag: tar.TypeReg},
		"absolute":       {Name: filepath.Join(top, "escaped"), Typeflag: tar.TypeReg},
		"another top":    {Name: "in/escaped", Typeflag: tar.TypeReg},
		"top is a file":  {Name: "out", Typeflag: tar.TypeReg},
		"symbolic link":  {Name: "out/x", Typeflag: tar.TypeSymlink, Linkname: "/etc"},
		"hard link":      {Name: "out/x", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"},
		"device":         {Name: "out/x", Typeflag: tar.TypeChar},
		"folder outside": {Name: "out/../../escaped/", Typeflag: tar.TypeDir},
		"pipe":           {Name: "out/x", Typeflag: tar.TypeFifo},
	} {
		file := filepath.Join(t.TempDir(), "f")
		var b bytes.Buffer
		w, err := age.Encrypt(&b, recipients(t, k[0])...)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		tw := tar.NewWriter(io.MultiWriter(w, sum))
		if err := errors.Join(tw.WriteHeader(&h), tw.Close(), w.Close(), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(top, "a", "b")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		err = Unpack(t.Context(), file, "out", dir, Seal{TarSHA256: fmt.Sprintf("%x", sum.Sum(nil))}, identity(t, k[1]))
		if fault.ClassOf(err) != fault.Corrupt {
			t.Errorf("%s: %v", name, err)
		}
		if got := list(t, top); strings.Contains(got, "escaped") {
			t.Errorf("%s: written outside:\n%s", name, got)
		}
		os.RemoveAll(filepath.Join(top, "a"))
	}
}

func TestWrongKeysSayWhatToDoAndShowNothing(t *testing.T) {
	all := keys(t)
	secret, err := os.ReadFile(all["age"][1])
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(strings.SplitN(string(secret), "\n", 2)[1])
	for _, to := range [][]string{nil, {""}, {"nobody"}, {line}, {"age1xyz"}, {"ssh-ed25519 xyz"}, {"ssh-dss AAAA"}, {all["age"][0] + "\n" + all["age"][0]}, {all["age"][0], all["quantum"][0]}} {
		if _, err := Recipients(to); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: %v", to, err)
		}
	}
	dir := t.TempDir()
	block, err := ssh.MarshalPrivateKeyWithPassphrase(ed25519.NewKeyFromSeed(make([]byte, 32)), "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"empty": nil, "junk": []byte(line[:40] + "\n"), "public": []byte(all["age"][0]), "locked": pem.EncodeToMemory(block), "absent": nil} {
		path := filepath.Join(dir, name)
		if name != "absent" {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Identities([]string{path}); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingIsLeftOfAFileThatWasNotFinished(t *testing.T) {
	to := recipients(t, keys(t)["age"][0])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	linked := folder(t)
	if err := os.Symlink("/etc/passwd", filepath.Join(linked, "link")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ctx context.Context
		dir string
	}{"interrupted": {ctx, folder(t)}, "link": {t.Context(), linked}, "no folder": {t.Context(), filepath.Join(linked, "absent")}} {
		out := t.TempDir()
		if _, err := Pack(c.ctx, c.dir, "out", filepath.Join(out, "x"), to); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := os.ReadDir(out); len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
	}
}
