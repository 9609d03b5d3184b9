package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
)

// Bounds on what is handed to a recursive parser.
const (
	maxFile  = 1 << 20 // bytes of one file
	maxFiles = 1000
	maxDepth = 100  // brackets and templates inside each other
	maxChain = 1000 // operators in one expression
)

// expand turns paths into the files they mean: a folder means its *.hcl and *.hcl.json, sorted.
func expand(paths []string) ([]string, Diagnostics) {
	var files []string
	var diags Diagnostics
	seen := map[string]bool{}
	add := func(p string) {
		if !seen[filepath.Clean(p)] {
			seen[filepath.Clean(p)] = true
			files = append(files, p)
		}
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			diags = append(diags, mistake(hcl.Range{}, "Check the path of the pipeline file.", "The pipeline file %q cannot be read: %s", p, plainCause(err)))
			continue
		}
		if !info.IsDir() {
			add(p)
			continue
		}
		list, err := os.ReadDir(p)
		if err != nil {
			diags = append(diags, mistake(hcl.Range{}, "Check the folder's permissions.", "The folder %q cannot be read: %s", p, plainCause(err)))
			continue
		}
		n := 0
		for _, e := range list {
			name := e.Name()
			if e.IsDir() || strings.HasPrefix(name, ".") || !(strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json")) {
				continue
			}
			n++
			add(filepath.Join(p, name))
		}
		if n == 0 {
			diags = append(diags, mistake(hcl.Range{}, "Give a .hcl file, or a folder that holds some.", "The folder %q holds no *.hcl file", p))
		}
	}
	if len(files) > maxFiles {
		diags = append(diags, mistake(hcl.Range{}, "Give the files of one pipeline.", "%d pipeline files are too many", len(files)))
		files = nil
	}
	return files, diags
}

// parse reads one file of either syntax. The result is nil when it cannot be used.
func (l *loader) parse(name string) (*hcl.File, Diagnostics) {
	src, err := l.source(name)
	if err != nil {
		return nil, Diagnostics{mistake(hcl.Range{}, "Check the path and its permissions.", "The file %q cannot be read: %s", name, plainCause(err))}
	}
	return l.file.parseText(name, src)
}

func (f *File) parseText(name string, src []byte) (*hcl.File, Diagnostics) {
	f.texts[name] = &hcl.File{Bytes: src}
	isJSON := strings.HasSuffix(name, ".json")
	bound := boundNative
	if isJSON {
		bound = boundJSON
	}
	if d := bound(name, src); d != nil {
		return nil, Diagnostics{*d}
	}
	var file *hcl.File
	var diags hcl.Diagnostics
	if isJSON {
		file, diags = hcljson.Parse(src, name)
	} else {
		file, diags = hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	}
	if diags.HasErrors() || file == nil {
		return nil, fromHCL(diags).sorted().onePerLine()
	}
	f.texts[name] = file
	return file, fromHCL(diags)
}

func boundNative(name string, src []byte) *Diagnostic {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // the parser reports what the lexer finds
	return boundTokens(tokens)
}

// boundTokens refuses what would make the parser or the evaluator recurse deeply: brackets inside
// brackets, and long chains of operators.
func boundTokens(tokens hclsyntax.Tokens) *Diagnostic {
	chain := []int{0}
	lines := []bool{true} // per level: does a newline end an expression?
	for _, t := range tokens {
		top := len(chain) - 1
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			chain[top]++
			chain, lines = append(chain, 0), append(lines, t.Type == hclsyntax.TokenOBrace)
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			if top > 0 {
				chain, lines = chain[:top], lines[:top]
			}
		case hclsyntax.TokenComma:
			chain[top] = 0
		case hclsyntax.TokenNewline:
			if lines[top] {
				chain[top] = 0
			}
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenEqual, hclsyntax.TokenComment, hclsyntax.TokenEOF:
		default:
			chain[top]++
		}
		if len(chain) > maxDepth || chain[len(chain)-1] > maxChain {
			d := mistake(t.Range, "Split it into locals, or write a list on several lines.", "This expression is too deep or too long to be read safely")
			return &d
		}
	}
	return nil
}

// boundJSON walks the JSON without recursion and applies the native bounds to each string, which
// may be a template.
func boundJSON(name string, src []byte) *Diagnostic {
	dec := json.NewDecoder(bytes.NewReader(src))
	depth := 0
	at := func() hcl.Range {
		n := int(dec.InputOffset())
		head := src[:n]
		pos := hcl.Pos{Line: 1 + bytes.Count(head, []byte{'\n'}), Column: 1 + n - (bytes.LastIndexByte(head, '\n') + 1), Byte: n}
		return hcl.Range{Filename: name, Start: pos, End: pos}
	}
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			d := mistake(at(), "Check commas, quotes and brackets near this place.", "The file is not valid JSON")
			return &d
		}
		switch t := t.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
			} else {
				depth--
			}
		case string:
			for _, lex := range []func([]byte, string, hcl.Pos) (hclsyntax.Tokens, hcl.Diagnostics){hclsyntax.LexTemplate, hclsyntax.LexExpression} {
				tokens, _ := lex([]byte(t), name, hcl.InitialPos)
				if d := boundTokens(tokens); d != nil {
					*d = mistake(at(), d.Hint, "%s", d.Message)
					return d
				}
			}
		}
		if depth > maxDepth {
			d := mistake(at(), "A pipeline needs no such depth.", "The JSON is nested too deeply")
			return &d
		}
	}
}

// readBounded reads a regular file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, errors.New("it is larger than 1 MiB")
	}
	return b, nil
}

// plainCause is an error without the path the caller names anyway.
func plainCause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
