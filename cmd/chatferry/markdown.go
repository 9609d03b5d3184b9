package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/safe"
)

// writeMarkdown documents a plugin as Markdown, for a README or a web page.
func writeMarkdown(w io.Writer, m *plugin.Manifest) error {
	var b strings.Builder
	if !strings.HasPrefix(m.Doc, "# ") {
		fmt.Fprintf(&b, "# %s\n\n%s\n\n", safe.Text(m.Name), safe.Text(m.Summary))
	}
	if m.Doc != "" {
		for _, line := range strings.Split(strings.TrimSpace(m.Doc), "\n") {
			b.WriteString(safe.Text(line) + "\n")
		}
	}
	for _, part := range parts(*m) {
		fmt.Fprintf(&b, "\n## %s\n\n", part.title)
		if len(part.settings) == 0 {
			b.WriteString("It has no settings.\n")
			continue
		}
		b.WriteString("| setting | type | default | what it does |\n|---|---|---|---|\n")
		for _, s := range part.settings {
			value := defaultOf(s)
			if value != "" && !s.Required {
				value = "`" + value + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", cell(s.Name), cell(typeOf(s)), cell(value), cell(helpOf(s)))
		}
	}
	if m.Sink != nil {
		b.WriteString("\n## What it cannot hold\n\n")
		rows := declared(m.Name, m.Sink.Projection)
		if len(rows) == 0 {
			b.WriteString("It holds everything.\n")
		} else {
			b.WriteString("| field | what happens | why |\n|---|---|---|\n")
		}
		for _, r := range rows {
			what := r.Action
			if r.Rule != "" {
				what += ": " + r.Rule
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", cell(r.Field), cell(what), cell(r.Why))
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// cell makes text fit for a cell of a Markdown table.
func cell(s string) string { return strings.ReplaceAll(safe.Text(s), "|", `\|`) }
