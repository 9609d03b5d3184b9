// Package schema is the canonical model as JSON Schema (draft 2020-12), one file per record type,
// and a validator for canonical records.
//
// Invariants:
//   - The schemas and the structs of package message are the same model: tests here hold every
//     field and property against each other in both directions, and hold Record.Check against
//     the schemas on mutated records.
//   - Nothing is loaded from a network: the files are embedded, and a reference that leaves them
//     fails to compile.
//   - The schemas are strict. They describe canonical lines, in which empty means absent: a
//     property that is not known, an empty optional one, and a "false" are all invalid.
package schema

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/chatferry/chatferry/core/message"
)

// Base is what every schema's $id begins with. The number in it is message.Version.
const Base = "https://chatferry.org/schema/v1/"

//go:embed *.schema.json
var files embed.FS

// Files holds the schemas under their file names.
func Files() fs.FS { return files }

//go:embed proof.md VERIFY.md verify.py testdata/proof
var proof embed.FS

// Proof holds what anybody needs to compute a proof again: the description, how to use it, a program in
// Python, and vectors under "testdata/proof".
func Proof() fs.FS { return proof }

// Types are the record types that have a schema, in the order in which documents list them.
var Types = []string{
	message.TypePerson, message.TypeConversation, message.TypeMembership, message.TypeMessage,
	message.TypeRevision, message.TypeEmoji, message.TypeAnalysis,
}

// compiled holds the schema of each record type. It is built on first use: a run that validates
// nothing does not pay for it.
var compiled = sync.OnceValues(compile)

func compile() (map[string]*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("schema %s is not embedded", url)
	}
	names, err := fs.Glob(files, "*.schema.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			return nil, err
		}
		err = c.AddResource(Base+name, f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("load schema %s: %w", name, err)
		}
	}
	byType := map[string]*jsonschema.Schema{}
	for _, typ := range Types {
		s, err := c.Compile(Base + typ + ".schema.json")
		if err != nil {
			return nil, fmt.Errorf("compile schema %s: %w", typ, err)
		}
		byType[typ] = s
	}
	return byType, nil
}

// Validate checks one record, as its canonical line with or without the newline, against the
// schema that its "type" names. The error names the place and the rule, never a value.
func Validate(line []byte) error {
	schemas, err := compiled()
	if err != nil {
		return err
	}
	v, err := decode(string(line))
	if err != nil {
		return fmt.Errorf("validate record: %w", err)
	}
	record, ok := v.(map[string]any)
	if !ok {
		return errors.New("validate record: it is not an object")
	}
	typ, _ := record["type"].(string)
	s, ok := schemas[typ]
	if !ok {
		return errors.New("validate record: no known \"type\"")
	}
	if err := s.Validate(record); err != nil {
		return fmt.Errorf("validate %s record: %w", typ, describe(err))
	}
	return nil
}

// describe reduces a validation error to places and keywords: the library's own messages quote
// values, and those are somebody's messages.
func describe(err error) error {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return errors.New("the schema does not hold")
	}
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	at := strings.TrimPrefix(v.InstanceLocation, "/")
	for _, free := range []string{"ext/", "usage/"} { // keys below are the source's words
		if i := strings.Index(at, free); i >= 0 {
			at = at[:i+len(free)-1]
		}
	}
	if at == "" {
		at = "record"
	}
	_, rule, _ := strings.Cut(v.AbsoluteKeywordLocation, "#")
	return fmt.Errorf("%s breaks the rule %s", at, rule)
}
