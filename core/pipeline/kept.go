package pipeline

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Kept is what it takes to load the same files again when they are gone, without a secret: secrets stand in
// no file that loads, comments are blanked out, and a value from outside that reaches a secret setting, or
// whose variable is sensitive, is left out.
type Kept struct {
	Texts []KeptText  `json:"texts,omitempty"`
	Given []KeptValue `json:"given,omitempty"`
	// From is the output folder whose books it comes from. No plugin's program inside it is started: who
	// verifies a folder that came from somebody else must not run what came with it.
	From string `json:"-"`
}

// KeptText is one file. A Name that is no absolute path stands for no file.
type KeptText struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// KeptValue is what a variable was given from outside, in HCL.
type KeptValue struct {
	Name string `json:"name"`
	HCL  string `json:"hcl"`
	Dir  string `json:"dir"` // what relative paths in it mean
}

// ofVariable marks a value with the variable that it came from.
type ofVariable string

// Kept is what to load the file from again.
func (f *File) Kept() Kept {
	k := Kept{Given: f.given}
	for _, name := range f.names {
		text := KeptText{Name: name, Text: string(blank(f.texts[name].Bytes, name))}
		if abs, err := filepath.Abs(name); err == nil && !f.again {
			text.Name = abs
		}
		k.Texts = append(k.Texts, text)
	}
	return k
}

// Changed names the files that are still there and say something else now.
func (k Kept) Changed() []string {
	var list []string
	for _, t := range k.Texts {
		if !filepath.IsAbs(t.Name) {
			continue
		}
		if b, err := readBounded(t.Name, maxFile); err == nil && lines(string(blank(b, t.Name))) != lines(t.Text) {
			list = append(list, t.Name)
		}
	}
	return list
}

// lines is a text without what a blanked comment leaves: empty lines and spaces at the ends.
func lines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// blank replaces comments by spaces, so that every place stays what it was. JSON has none.
func blank(src []byte, name string) []byte {
	if filepath.Ext(name) == ".json" {
		return src
	}
	out := bytes.Clone(src)
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // it parsed before
	for _, t := range tokens {
		if t.Type != hclsyntax.TokenComment {
			continue
		}
		for i := t.Range.Start.Byte; i < t.Range.End.Byte; i++ {
			if c := out[i]; c != '\n' && c != '\r' {
				out[i] = ' '
			}
		}
	}
	return out
}

// keep remembers a value from outside, unless it may be a secret.
func (l *loader) keep(v Variable, g given, value cty.Value) {
	if v.Sensitive {
		return
	}
	plain := g.value
	if plain == cty.NilVal {
		plain = cty.StringVal(g.text)
	}
	plain, _ = plain.UnmarkDeep()
	if !plain.IsWhollyKnown() || !value.IsWhollyKnown() {
		return
	}
	dir, err := filepath.Abs(g.base)
	if err != nil {
		return
	}
	l.file.given = append(l.file.given, KeptValue{Name: v.Name, HCL: string(hclwrite.TokensForValue(plain).Bytes()), Dir: dir})
}

// forget takes back the values that reached a secret setting.
func (l *loader) forget(marks cty.ValueMarks) {
	for m := range marks {
		if name, ok := m.(ofVariable); ok {
			l.file.given = slices.DeleteFunc(l.file.given, func(k KeptValue) bool { return k.Name == string(name) })
		}
	}
}

// keptValues are the values that the run was given.
func (k *Kept) values() map[string]given {
	values := map[string]given{}
	if k == nil {
		return values
	}
	for _, x := range k.Given {
		if boundNative(x.Name, []byte(x.HCL)) != nil {
			continue
		}
		expr, diags := hclsyntax.ParseExpression([]byte(x.HCL), x.Name, hcl.InitialPos)
		if diags.HasErrors() {
			continue
		}
		if v, diags := expr.Value(nil); !diags.HasErrors() {
			values[x.Name] = given{value: v, from: "the run before", base: x.Dir}
		}
	}
	return values
}

// foreign tells whether a program came with the folder that the text comes from.
func (k *Kept) foreign(file, program string) bool {
	if k == nil {
		return false
	}
	real, err := filepath.EvalSymlinks(program)
	from, ferr := filepath.EvalSymlinks(k.From)
	return !filepath.IsAbs(file) || err == nil && ferr == nil && inside(real, from)
}

// source gives the bytes of a file: those that were kept, or what is on the disk.
func (l *loader) source(name string) ([]byte, error) {
	if l.opts.Kept != nil {
		for _, t := range l.opts.Kept.Texts {
			if t.Name == name {
				return []byte(t.Text), nil
			}
		}
	}
	return readBounded(name, maxFile)
}

// names lists the files to load.
func (l *loader) names(paths []string) ([]string, Diagnostics) {
	if l.opts.Kept == nil {
		return expand(paths)
	}
	var names []string
	for _, t := range l.opts.Kept.Texts {
		names = append(names, t.Name)
	}
	return names, nil
}

// forgive makes every mistake a warning: the text loaded when it ran, so that only what it refers to can have
// gone since. What cannot be used is Incomplete.
func (l *loader) forgive() {
	for i := range l.diags {
		l.diags[i].Warning = true
	}
}
