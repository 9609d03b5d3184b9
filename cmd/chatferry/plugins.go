package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/plugins"
)

func sourceNames() []string {
	return pluginNames(func(p plugin.Plugin) bool { return p.Source != nil })
}

func sinkNames() []string {
	return pluginNames(func(p plugin.Plugin) bool { return p.Sink != nil })
}

func pluginNames(want func(plugin.Plugin) bool) []string {
	var names []string
	for _, p := range plugins.Builtin() {
		if want(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

func (a *app) plugins() *cobra.Command {
	var asJSON, markdown bool
	c := &cobra.Command{
		Use:     "plugins [NAME]",
		GroupID: groupWrite,
		Short:   "List the plugins, or document one of them",
		Long: `Without a name, plugins lists what can be read and written. With a name, it
documents that plugin: what it does, its settings, and what a target cannot hold.
All of it comes from the plugin's own manifest.`,
		Example: `  chatferry plugins
  chatferry plugins mattermost
  chatferry plugins slack --markdown`,
		Args: takes("[NAME]"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return pluginNames(func(plugin.Plugin) bool { return true }), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := chosen(args)
			if err != nil {
				return err
			}
			switch {
			case markdown:
				for i := range list {
					if err := writeMarkdown(a.stdout, &list[i]); err != nil {
						return err
					}
				}
				return nil
			case len(args) == 1:
				return a.show(manifest(list[0]), asJSON)
			}
			return a.show(manifests(list), asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&markdown, "markdown", false, "print the documentation as Markdown")
	c.MarkFlagsMutuallyExclusive("json", "markdown")
	return c
}

// chosen gives the manifests of the named plugins, of all when none is named.
func chosen(args []string) ([]plugin.Manifest, error) {
	var list []plugin.Manifest
	for _, p := range plugins.Builtin() {
		if len(args) == 0 || p.Name == args[0] {
			list = append(list, p.Manifest())
		}
	}
	if len(args) == 1 && len(list) == 0 {
		hint := "see \"chatferry plugins\" for those there are"
		if like := closest(args[0], pluginNames(func(plugin.Plugin) bool { return true })); like != "" {
			hint = "did you mean " + like + "? " + hint
		}
		return nil, fault.New(fault.Config, "find plugin", safe.Quote(args[0]), hint, errors.New("there is none of that name"))
	}
	return list, nil
}

// manifests is the list of plugins as a result.
type manifests []plugin.Manifest

// Text implements texter.
func (list manifests) Text(w io.Writer, width int) error {
	t := report.Table{Columns: []report.Column{{Head: "name"}, {Head: "version"}, {Head: "reads"}, {Head: "writes"}, {Head: "what it is"}}}
	mark := func(is bool) string {
		if is {
			return "yes"
		}
		return "-"
	}
	for _, m := range list {
		t.Add(m.Name, m.Version, mark(m.Source != nil), mark(m.Sink != nil), m.Summary)
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\n\"chatferry plugins NAME\" shows the settings of one.")
	return err
}

// manifest is one plugin as a result.
type manifest plugin.Manifest

// Text implements texter.
func (m manifest) Text(w io.Writer, width int) error {
	fmt.Fprintf(w, "%s %s: %s\n", safe.Text(m.Name), safe.Text(m.Version), safe.Text(m.Summary))
	if m.Doc != "" {
		fmt.Fprintln(w)
		for _, line := range strings.Split(strings.TrimSpace(m.Doc), "\n") {
			fmt.Fprintln(w, safe.Text(line))
		}
	}
	for _, part := range parts(plugin.Manifest(m)) {
		fmt.Fprintf(w, "\n%s\n", part.title)
		if len(part.settings) == 0 {
			fmt.Fprintln(w, "  It has no settings.")
			continue
		}
		t := report.Table{Columns: []report.Column{{Head: "setting"}, {Head: "type"}, {Head: "default", Most: 24}, {Head: "what it does"}}}
		for _, s := range part.settings {
			t.Add(s.Name, typeOf(s), defaultOf(s), helpOf(s))
		}
		if err := t.Write(w, width); err != nil {
			return err
		}
	}
	if m.Sink != nil {
		return report.Losses(w, []string{m.Name}, declared(m.Name, m.Sink.Projection), width)
	}
	return nil
}

// part is one role of a plugin.
type part struct {
	title    string
	settings []plugin.Setting
}

func parts(m plugin.Manifest) []part {
	var list []part
	if m.Source != nil {
		list = append(list, part{"Settings as a source", m.Source.Settings})
	}
	if m.Sink != nil {
		list = append(list, part{"Settings as a sink", m.Sink.Settings})
	}
	if m.Transform != nil {
		list = append(list, part{"Settings as a transform", m.Transform.Settings})
	}
	return list
}

func typeOf(s plugin.Setting) string {
	if s.Secret {
		return s.Type + ", secret"
	}
	return s.Type
}

func defaultOf(s plugin.Setting) string {
	if s.Required {
		return "required"
	}
	return s.Default
}

func helpOf(s plugin.Setting) string {
	if len(s.Choices) > 0 {
		return s.Help + " (" + strings.Join(s.Choices, ", ") + ")"
	}
	return s.Help
}

// declared lists what a projection says a target cannot hold, without counts: nothing is read.
func declared(sink string, p plugin.Projection) []report.LossRow {
	var rows []report.LossRow
	for _, rules := range []map[string]plugin.Rule{p.Types, p.Fields} {
		var names []string
		for name, r := range rules {
			if r.Action != plugin.Exact {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			r := rules[name]
			rows = append(rows, report.LossRow{Sink: sink, Field: name, Action: string(r.Action), Rule: r.Name, Why: r.Why, Count: -1})
		}
	}
	return rows
}
