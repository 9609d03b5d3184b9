package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/safe"
)

// runFlags are the flags of every verb that works through a dump.
type runFlags struct {
	JSON      bool
	Progress  string
	Jobs      int
	InProcess bool
}

func (f *runFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.JSON, "json", false, "print the result as JSON, as the last line of standard output")
	c.Flags().StringVar(&f.Progress, "progress", "auto", "how progress is shown on standard error: "+strings.Join(progress.Modes(), ", "))
	c.Flags().IntVar(&f.Jobs, "jobs", 0, "how many shards are in work at once (0: one for each processor)")
	c.Flags().BoolVar(&f.InProcess, "in-process", false, "run built-in plugins inside this process, without their sandbox (for debugging)")
	complete(c, "progress", progress.Modes())
}

func (f *runFlags) check() error {
	if !slices.Contains(progress.Modes(), f.Progress) {
		return usage("--progress", "choose one of "+strings.Join(progress.Modes(), ", "), fmt.Errorf("%s is no way to show progress", safe.Quote(f.Progress)))
	}
	return f.checkJobs()
}

func (f *runFlags) checkJobs() error {
	if f.Jobs < 0 || f.Jobs > 256 {
		return usage("--jobs", "give a number from 0 to 256", fmt.Errorf("%d is out of range", f.Jobs))
	}
	return nil
}

// varFlags give values to a pipeline's variables and choose among its pipelines.
type varFlags struct {
	Vars     []string
	VarFiles []string
	Pipeline string
}

func (f *varFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.Vars, "var", nil, "`NAME=VALUE` for a variable of the pipeline; repeatable")
	c.Flags().StringArrayVar(&f.VarFiles, "var-file", nil, "`FILE` with values for variables; repeatable")
	c.Flags().StringVar(&f.Pipeline, "pipeline", "", "`NAME` of the pipeline, where the file has several")
}

func (f *varFlags) check() error {
	for _, v := range f.Vars {
		if name, _, ok := strings.Cut(v, "="); !ok || name == "" {
			return usage("--var", "write --var name=value", fmt.Errorf("%s has no name or no value", safe.Quote(v)))
		}
	}
	return nil
}

// setting is one "--set PLUGIN.NAME=VALUE".
type setting struct {
	Plugin, Name, Value string
}

func parseSettings(list []string) ([]setting, error) {
	var out []setting
	for _, s := range list {
		left, value, ok := strings.Cut(s, "=")
		owner, name, dotted := strings.Cut(left, ".")
		if !ok || !dotted || owner == "" || name == "" {
			return nil, usage("--set", "write --set plugin.setting=value, such as --set mattermost.team=acme",
				fmt.Errorf("%s does not name a plugin, a setting and a value", safe.Quote(left)))
		}
		out = append(out, setting{owner, name, value})
	}
	return out, nil
}
