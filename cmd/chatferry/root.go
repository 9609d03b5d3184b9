package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// Groups of verbs in the help text.
const (
	groupMove  = "move"
	groupCheck = "check"
	groupWrite = "write"
)

// root builds the command tree. It is built anew for each call and keeps no global state.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "chatferry",
		Short: "Move chat histories, completely and provably",
		Long: `Chatferry moves a chat history out of one system and into others. It shows what
is there and what a target cannot hold before anything is written, delivers it,
can be interrupted at any moment, and reads the result back to prove that it is
complete.`,
		Example: `  chatferry inspect acme-export.zip
  chatferry convert acme-export.zip ./out --to archive,mattermost
  chatferry verify ./out`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.StringVar(&a.logLevel, "log-level", string(progress.Info), "show log lines of this level and graver ones: "+strings.Join(progress.Levels(), ", "))
	root.AddGroup(&cobra.Group{ID: groupMove, Title: "Move a history:"}, &cobra.Group{ID: groupCheck, Title: "Check a result:"}, &cobra.Group{ID: groupWrite, Title: "Write pipelines:"})
	root.AddCommand(
		a.inspect(), a.convert(), a.export(), a.plan(), a.run(),
		a.verify(), a.bag(), a.retry(), a.explain(),
		a.validate(), a.format(), a.plugins(),
		a.ui(), a.version(), a.man(), a.exitCodes(),
	)
	for _, c := range root.Commands() {
		guard(a, c)
		for _, inner := range c.Commands() {
			guard(a, inner)
		}
	}
	complete(root, "log-level", progress.Levels())
	return root
}

// guard makes errors that come before a verb begins errors of usage, and checks the global flags.
func guard(a *app, c *cobra.Command) {
	if c.RunE == nil {
		return
	}
	inner := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if !slices.Contains(progress.Levels(), a.logLevel) {
			return usage("--log-level", "choose one of "+strings.Join(progress.Levels(), ", "), fmt.Errorf("%s is no level", safe.Quote(a.logLevel)))
		}
		if f := c.Flags().Lookup("progress"); f != nil {
			a.jsonErrors = f.Value.String() == "json"
		}
		a.began = true
		return inner(c, args)
	}
}

// execute runs one call and returns the exit code.
func (a *app) execute(ctx context.Context, args []string) int {
	root := a.root()
	if len(args) == 0 && a.interactive() {
		args = []string{"ui"}
	}
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	var done verdict
	switch {
	case err == nil:
		return fault.ExitOK
	case errors.As(err, &done):
		return int(done)
	case !a.began:
		err = usageError(c, err)
	}
	a.showError(err)
	return fault.ExitCode(err)
}

// verdict is how a verb says that it did its work and what came out: an exit code without an error.
type verdict int

func (v verdict) Error() string { return "exit code " + strconv.Itoa(int(v)) }

// ended gives the verdict of a summary as an error for RunE, nil for 0.
func ended(code int) error {
	if code == fault.ExitOK {
		return nil
	}
	return verdict(code)
}

// usage is an error of the command line.
func usage(subject, hint string, err error) error {
	return fault.New(fault.Config, "usage of", subject, hint, err)
}

// takes checks the number of arguments and names those that are missing. Names in brackets are optional.
func takes(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		help := "see \"chatferry help " + verbPath(c) + "\""
		if len(args) < len(names) && names[len(args)][0] != '[' {
			return usage(verbPath(c), help, fmt.Errorf("%s is missing", names[len(args)]))
		}
		if len(args) > len(names) {
			return usage(verbPath(c), help, fmt.Errorf("%s is one argument too many", safe.Quote(args[len(names)])))
		}
		return nil
	}
}

// takesFiles asks for at least one pipeline file.
func takesFiles(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage(verbPath(c), "see \"chatferry help "+verbPath(c)+"\"", errors.New("PIPELINE.hcl is missing"))
	}
	return nil
}

// usageError puts what cobra found wrong into our form, with a suggestion where there is one.
func usageError(c *cobra.Command, err error) error {
	var classified *fault.Error
	if errors.As(err, &classified) {
		return err
	}
	text := err.Error()
	if rest, ok := strings.CutPrefix(text, "unknown command "); ok && c.HasSubCommands() {
		quoted, qerr := strconv.QuotedPrefix(rest)
		name, uerr := strconv.Unquote(quoted)
		if qerr == nil && uerr == nil {
			hint := "see \"chatferry help\" for the verbs there are"
			if like := c.SuggestionsFor(name); len(like) > 0 {
				hint = "did you mean \"chatferry " + like[0] + "\"?"
			}
			return usage(safe.Quote(name), hint, errors.New("there is no such verb"))
		}
	}
	first, _, _ := strings.Cut(text, "\n")
	return usage(verbPath(c), "see \"chatferry help "+verbPath(c)+"\"", errors.New(first))
}

func verbPath(c *cobra.Command) string {
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	return path
}

// flagError suggests the flag that was meant.
func flagError(c *cobra.Command, err error) error {
	hint := "see \"chatferry help " + verbPath(c) + "\""
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if like := closest(unknown.GetSpecifiedName(), names); like != "" {
			hint = "did you mean --" + like + "? " + hint
		}
	}
	return usage(verbPath(c), hint, err)
}

// complete offers fixed values for a flag.
func complete(c *cobra.Command, flag string, values []string) {
	err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is not defined: a mistake in this package
	}
}

// pipelineFiles lets the shell complete pipeline files.
func pipelineFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"hcl"}, cobra.ShellCompDirectiveFilterFileExt
}

// exitCodes is a help topic, and README's table comes from the same list.
func (a *app) exitCodes() *cobra.Command {
	var b strings.Builder
	b.WriteString("The exit code says what was proven. Of several that apply, the most serious counts,\nin the order 20, 21, 30, 12, 11, 10.\n\n")
	for _, e := range report.Exits {
		fmt.Fprintf(&b, "  %3d  %s\n", e.Code, e.Meaning)
	}
	return &cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: strings.TrimRight(b.String(), "\n")}
}
