package pipeline

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format lays a pipeline file out in the one canonical way: what "chatferry fmt" writes. Formatting
// its own result changes nothing. A file with mistakes of syntax is left alone; the error says where.
func Format(src []byte) ([]byte, error) {
	const name = "this file"
	if d := boundNative(name, src); d != nil {
		return nil, Diagnostics{*d}.Err()
	}
	if _, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos); diags.HasErrors() {
		return nil, fromHCL(diags).Err()
	}
	out := src
	for range 4 { // one pass can make room for the next; two are enough for what people write
		next := hclwrite.Format(out)
		if n := len(next); n > 0 && next[n-1] != '\n' {
			next = append(next, '\n')
		}
		if bytes.Equal(next, out) {
			break
		}
		out = next
	}
	return out, nil
}
