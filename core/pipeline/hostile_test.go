package pipeline

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatWouldExhaustTheParserIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 20000) + strings.Repeat("]", 20000)
	for name, text := range map[string]string{
		"deep.hcl":       "locals {\n  a = " + deep + "\n}\n",
		"blocks.hcl":     strings.Repeat("a {\n", 20000),
		"bang.hcl":       "locals {\n  a = " + strings.Repeat("!", 20000) + "true\n}\n",
		"sum.hcl":        "locals {\n  a = " + strings.Repeat("1+", 20000) + "1\n}\n",
		"sum_lines.hcl":  "locals {\n  a = (" + strings.Repeat("1+\n", 20000) + "1)\n}\n",
		"ternary.hcl":    "locals {\n  a = " + strings.Repeat("true?1:", 20000) + "1\n}\n",
		"template.hcl":   "locals {\n  a = " + strings.Repeat("\"${", 20000) + "\n}\n",
		"if.hcl":         "locals {\n  a = \"" + strings.Repeat("%{if true}", 5000) + "\"\n}\n",
		"index.hcl":      "locals {\n  a = b" + strings.Repeat("[0]", 20000) + "\n}\n",
		"large.hcl":      "# " + strings.Repeat("x", maxFile) + "\n",
		"deep.hcl.json":  `{"locals": {"a": ` + deep + `}}`,
		"text.hcl.json":  `{"locals": {"a": "${` + strings.Repeat("(", 20000) + `}"}}`,
		"label.hcl.json": `{"pipeline": {"p": {"from": ["` + strings.Repeat("a[", 20000) + `"]}}}`,
		"double.hcl":     "locals {\n  a0 = \"" + strings.Repeat("x", 1000) + "\"\n" + doubling(30) + "}\n",
		"vars.hcl":       "locals {\n  a = [" + strings.Repeat("var.x,", 5000) + "]\n}\n",
		"wide.hcl":       "locals {\n  a = format(\"%999999999d\", 1)\n}\n",
	} {
		f, diags := Load([]string{write(t, filepath.Join(t.TempDir(), name), text)}, testOptions())
		if !diags.HasErrors() {
			t.Errorf("%s is accepted", name)
		}
		if got := rendered(t, f, diags); len(got) > 60000 {
			t.Errorf("%s: %d bytes of diagnostics", name, len(got))
		}
	}
}

func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  a%d = \"${local.a%d}${local.a%d}\"\n", i+1, i, i)
	}
	return b.String()
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(around, "", "", "")), false)
	f.Add([]byte(`locals { a = local.b
b = format("%5d", local.a) }`), false)
	f.Add([]byte(`{"locals": {"a": "${split(\",\", \"x\")[0]}"}}`), true)
	f.Add([]byte("transform \"filter\" \"f\" {\n where = contains(msg.labels, \"x\") && msg.attachments[*].name == []\n}"), false)
	f.Add([]byte("transform \"rewrite\" \"f\" {\n set = { \"message.text\" = join(\",\", [for a in msg.links : a.url]) }\n}"), false)
	f.Add([]byte(strings.Repeat("a = [", 200)), false)
	for _, name := range []string{"mistakes/cycle.hcl", "mistakes/literal_secret.hcl", "mistakes/where_type.hcl"} {
		if b, err := os.ReadFile(filepath.Join("testdata", name)); err == nil {
			f.Add(b, false)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, isJSON bool) {
		name := "fuzz.hcl"
		if isJSON {
			name += ".json"
		}
		l := newLoader(testOptions())
		file, diags := l.file.parseText(name, src)
		l.diags = diags
		if file != nil {
			l.collect(file)
			l.decodeAll()
		}
		var b bytes.Buffer
		if err := l.file.Render(&b, l.diags.sorted(), 80, false); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(b.Bytes(), "\x1b\x00\x07\r") {
			t.Fatalf("control characters in %q", b.String())
		}
		_ = l.file.String()
	})
}
