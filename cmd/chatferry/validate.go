package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// validateOptions are the arguments and flags of "chatferry validate".
type validateOptions struct {
	varFlags
	Files []string
	JSON  bool
}

func (a *app) validate() *cobra.Command {
	var o validateOptions
	c := &cobra.Command{
		Use:     "validate PIPELINE.hcl...",
		GroupID: groupWrite,
		Short:   "Check a pipeline without running it",
		Long: `Validate finds every mistake in a pipeline: in its language, in references, in the
settings of plugins, in expressions. Each is shown at its line, with what to do.`,
		Example:           `  chatferry validate leave-slack.hcl --var dump=acme-export.zip`,
		Args:              takesFiles,
		ValidArgsFunction: pipelineFiles,
		RunE: func(c *cobra.Command, args []string) error {
			o.Files = args
			if err := o.check(); err != nil {
				return err
			}
			return a.runValidate(c.Context(), o)
		},
	}
	o.add(c)
	c.Flags().BoolVar(&o.JSON, "json", false, "print the mistakes as JSON")
	return c
}

// validation is what "chatferry validate --json" prints.
type validation struct {
	Valid       bool                 `json:"valid"`
	Diagnostics pipeline.Diagnostics `json:"diagnostics"`
	Pipelines   []string             `json:"pipelines,omitempty"`
}

// Text implements texter.
func (v validation) Text(w io.Writer, _ int) error {
	for _, name := range v.Pipelines {
		if _, err := fmt.Fprintf(w, "pipeline %s is valid\n", safe.Text(name)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) runValidate(ctx context.Context, o validateOptions) (err error) {
	k := newCatalog(ctx)
	defer func() {
		if cerr := k.close(); err == nil {
			err = cerr
		}
	}()
	file, diags := pipeline.Load(o.Files, k.options(o.varFlags))
	if !diags.HasErrors() {
		found, err := a.openAll(ctx, file)
		if err != nil {
			return err
		}
		diags = append(diags, found...)
	}
	v := validation{Valid: !diags.HasErrors(), Diagnostics: diags}
	if v.Valid {
		for _, p := range file.Pipelines {
			v.Pipelines = append(v.Pipelines, p.Name)
		}
	}
	if !o.JSON {
		if err := a.showDiagnostics(file, diags); err != nil {
			return err
		}
	}
	if v.Diagnostics == nil {
		v.Diagnostics = pipeline.Diagnostics{}
	}
	if err := a.show(v, o.JSON); err != nil {
		return err
	}
	if !v.Valid {
		return verdict(fault.ExitConfig)
	}
	return nil
}

// openAll opens what every pipeline of the file names, which finds the mistakes that only a plugin can
// find. Nothing is read or written.
func (a *app) openAll(ctx context.Context, file *pipeline.File) (pipeline.Diagnostics, error) {
	s, err := a.session(runFlags{Progress: "none"})
	if err != nil {
		return nil, err
	}
	defer s.close()
	var found pipeline.Diagnostics
	for _, p := range file.Pipelines {
		j, err := job.Open(ctx, job.Options{Host: s.host, File: file, Pipeline: p})
		if err == nil {
			err = errors.Join(j.OpenSources(ctx), j.Close())
		}
		var placed *job.Placed
		switch {
		case errors.As(err, &placed) && fault.ClassOf(err) == fault.Config:
			for _, d := range file.Locate(placed.Address, placed.Err) {
				d.Warning = errors.Is(err, job.ErrAbsent) // a pipeline may be checked before its dump is there
				found = append(found, d)
			}
		case err != nil:
			return nil, err
		}
	}
	return found, nil
}

// diagnosticEvent is how a mistake looks with "--progress json".
type diagnosticEvent struct {
	Event string `json:"event"`
	pipeline.Diagnostic
}

func (a *app) jsonDiagnostic(d pipeline.Diagnostic) error {
	return report.JSON(a.stderr, diagnosticEvent{"diagnostic", d})
}
