package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins"
)

// inspectOptions are the arguments and flags of "chatferry inspect".
type inspectOptions struct {
	runFlags
	Path string
	From string // plugin to read with; empty: recognise
}

func (a *app) inspect() *cobra.Command {
	var o inspectOptions
	c := &cobra.Command{
		Use:     "inspect PATH",
		GroupID: groupMove,
		Short:   "Show what is in a dump",
		Long: `Inspect recognises the format of a dump, a file or a folder, and counts what is
in it: people, conversations, messages by kind and month, attachments and whether
they are there. It writes nothing.`,
		Example: `  chatferry inspect acme-export.zip
  chatferry inspect ./dump --json | jq .messages`,
		Args: takes("PATH"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Path = args[0]
			if err := o.check(); err != nil {
				return err
			}
			return a.runInspect(c.Context(), o)
		},
	}
	o.add(c)
	c.Flags().StringVar(&o.From, "from", "", "read with this `PLUGIN` instead of recognising the format")
	complete(c, "from", sourceNames())
	return c
}

func (a *app) runInspect(ctx context.Context, o inspectOptions) error {
	s, err := a.session(o.runFlags)
	if err != nil {
		return err
	}
	defer s.close()
	v, err := job.Inspect(ctx, s.host, only(o.From), o.Path, s.meter)
	if err != nil {
		return err
	}
	s.close()
	if err := a.show(&v, o.JSON); err != nil {
		return err
	}
	if v.Rejected > 0 {
		return verdict(fault.ExitDamaged)
	}
	return nil
}

// only gives the built-in plugins, or the one that a flag names.
func only(from string) []plugin.Plugin {
	var list []plugin.Plugin
	for _, p := range plugins.Builtin() {
		if from == "" || p.Name == from {
			list = append(list, p)
		}
	}
	return list
}
