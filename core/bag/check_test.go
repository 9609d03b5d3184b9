package bag

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sum256(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
func sum512(s string) string { return fmt.Sprintf("%x", sha512.Sum512([]byte(s))) }

// small is the smallest bag that has everything: "one" is in both manifests.
func small(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "data/one", "1")
	put(t, dir, "bagit.txt", declared)
	put(t, dir, "manifest-sha256.txt", sum256("1")+"  data/one\n")
	put(t, dir, "manifest-sha512.txt", sum512("1")+"  data/one\n")
	put(t, dir, "bag-info.txt", "Contact-Name: Ann\nPayload-Oxum: 1.1\n")
	return dir
}

// seal writes a tag manifest of what stands there.
func sealTags(t testing.TB, dir string, names ...string) {
	t.Helper()
	text := ""
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		text += sum256(string(b)) + "  " + name + "\n"
	}
	put(t, dir, "tagmanifest-sha256.txt", text)
}

var tags = []string{"bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt"}

// TestGoodBags has what RFC 8493 allows although Seal never writes it.
func TestGoodBags(t *testing.T) {
	both := func(t *testing.T, dir, line256, line512 string) {
		put(t, dir, "manifest-sha256.txt", line256)
		put(t, dir, "manifest-sha512.txt", line512)
	}
	for name, change := range map[string]func(t *testing.T, dir string){
		"as it is":            func(*testing.T, string) {},
		"with a tag manifest": func(t *testing.T, dir string) { sealTags(t, dir, tags...) },
		"one manifest":        func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "manifest-sha512.txt")) },
		"no bag-info":         func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "bag-info.txt")) },
		"upper-case digests": func(t *testing.T, dir string) {
			put(t, dir, "manifest-sha256.txt", strings.ToUpper(sum256("1"))+" data/one")
		},
		"CRLF":                  func(t *testing.T, dir string) { both(t, dir, sum256("1")+"  data/one\r\n", sum512("1")+"\tdata/one\r") },
		"declaration with CRLF": func(t *testing.T, dir string) { put(t, dir, "bagit.txt", strings.ReplaceAll(declared, "\n", "\r\n")) },
		"folded bag-info": func(t *testing.T, dir string) {
			put(t, dir, "bag-info.txt", "Description: first\n  second\nContact-Name: A\nContact-Name: B\n")
		},
		"unlisted tag folder": func(t *testing.T, dir string) { put(t, dir, "books/ledger.db", "x") },
		"listed tag folder": func(t *testing.T, dir string) {
			put(t, dir, "tags/a", "x")
			sealTags(t, dir, append(tags, "tags/a")...)
		},
		"fetched already": func(t *testing.T, dir string) {
			put(t, dir, "fetch.txt", "http://example.org/ 1 data/one\nhttp://example.org/ - data/one\n")
		},
		"empty folder": func(t *testing.T, dir string) { os.Mkdir(filepath.Join(dir, "data/none"), 0o700) },
		"encoded line end": func(t *testing.T, dir string) {
			put(t, dir, "data/a\nb%", "")
			both(t, dir, sum256("1")+"  data/one\n"+sum256("")+"  data/a%0ab%25\n", sum512("1")+"  data/one\n"+sum512("")+"  data/a%0Ab%25\n")
			put(t, dir, "bag-info.txt", "")
		},
		"percent sign as it was": func(t *testing.T, dir string) {
			put(t, dir, "data/50% off", "")
			both(t, dir, sum256("1")+"  data/one\n"+sum256("")+"  data/50% off\n", sum512("1")+"  data/one\n"+sum512("")+"  data/50% off\n")
			put(t, dir, "bag-info.txt", "")
		},
	} {
		dir := small(t)
		change(t, dir)
		if r := check(t, dir); !r.Valid() {
			t.Errorf("%s: %q", name, r.Bad)
		}
	}
}

