package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/tui"
)

// uiOptions are the flags of "chatferry ui".
type uiOptions struct {
	Jobs       int
	InProcess  bool
	Accessible bool
}

func (a *app) ui() *cobra.Command {
	var o uiOptions
	c := &cobra.Command{
		Use:     "ui",
		GroupID: groupMove,
		Short:   "Do all of it on a screen, step by step",
		Long: `Ui leads through a migration on the terminal: choose an export, see what is in
it, choose what to keep and where it goes, see what gets lost, run it, and see
what was proven. "chatferry" alone does the same. It speaks the language of the
locale, English or Chinese, and works without colours (NO_COLOR).

With --accessible, or the environment variable ACCESSIBLE, it asks plain
questions line by line instead, for screen readers.`,
		Example: `  chatferry
  chatferry ui --accessible`,
		Args: takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.runUI(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.Accessible, "accessible", false, "ask plain questions instead of drawing a screen")
	c.Flags().IntVar(&o.Jobs, "jobs", 0, "how many shards are in work at once (0: one for each processor)")
	c.Flags().BoolVar(&o.InProcess, "in-process", false, "run built-in plugins inside this process, without their sandbox (for debugging)")
	return c
}

// interactive tells whether somebody sits at a terminal.
func (a *app) interactive() bool {
	return progress.Terminal(os.Stdin) && progress.Terminal(a.stdout) && a.getenv("TERM") != ""
}

func (a *app) runUI(ctx context.Context, o uiOptions) error {
	f := &ferry{app: a, flags: runFlags{Jobs: o.Jobs, InProcess: o.InProcess}}
	if err := f.flags.checkJobs(); err != nil {
		return err
	}
	var err error
	if f.prove, err = (&signFlags{}).options(a); err != nil {
		return err
	}
	options := tui.Options{Ferry: f, Getenv: a.getenv, In: os.Stdin, Out: a.stdout}
	if dir, err := os.UserConfigDir(); err == nil {
		options.Config = filepath.Join(dir, "chatferry")
	}
	if options.Dir, err = os.Getwd(); err != nil {
		return fault.New(fault.Storage, "find", "the present folder", "change to a folder that exists", err)
	}
	switch {
	case o.Accessible, a.getenv("ACCESSIBLE") != "":
		return tui.Plain(ctx, options)
	case !a.interactive():
		root := a.root()
		root.SetArgs([]string{"help"})
		return root.ExecuteContext(ctx)
	}
	return tui.Run(ctx, options)
}
