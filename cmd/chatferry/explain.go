package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/safe"
)

// explainOptions are the arguments and flags of "chatferry explain".
type explainOptions struct {
	Key  string
	Out  string
	JSON bool
}

func (a *app) explain() *cobra.Command {
	o := explainOptions{Out: "."}
	c := &cobra.Command{
		Use:     "explain KEY [OUT]",
		GroupID: groupCheck,
		Short:   "Say why one record is or is not in the targets",
		Long: `Explain looks one record up by its key in the books of the output folder OUT (by
default the present folder) and says what became of it: delivered where, removed by
which rule, rejected for what reason, changed by what the target cannot hold.`,
		Example: `  chatferry explain slack:T01:C02:1554206400.000200 ./out`,
		Args:    takes("KEY", "[OUT]"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Key = args[0]
			if len(args) > 1 {
				o.Out = args[1]
			}
			return a.runExplain(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.JSON, "json", false, "print JSON")
	return c
}

func (a *app) runExplain(ctx context.Context, o explainOptions) error {
	s, err := a.session(runFlags{Progress: "none"})
	if err != nil {
		return err
	}
	defer s.close()
	f, err := s.reopen(ctx, o.Out, varFlags{}, true)
	if err != nil {
		return err
	}
	e, err := s.job.Explain(ctx, o.Key, f.Gen)
	if err != nil {
		return s.placed(err)
	}
	s.close()
	return a.show(explanation{e}, o.JSON)
}

// explanation is what became of one record, as a result.
type explanation struct{ job.Explanation }

// MarshalJSON gives the explanation alone.
func (e explanation) MarshalJSON() ([]byte, error) { return json.Marshal(e.Explanation) }

// Text implements texter.
func (e explanation) Text(w io.Writer, _ int) error {
	for _, line := range e.Lines() {
		if _, err := fmt.Fprintln(w, safe.Text(line)); err != nil {
			return err
		}
	}
	return nil
}
