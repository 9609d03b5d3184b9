package main

import (
	"context"

	"github.com/spf13/cobra"
)

// runOptions are the arguments and flags of "chatferry run".
type runOptions struct {
	runFlags
	signFlags
	varFlags
	Files    []string
	NoVerify bool
}

func (a *app) run() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:     "run PIPELINE.hcl...",
		GroupID: groupMove,
		Short:   "Run a pipeline",
		Long: `Run delivers what the pipeline's sources hold into its sinks and reads the result
back. It can be interrupted at any moment, in any way: run it again to go on. When
all is delivered, it says so; when the sources have grown, it delivers what is new.`,
		Example: `  chatferry run leave-slack.hcl
  chatferry run leave-slack.hcl --var dump=acme-export.zip --progress json 2>events.ndjson`,
		Args:              takesFiles,
		ValidArgsFunction: pipelineFiles,
		RunE: func(c *cobra.Command, args []string) error {
			o.Files = args
			if err := firstError(o.runFlags.check(), o.varFlags.check()); err != nil {
				return err
			}
			return a.runRun(c.Context(), o)
		},
	}
	o.varFlags.add(c)
	c.Flags().BoolVar(&o.NoVerify, "no-verify", false, "do not read the targets back; the exit code is then 12 at best")
	o.runFlags.add(c)
	o.addSign(c)
	return c
}

func (a *app) runRun(ctx context.Context, o runOptions) error {
	prove, err := o.signFlags.options(a)
	if err != nil {
		return err
	}
	s, err := a.start(ctx, o.runFlags, o.Files, o.varFlags)
	if err != nil {
		return err
	}
	defer s.close()
	s.prove = prove
	return s.execute(ctx, !o.NoVerify)
}
