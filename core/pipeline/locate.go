package pipeline

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/fault"
)

// Locate places an error that came back from a plugin, or from anything else that was given an
// address ("source.slack.acme", "plugin.x", "pipeline.x"), at the setting the error names, else at
// the block. Joined errors give a diagnostic each.
func (f *File) Locate(address string, err error) Diagnostics {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out Diagnostics
		for _, e := range joined.Unwrap() {
			out = append(out, f.Locate(address, e)...)
		}
		return out
	}
	p := f.places[address]
	at := p.block
	message, hint := explain(address, err)
	setting := settingOf(err)
	for name := setting; name != ""; {
		if r, ok := p.settings[name]; ok {
			at = r
			break
		}
		i := strings.LastIndexByte(name, '.')
		name = name[:max(i, 0)]
	}
	return Diagnostics{mistake(at, hint, "%s", message)}
}

// Rule gives the place ("move.hcl:12") and the text of a setting of an instance, or of the whole block's
// head when it has no such setting; "" when the address is not in the files. The place names the file
// without its folder, so that it is the same wherever the file stands.
func (f *File) Rule(address, setting string) (where, text string) {
	p, ok := f.places[address]
	if !ok {
		return "", ""
	}
	at := p.block
	if r, ok := p.settings[setting]; ok {
		at = r
	}
	src := f.texts[at.Filename]
	if src == nil || !at.CanSliceBytes(src.Bytes) {
		return "", ""
	}
	return filepath.Base(at.Filename) + ":" + strconv.Itoa(at.Start.Line), string(at.SliceBytes(blank(src.Bytes, at.Filename)))
}

// settingOf is the first setting named in an error's chain.
func settingOf(err error) string {
	for {
		var f *fault.Error
		if !errors.As(err, &f) {
			return ""
		}
		if f.Setting != "" {
			return f.Setting
		}
		err = f.Err
	}
}

// explain puts an error into a message and a hint.
func explain(address string, err error) (message, hint string) {
	setting := settingOf(err)
	hint = fault.HintOf(err)
	if hint != "" {
		hint = sentence(hint)
	}
	if setting == "" {
		return fmt.Sprintf("%s: %v", address, err), hint
	}
	cause := err
	for {
		var f *fault.Error
		if !errors.As(cause, &f) || f.Err == nil {
			break
		}
		cause = f.Err
	}
	return fmt.Sprintf("%s: the setting %q: %v", address, setting, cause), hint
}

// sentence makes a clause one: a capital first, a full stop last.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(s[size:], ".") + "."
}
