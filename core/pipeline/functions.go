package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// impureNames may be used in a file but not in a per-record expression.
var impureNames = []string{"env", "file", "glob", "secret"}

// impure are the functions that look outside the file: at load time only.
func (l *loader) impure(dir string) map[string]function.Function {
	text := func(name string, f func(string) (cty.Value, error)) function.Function {
		return function.New(&function.Spec{
			Params: []function.Parameter{{Name: name, Type: cty.String}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				v, err := f(args[0].AsString())
				if err != nil {
					return cty.NilVal, function.NewArgError(0, err)
				}
				return v, nil
			},
		})
	}
	return map[string]function.Function{
		"env": text("name", func(name string) (cty.Value, error) {
			v, err := l.env(name)
			return cty.StringVal(v).Mark(outside), err
		}),
		"file": text("path", func(path string) (cty.Value, error) {
			v, err := readText(resolve(dir, path))
			return cty.StringVal(v), err
		}),
		"secret": text("place", func(where string) (cty.Value, error) {
			v, err := l.secret(dir, where)
			return cty.StringVal(v).Mark(sensitive), err
		}),
		"glob": globFunction(dir),
	}
}

func (l *loader) env(name string) (string, error) {
	v, ok := l.opts.Env(name)
	if !ok {
		return "", fmt.Errorf("the environment variable %q is not set; set it before the start", name)
	}
	if !utf8.ValidString(v) {
		return "", errors.New("the environment variable is not valid UTF-8")
	}
	return v, nil
}

// secret reads "env:NAME" or "file:path".
func (l *loader) secret(dir, where string) (string, error) {
	kind, rest, _ := strings.Cut(where, ":")
	switch kind {
	case "env":
		v, err := l.env(rest)
		if err == nil && v == "" {
			err = fmt.Errorf("the environment variable %q is empty", rest)
		}
		return v, err
	case "file":
		path := resolve(dir, rest)
		info, err := os.Stat(path)
		if err != nil {
			return "", errors.New("the file cannot be read: " + plainCause(err))
		}
		if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			return "", errors.New("others can read or change the file; run: chmod 600 on it")
		}
		v, err := readText(path)
		return strings.TrimRight(v, "\r\n"), err
	}
	return "", errors.New("write \"env:NAME\" or \"file:path\"")
}

func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func readText(path string) (string, error) {
	b, err := readBounded(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("the file does not exist; relative paths begin at the folder of the pipeline file")
	case err != nil:
		return "", errors.New("the file cannot be read: " + plainCause(err))
	case !utf8.Valid(b):
		return "", errors.New("the file is not valid UTF-8")
	}
	return string(b), nil
}

const maxMatches = 10000

// globFunction lists the paths that match a pattern, absolute and sorted.
func globFunction(dir string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.List(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			root, err := filepath.Abs(dir)
			if err != nil {
				return cty.NilVal, err
			}
			list, err := filepath.Glob(resolve(root, args[0].AsString()))
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(0, "the pattern is not valid")
			}
			if len(list) > maxMatches {
				return cty.NilVal, function.NewArgErrorf(0, "the pattern matches more than %d files", maxMatches)
			}
			return listOf(sortedStrings(list)), nil
		},
	})
}

func listOf(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	values := make([]cty.Value, len(list))
	for i, s := range list {
		values[i] = cty.StringVal(s)
	}
	return cty.ListVal(values)
}

// pure are the functions that depend on their arguments alone.
func pure() map[string]function.Function {
	table := textFunctions()
	for name, f := range timeFunctions() {
		table[name] = f
	}
	return table
}
