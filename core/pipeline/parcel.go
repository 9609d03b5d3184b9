package pipeline

import (
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/hashicorp/hcl/v2"
)

// Package is what a sink's finished folder is made into: a block of the sink.
type Package struct {
	Kind string            `json:"kind"`           // bagit
	Info map[string]string `json:"info,omitempty"` // lines for bag-info.txt by label
}

// Encrypt says for whom a sink's finished folder is encrypted: a block of the sink.
type Encrypt struct {
	Recipients []string `json:"recipients"` // public keys
}

// Packages are the kinds there are.
var Packages = []string{"bagit"}

var packageSettings = []plugin.Setting{{Name: "info", Type: "map", Help: "lines for bag-info.txt, such as \"Source-Organization\""}}

var encryptSettings = []plugin.Setting{{Name: "recipients", Type: "strings", Required: true, Help: "public keys of those who may read it: \"age1...\" or \"ssh-ed25519 ...\""}}

// readEncrypt reads the encrypt block of a sink.
func (l *loader) readEncrypt(address string, blocks hcl.Blocks) *Encrypt {
	b := l.single(address, "encrypt", blocks)
	if b == nil {
		return nil
	}
	got := l.decode(b, address, "An encrypt block", encryptSettings)
	e := &Encrypt{Recipients: got.texts("recipients")}
	for _, r := range e.Recipients {
		if at := got.attrs["recipients"].Expr.Range(); strings.Contains(r, "SECRET-KEY") || strings.Contains(r, "PRIVATE KEY") {
			l.file.hidden = append(l.file.hidden, at)
			l.fail(at, "Give the public key that belongs to it.", "%s: a private key stands among the recipients", address)
		}
	}
	return e
}

// readPackage reads the package block of a sink.
func (l *loader) readPackage(address string, blocks hcl.Blocks) *Package {
	b := l.single(address, "package", blocks)
	if b == nil {
		return nil
	}
	got := l.decode(b, address, "A package block", packageSettings)
	if len(got.sensitive) > 0 {
		l.fail(b.DefRange, "Leave the secret out.", "%s: the package would show a secret in plain text", address)
	}
	p := &Package{Kind: b.Labels[0]}
	p.Info, _ = got.values["info"].(map[string]string)
	if !slices.Contains(Packages, p.Kind) {
		l.fail(b.LabelRanges[0], strings.TrimSpace(didYouMean(p.Kind, Packages, "There are:")), "%s: there is no kind of package %q", address, p.Kind)
	}
	return p
}

// single gives the only block of a type inside another, nil when there is none, and reports a second one.
func (l *loader) single(address, kind string, blocks hcl.Blocks) *hcl.Block {
	list := blocks.OfType(kind)
	if len(list) == 0 {
		return nil
	}
	for _, b := range list[1:] {
		l.fail(b.DefRange, "Merge it into the first.", "%s has a second %s block", address, kind)
	}
	return list[0]
}

// Wrapped tells whether something is made of the sink's folder, so that the sink does not write into Path itself.
func (i *Instance) Wrapped() bool { return i.Package != nil || i.Encrypt != nil }
