package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// export is convert in the words of somebody who was asked for a part of a history, not for a move.
func (a *app) export() *cobra.Command {
	o := convertOptions{Export: true}
	c := &cobra.Command{
		Use:     "export DUMP --to TARGET --out DIR",
		GroupID: groupMove,
		Short:   "Take one person's, team's or project's history out of a dump",
		Long: `Export writes what somebody asked for: all that a person or a department wrote, a
project by its keywords, a period, or only what has attachments. Conditions of
different kinds must all hold; of several values of one kind one is enough. Names that
match nothing are told, with those that come near. To get what others wrote to a
person too, ask for the direct conversations: --conversations @ann.

DUMP is recognised, and DIR gets one folder for each target. All is proven as by
"chatferry convert": run again it resumes, and "chatferry verify DIR" checks it later.`,
		Example: `  chatferry export acme.zip --to archive --out ./ann --people ann
  chatferry export acme.zip --to archive,ndjson --out ./legal --departments Legal --since 2020-01-01 --until 2022-12-31
  chatferry export acme.zip --to archive --out ./falcon --conversations '#falcon*' --keywords falcon,"project f" --json
  chatferry export acme.zip --to archive --out ./files --attachments-only --package bagit`,
		Args: takes("DUMP"),
		RunE: func(c *cobra.Command, args []string) error {
			if o.In = args[0]; o.Out == "" {
				return usage(o.verb(), "name the folder to write into, such as --out ./export", errors.New("--out is missing"))
			}
			return a.runConvert(c.Context(), o)
		},
	}
	o.addFlags(c)
	flags := c.Flags()
	flags.StringVar(&o.Out, "out", "", "`DIR` to write into; with several targets one folder each inside it")
	flags.BoolVar(&o.Filter.WithAttachments, "attachments-only", false, flags.Lookup("with-attachments").Usage)
	flags.Lookup("with-attachments").Hidden = true // one name is enough for people; convert's is understood
	return c
}
