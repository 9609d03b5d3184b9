package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// planOptions are the arguments and flags of "chatferry plan".
type planOptions struct {
	runFlags
	varFlags
	Files     []string
	PeopleMap string // where to write the suggested identity map
}

func (a *app) plan() *cobra.Command {
	var o planOptions
	c := &cobra.Command{
		Use:     "plan PIPELINE.hcl...",
		GroupID: groupMove,
		Short:   "Show what a pipeline will do, and what its targets cannot hold",
		Long: `Plan reads the sources to the end and shows what is there and, for each target,
every field that it cannot hold, with the number of records it touches and what the
sink's loss block says of that: allowed, a warning, or not allowed. It writes nothing
into any target. The exit code is 0 when nothing will be lost, 10 when something will
be that is allowed, 21 when the run would be refused.`,
		Example: `  chatferry plan leave-slack.hcl
  chatferry plan leave-slack.hcl --var dump=acme-export.zip --json`,
		Args:              takesFiles,
		ValidArgsFunction: pipelineFiles,
		RunE: func(c *cobra.Command, args []string) error {
			o.Files = args
			if err := firstError(o.runFlags.check(), o.varFlags.check()); err != nil {
				return err
			}
			return a.runPlan(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.PeopleMap, "people-map", "", "write the suggested identity map to this `FILE`, for review before the run")
	o.varFlags.add(c)
	o.runFlags.add(c)
	return c
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) runPlan(ctx context.Context, o planOptions) error {
	s, err := a.start(ctx, o.runFlags, o.Files, o.varFlags)
	if err != nil {
		return err
	}
	defer s.close()
	f, err := s.job.Plan(ctx)
	if err != nil {
		return s.placed(err)
	}
	if o.PeopleMap != "" {
		if err := s.job.SavePeople(o.PeopleMap); err != nil {
			return err
		}
	}
	s.close()
	if err := a.show(forecast{f}, o.JSON); err != nil {
		return err
	}
	if code := f.Exit(); code != fault.ExitOK {
		return verdict(code)
	}
	return nil
}

// forecast is a plan as a result.
type forecast struct{ job.Forecast }

// MarshalJSON gives the forecast alone.
func (f forecast) MarshalJSON() ([]byte, error) { return json.Marshal(f.Forecast) }

// Text implements texter.
func (f forecast) Text(w io.Writer, width int) error {
	if err := f.Inventory.Text(w, width); err != nil {
		return err
	}
	if len(f.FilteredBy) > 0 {
		t := report.Table{Columns: []report.Column{{Head: "filtered by", Most: 60}, {Head: "records", Right: true}, {Head: "where"}}}
		for _, r := range f.FilteredBy {
			t.Add(r.Rule, safe.Count(r.Count), r.Where)
		}
		fmt.Fprintln(w)
		if err := t.Write(w, width); err != nil {
			return err
		}
	}
	if err := report.Losses(w, f.Sinks, f.Losses, width); err != nil {
		return err
	}
	if err := report.MediaText(w, f.Media, width); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nOrder")
	for _, order := range f.Orders {
		fmt.Fprintf(w, "  %s\n", safe.Text(order))
	}
	for _, sink := range f.Sinks {
		for i, note := range f.People[sink] {
			if i == 0 {
				fmt.Fprintf(w, "\nAccounts in %s\n", safe.Text(sink))
			}
			fmt.Fprintf(w, "  %s\n", safe.Text(note))
		}
	}
	_, err := fmt.Fprintln(w, "\nNothing was written. \"chatferry run\" with the same file does it.")
	return err
}
