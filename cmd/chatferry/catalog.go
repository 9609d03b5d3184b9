package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/core/transform"
	"github.com/chatferry/chatferry/plugins"
)

// catalog tells core/pipeline which plugins there are and what settings they have: built-in ones
// from their values, a third party's by starting its program once.
type catalog struct {
	ctx     context.Context // of the one call that the catalog is made for
	host    *host.Host      // nil until a third party's plugin is named
	foreign map[string]plugin.Manifest
}

func newCatalog(ctx context.Context) *catalog {
	return &catalog{ctx: ctx, foreign: map[string]plugin.Manifest{}}
}

// options are what the pipeline language needs to know.
func (k *catalog) options(vars varFlags) pipeline.Options {
	return pipeline.Options{Settings: k.settings, Known: k.known, Plugin: k.add, Vars: vars.Vars, VarFiles: vars.VarFiles}
}

func (k *catalog) close() error {
	if k.host == nil {
		return nil
	}
	return k.host.Close()
}

// known names the built-in plugins of a kind.
func (k *catalog) known(kind string) []string {
	switch kind {
	case "source":
		return sourceNames()
	case "sink":
		return sinkNames()
	}
	names := pluginNames(func(p plugin.Plugin) bool { return p.Transform != nil })
	for _, k := range transform.Kinds() {
		names = append(names, k.Name)
	}
	slices.Sort(names)
	return names
}

// add starts the program of a plugin block and asks what it is.
func (k *catalog) add(p pipeline.Plugin) error {
	if k.host == nil {
		h, err := host.New(host.Options{Builtins: plugins.Builtin()})
		if err != nil {
			return err
		}
		k.host = h
	}
	m, err := k.host.Describe(k.ctx, host.Ref{Name: p.Name, Path: p.Source, SHA256: p.SHA256})
	if err != nil {
		return err
	}
	k.foreign[p.Name] = m
	return nil
}

// settings lists the settings of a plugin.
func (k *catalog) settings(kind, name string) ([]plugin.Setting, error) {
	for _, k := range transform.Kinds() {
		if k.Name == name && kind == "transform" {
			return k.Settings, nil
		}
	}
	m, ok := k.foreign[name]
	for _, p := range plugins.Builtin() {
		if !ok && p.Name == name {
			m, ok = p.Manifest(), true
		}
	}
	switch {
	case !ok:
		return nil, fault.New(fault.Config, "find plugin", safe.Quote(name), "\"chatferry plugins\" lists those there are", errors.New("there is none of that name"))
	case kind == "source" && m.Source != nil:
		return m.Source.Settings, nil
	case kind == "sink" && m.Sink != nil:
		return m.Sink.Settings, nil
	case kind == "transform" && m.Transform != nil:
		return m.Transform.Settings, nil
	}
	return nil, fault.New(fault.Config, "find plugin", safe.Quote(name), "\"chatferry plugins\" says what each can do", fmt.Errorf("it is no %s", kind))
}

// load reads pipeline files, or what a run kept of them, and shows what is wrong with them. An error means
// that they can't be used; it has been shown. The caller closes the catalog.
func (a *app) load(ctx context.Context, files []string, vars varFlags, kept *pipeline.Kept, lenient bool) (*pipeline.File, *catalog, error) {
	k := newCatalog(ctx)
	o := k.options(vars)
	o.Kept, o.Lenient = kept, lenient
	file, diags := pipeline.Load(files, o)
	if lenient && !diags.HasErrors() {
		return file, k, nil
	}
	if err := a.showDiagnostics(file, diags); err != nil {
		return nil, nil, errors.Join(err, k.close())
	}
	if diags.HasErrors() {
		return nil, nil, firstError(k.close(), verdict(fault.ExitConfig))
	}
	return file, k, nil
}

// showDiagnostics shows mistakes and warnings on standard error.
func (a *app) showDiagnostics(file *pipeline.File, diags pipeline.Diagnostics) error {
	if len(diags) == 0 {
		return nil
	}
	if a.jsonErrors {
		for _, d := range diags {
			if err := a.jsonDiagnostic(d); err != nil {
				return err
			}
		}
		return nil
	}
	return file.Render(a.stderr, diags, progress.Width(a.stderr, 0), a.colour())
}