// TestBadBags has the mistakes that the Library of Congress' suite of bags is about, and those of an attacker.
func TestBadBags(t *testing.T) {
	add := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			b, _ := os.ReadFile(filepath.Join(dir, name))
			put(t, dir, name, string(b)+text)
		}
	}
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { put(t, dir, name, text) }
	}
	remove := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for _, n := range names {
				if err := os.RemoveAll(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	link := func(to, name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			os.RemoveAll(filepath.Join(dir, name))
			if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	outside := filepath.Join(t.TempDir(), "one")
	put(t, filepath.Dir(outside), "one", "1")
	row := sum256("1") + "  "
	foreign := "manifest-sha256.txt has a line that does not belong there"
	cases := map[string]struct {
		spoil func(*testing.T, string)
		says  string
	}{
		"baginfo-missing-encoding":         {write("bagit.txt", "BagIt-Version: 1.0\n"), "bagit.txt does not say"},
		"bag-with-bom":                     {write("bagit.txt", "\ufeff"+declared), "bagit.txt does not say"},
		"bag with invalid whitespace":      {write("bagit.txt", strings.ReplaceAll(declared, ": ", ":  ")), "bagit.txt does not say"},
		"space before the colon":           {write("bagit.txt", strings.ReplaceAll(declared, ": ", " : ")), "bagit.txt does not say"},
		"third line":                       {add("bagit.txt", "Extra: 1\n"), "bagit.txt does not say"},
		"other version":                    {write("bagit.txt", strings.ReplaceAll(declared, "1.0", "0.97")), "bagit.txt does not say"},
		"no declaration":                   {remove("bagit.txt"), "bagit.txt is missing"},
		"declaration is a link":            {link(outside, "bagit.txt"), "bagit.txt is no readable text"},
		"no manifest":                      {remove("manifest-sha256.txt", "manifest-sha512.txt"), "there is no payload manifest"},
		"no data":                          {remove("data"), "the folder data is missing"},
		"data is a file":                   {func(t *testing.T, dir string) { remove("data")(t, dir); put(t, dir, "data", "") }, "the folder data is missing"},
		"data is a link":                   {link(filepath.Dir(outside), "data"), "the folder data is missing"},
		"missing file":                     {remove("data/one"), "data/one is missing"},
		"extra file":                       {write("data/two", ""), "data/two is in no manifest"},
		"hidden extra file":                {write("data/.two", ""), "data/.two is in no manifest"},
		"corrupt data file":                {write("data/one", "2"), "data/one was changed"},
		"same-filename-listed-twice-same":  {add("manifest-sha256.txt", row+"data/one\n"), "data/one is listed twice in manifest-sha256.txt"},
		"same-filename-listed-twice-other": {add("manifest-sha256.txt", sum256("2")+"  data/one\n"), "data/one is listed twice in manifest-sha256.txt"},
		"notAllManifestsListAllFiles": {func(t *testing.T, dir string) {
			put(t, dir, "data/two", "1")
			add("manifest-sha256.txt", row+"data/two\n")(t, dir)
		}, "data/two is not in manifest-sha512.txt"},
		"manifest of an unknown algorithm": {write("manifest-blake3.txt", "x"), "cannot be checked"},
		"manifest in upper case":           {write("manifest-SHA256.txt", ""), "is no name of a manifest"},
		"manifest is a folder":             {func(t *testing.T, dir string) { os.Mkdir(filepath.Join(dir, "manifest-md5.txt"), 0o700) }, "manifest-md5.txt cannot be read"},
		"manifest is a link":               {link(outside, "manifest-sha256.txt"), "manifest-sha256.txt cannot be read"},
		"absolute path":                    {add("manifest-sha256.txt", row+outside+"\n"), foreign},
		"path outside":                     {add("manifest-sha256.txt", row+"data/../../one\n"), foreign},
		"path to the top":                  {add("manifest-sha256.txt", row+"../one\n"), foreign},
		"dots that stay":                   {add("manifest-sha256.txt", row+"data/x/../one\n"), foreign},
		"leading dot":                      {write("manifest-sha256.txt", row+"./data/one\n"), foreign},
		"home":                             {add("manifest-sha256.txt", row+"~/one\n"), foreign},
		"backslashes":                      {add("manifest-sha256.txt", row+`data\..\..\one`+"\n"), foreign},
		"path that is no payload":          {add("manifest-sha256.txt", row+"bagit.txt\n"), foreign},
		"encoded line end hides a path":    {add("manifest-sha256.txt", row+"data/x%0A"+row+"data/two\n"), "is missing"},
		"short digest":                     {write("manifest-sha256.txt", row[1:]+"data/one\n"), foreign},
		"no path":                          {add("manifest-sha256.txt", sum256("1")+"\n"), foreign},
		"not UTF-8 in a manifest":          {add("manifest-sha256.txt", row+"data/\xff\n"), foreign},
		"endless line":                     {add("manifest-sha256.txt", row+"data/"+strings.Repeat("x", 1<<20)+"\n"), foreign},
		"folder is listed": {func(t *testing.T, dir string) {
			put(t, dir, "data/d/one", "1")
			add("manifest-sha256.txt", row+"data/d\n")(t, dir)
		}, "data/d is missing"},
		"link in the payload":                {link(outside, "data/one"), "data/one is no regular file"},
		"link in the payload to the payload": {func(t *testing.T, dir string) { put(t, dir, "data/x", "1"); link("x", "data/one")(t, dir) }, "data/one is no regular file"},
		"not UTF-8 in the payload":           {write("data/\xff", ""), "has a name that is not UTF-8"},
		"corrupt tag file":                   {func(t *testing.T, dir string) { sealTags(t, dir, tags...); add("bag-info.txt", "A: b\n")(t, dir) }, "bag-info.txt was changed"},
		"missing tag file": {func(t *testing.T, dir string) {
			put(t, dir, "x", "")
			sealTags(t, dir, append(tags, "x")...)
			remove("x")(t, dir)
		}, "x is missing"},
		"tag file is a link": {func(t *testing.T, dir string) {
			put(t, dir, "x", "1")
			sealTags(t, dir, append(tags, "x")...)
			link(outside, "x")(t, dir)
		}, "x is no regular file"},
		"tag manifest lists itself": {func(t *testing.T, dir string) {
			put(t, dir, "tagmanifest-md5.txt", "")
			sealTags(t, dir, append(tags, "tagmanifest-md5.txt")...)
		}, "tagmanifest-sha256.txt has a line that does not belong there"},
		"tag manifest lists payload":         {func(t *testing.T, dir string) { sealTags(t, dir, append(tags, "data/one")...) }, "tagmanifest-sha256.txt has a line that does not belong there"},
		"tag manifest lacks a manifest":      {func(t *testing.T, dir string) { sealTags(t, dir, "bagit.txt", "manifest-sha256.txt") }, "does not list manifest-sha512.txt"},
		"wrong Oxum":                         {write("bag-info.txt", "Payload-Oxum: 2.1\n"), "tells of 2 bytes in 1 files; there are 1 in 1"},
		"wrong count in Oxum":                {write("bag-info.txt", "payload-oxum: 1.2\n"), "tells of 1 bytes in 2 files"},
		"Oxum in words":                      {write("bag-info.txt", "Payload-Oxum: many\n"), "is not two numbers"},
		"negative Oxum":                      {write("bag-info.txt", "Payload-Oxum: -1.-1\n"), "is not two numbers"},
		"two Oxums":                          {write("bag-info.txt", "Payload-Oxum: 1.1\nPayload-Oxum: 1.1\n"), "has a second Payload-Oxum"},
		"bag-info without a label":           {write("bag-info.txt", "just text\n"), "has a line without a label"},
		"bag-info with a space before colon": {write("bag-info.txt", "Contact-Name : Ann\n"), "has a line without a label"},
		"bag-info begins with a space":       {write("bag-info.txt", " and so on\n"), "begins in the middle"},
		"bag-info not UTF-8":                 {write("bag-info.txt", "A: \xff\n"), "bag-info.txt is no readable text"},
		"bag-info without end":               {write("bag-info.txt", "A: "+strings.Repeat("x", infoLimit)), "bag-info.txt is no readable text"},
		"bag-info with a long line":          {write("bag-info.txt", "A: "+strings.Repeat("x", longestLine)+"\nB: c\n"), "has a line that is too long"},
		"file to be fetched": {func(t *testing.T, dir string) {
			remove("data/one")(t, dir)
			put(t, dir, "fetch.txt", "http://example.org/one 1 data/one\n")
		}, "to be fetched from elsewhere"},
		"fetch outside":               {write("fetch.txt", "http://example.org/one 1 ../one\n"), "fetch.txt has a line that does not belong there"},
		"fetch of a tag file":         {write("fetch.txt", "http://example.org/one 1 bag-info.txt\n"), "fetch.txt has a line that does not belong there"},
		"fetch of what is not listed": {write("fetch.txt", "http://example.org/one 1 data/three\n"), "data/three is in fetch.txt and in no manifest"},
		"fetch with a bad size":       {write("fetch.txt", "http://example.org/one big data/one\n"), "fetch.txt has a line that does not belong there"},
	}
	for name, c := range cases {
		dir := small(t)
		c.spoil(t, dir)
		r := check(t, dir)
		if !strings.Contains(strings.Join(r.Bad, "\n"), c.says) {
			t.Errorf("%s: %q", name, r.Bad)
		}
		if len(r.Bad) > 3 {
			t.Errorf("%s: one mistake is told %d times: %q", name, len(r.Bad), r.Bad)
		}
	}
}

func TestManyMistakesAreCounted(t *testing.T) {
	dir := small(t)
	for i := range tellMost + 5 {
		put(t, dir, fmt.Sprintf("data/x%d", i), "")
	}
	if r := check(t, dir); len(r.Bad) != tellMost || r.More != 5 {
		t.Errorf("%d and %d more", len(r.Bad), r.More)
	}
}

func TestACheckCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, small(t), t.TempDir(), nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzForeignManifest feeds manifests that anybody may have written: whatever they list, only what is below the
// folder is read, and a bag that is called valid is one that Seal could have made of the same files.
func FuzzForeignManifest(f *testing.F) {
	f.Add(sum256("1")+"  data/one\n", "A: b\n", "")
	f.Add(sum256("1")+"  data/%2e%2e/one\r", "Payload-Oxum: 1.1", "u 1 data/one")
	f.Add(sum256("1")+" *data/one\n", " x", "u - ../x\n")
	f.Fuzz(func(t *testing.T, manifest, info, fetch string) {
		dir := t.TempDir()
		put(t, dir, "data/one", "1")
		put(t, dir, "bagit.txt", declared)
		put(t, dir, "manifest-sha256.txt", manifest)
		put(t, dir, "bag-info.txt", info)
		put(t, dir, "fetch.txt", fetch)
		var names []string
		r, err := Check(t.Context(), dir, t.TempDir(), func(name string, _ map[string]string) string {
			names = append(names, name)
			return ""
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Valid() && (len(names) != 1 || names[0] != "data/one" || !strings.Contains(strings.ToLower(manifest), sum256("1"))) {
			t.Errorf("called valid with %q", names)
		}
	})
}
