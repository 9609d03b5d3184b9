package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/progress"
)

// retryOptions are the arguments and flags of "chatferry retry".
type retryOptions struct {
	runFlags
	signFlags
	varFlags
	Target string // an output folder, or a pipeline file
}

func (a *app) retry() *cobra.Command {
	o := retryOptions{Target: "."}
	c := &cobra.Command{
		Use:     "retry [OUT|PIPELINE.hcl]",
		GroupID: groupCheck,
		Short:   "Try the rejected records again",
		Long: `Retry delivers again what is in quarantine, after the cause is gone: a repaired
dump, a changed setting, a newer plugin. Records that now succeed move from rejected
to delivered; the books keep both. Without OUT it is the present folder.`,
		Example: `  chatferry retry ./out`,
		Args:    takes("[OUT or PIPELINE.hcl]"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Target = args[0]
			}
			if err := firstError(o.runFlags.check(), o.varFlags.check()); err != nil {
				return err
			}
			return a.runRetry(c.Context(), o)
		},
	}
	o.varFlags.add(c)
	o.runFlags.add(c)
	o.addSign(c)
	return c
}

func (a *app) runRetry(ctx context.Context, o retryOptions) error {
	s, err := a.signing(o.runFlags, o.signFlags)
	if err != nil {
		return err
	}
	defer s.close()
	f, err := s.reopen(ctx, o.Target, o.varFlags, false)
	if err != nil {
		return err
	}
	if !f.Done {
		return s.execute(ctx, true) // not finished yet: finishing it tries everything again
	}
	n, err := s.job.Retry(f.Gen)
	if err != nil {
		return err
	}
	if n == 0 {
		s.meter.Log(progress.Info, "no record is in quarantine")
	}
	return s.execute(ctx, true)
}
