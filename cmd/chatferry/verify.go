package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/envelope"
	"github.com/chatferry/chatferry/core/fault"
)

// verifyOptions are the arguments and flags of "chatferry verify".
type verifyOptions struct {
	runFlags
	signFlags
	varFlags
	Target   string // an output folder, or a pipeline file
	Identity []string
}

func (a *app) verify() *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:     "verify OUT|PIPELINE.hcl",
		GroupID: groupCheck,
		Short:   "Read targets back and compare them with what was delivered",
		Long: `Verify reads every target back, as it stands now, and compares it record by record
and field by field with what was delivered. Each difference is named in a file:
missing, extra or differing. What is encrypted can be read with --identity only;
without it the file's digest is checked, and the exit code is 12 at best.`,
		Example: `  chatferry verify ./out
  chatferry verify leave-slack.hcl --json
  chatferry verify ./out --identity key.txt`,
		Args: takes("OUT or PIPELINE.hcl"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Target = args[0]
			if err := firstError(o.runFlags.check(), o.varFlags.check()); err != nil {
				return err
			}
			return a.runVerify(c.Context(), o)
		},
	}
	c.Flags().StringArrayVar(&o.Identity, "identity", nil, "read encrypted targets with the private key in this `FILE` of age-keygen or ssh-keygen; repeatable")
	o.varFlags.add(c)
	o.runFlags.add(c)
	o.addSign(c)
	o.addSigner(c)
	return c
}

func (a *app) runVerify(ctx context.Context, o verifyOptions) error {
	s, err := a.signing(o.runFlags, o.signFlags)
	if err != nil {
		return err
	}
	defer s.close()
	if s.identities, err = envelope.Identities(o.Identity); err != nil {
		return err
	}
	f, err := s.reopen(ctx, o.Target, o.varFlags, true)
	if err != nil {
		return err
	}
	if !f.Done {
		return fault.New(fault.Config, "verify", o.Target, "run the same command or pipeline again to finish it, then verify", errors.New("the run into this folder is not finished"))
	}
	if err := s.job.OpenTargets(ctx, f.Gen); err != nil {
		return s.placed(err)
	}
	checks, err := s.job.Verify(ctx, f.Gen)
	if err != nil {
		return s.placed(err)
	}
	return s.conclude(ctx, engine.Result{Gen: f.Gen}, checks)
}
