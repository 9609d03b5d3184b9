package typeface

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/gofont/gosmallcaps"

	"github.com/chatferry/chatferry/core/fault"
)

// write puts fonts into a folder. Changed bytes at the end make them other files without harm.
func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBuiltInLettersAreAlwaysTheSame whatever fonts there are.
func TestBuiltInLettersAreAlwaysTheSame(t *testing.T) {
	c := New([]string{write(t, map[string][]byte{"a.ttf": gosmallcaps.TTF, "deep/b.otf": gomono.TTF, "c.txt": []byte("no font"), "d.ttf": []byte("no font")})})
	for _, s := range []Style{{}, {Bold: true}, {Italic: true}, {Bold: true, Italic: true}, {Mono: true}, {Mono: true, Bold: true, Italic: true}} {
		f, err := c.For([]rune("é"), s, nil)
		if err != nil || f == nil || f.File != "" || f.Bold != s.Bold {
			t.Errorf("%+v: %+v, %v", s, f, err)
		}
	}
	if len(c.others) != 2 && c.Check() == nil && len(c.others) != 2 {
		t.Errorf("%d fonts in the folder", len(c.others))
	}
	if f, err := c.For([]rune{0x4f60}, Style{}, nil); f != nil || err != nil {
		t.Errorf("%+v, %v", f, err)
	}
}

// altered gives a font with another table entry for embedding.
func altered(t *testing.T, font []byte, rights uint16) []byte {
	t.Helper()
	b := bytes.Clone(font)
	for i := range int(binary.BigEndian.Uint16(b[4:])) {
		e := b[12+16*i:]
		if string(e[:4]) == "OS/2" {
			binary.BigEndian.PutUint16(b[binary.BigEndian.Uint32(e[8:])+8:], rights)
			return b
		}
	}
	t.Fatal("the font has no OS/2 table")
	return nil
}

func TestRightsToEmbedAreKept(t *testing.T) {
	for rights, want := range map[uint16]int{0: 1, 4: 1, 8: 1, 2: 0, 0x100: 0, 0x200: 0} {
		faces, err := scan([]string{write(t, map[string][]byte{"x.ttf": altered(t, goregular.TTF, rights)})}, true)
		if err != nil || len(faces) != want {
			t.Errorf("rights %#x: %d fonts, %v", rights, len(faces), err)
		}
	}
}

func TestAFileThatIsNoFontIsAMistakeWhereItIsNamed(t *testing.T) {
	dir := write(t, map[string][]byte{"x.ttf": []byte("no font")})
	for _, name := range []string{filepath.Join(dir, "x.ttf"), filepath.Join(dir, "none.ttf"), filepath.Join(dir, "none")} {
		if err := New([]string{name}).Check(); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
	if err := New([]string{dir}).Check(); err != nil {
		t.Error(err)
	}
}

// TestOrderDoesNotDependOnFolders: the same fonts under one name give the same choice.
func TestOrderDoesNotDependOnFolders(t *testing.T) {
	a := order{family: "Noto Sans Thai", class: classOf("Noto Sans Thai"), file: "b"}
	for _, b := range []order{
		{family: "DejaVu Sans", class: classOf("DejaVu Sans"), file: "a"}, {family: "Noto Sans Thai", class: a.class, odd: true, file: "a"},
		{family: "Noto Sans Thai", class: a.class, mono: true, file: "a"}, {family: "Noto Sans Thai", class: a.class, file: "c"},
		{family: "Symbola", class: classOf("Symbola")}, {family: "Noto Sans CJK JP", class: classOf("Noto Sans CJK JP")},
	} {
		if a.compare(b) >= 0 || b.compare(a) <= 0 {
			t.Errorf("%+v goes before %+v", b, a)
		}
	}
}

func TestOnlyTheKnownFilesAreUsed(t *testing.T) {
	dir := write(t, map[string][]byte{"a.ttf": gomono.TTF, "b.ttf": gosmallcaps.TTF})
	digest := fileDigest(filepath.Join(dir, "b.ttf"))
	c := New([]string{dir})
	if !c.Only([]Known{{digest, "b.ttf"}}) || len(c.others) != 1 || c.others[0].File != "b.ttf" {
		t.Errorf("%d fonts are left", len(c.others))
	}
	if New([]string{dir}).Only([]Known{{digest, "a.ttf"}}) {
		t.Error("a file passes for another one")
	}
	own, err := New([]string{dir}).Own(Style{})
	if err != nil || !New([]string{dir}).Only([]Known{{own.Digest, "-"}}) {
		t.Error("a built-in font is not known")
	}
}
