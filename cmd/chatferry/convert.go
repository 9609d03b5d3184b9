package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/envelope"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/safe"
)

// convertOptions are the arguments and flags of "chatferry convert" and of "chatferry export".
type convertOptions struct {
	runFlags
	signFlags
	Export      bool // the verb is export
	In, Out     string
	From        string   // plugin to read with; empty: recognise
	To          []string // sink plugins, in the order given, each once
	Filter      *filter.Rules
	PeopleMap   string // identity map to use and to complete
	Departments string // CSV: person, department
	Settings    []setting
	Package     string // kind of package to make of each target's folder, "" for none
	EncryptTo   []string
	PrintHCL    bool // print the pipeline and do nothing
	NoVerify    bool

	set []string // as given, for Settings
}

func (a *app) convert() *cobra.Command {
	var o convertOptions
	c := &cobra.Command{
		Use:     "convert IN OUT --to TARGET",
		GroupID: groupMove,
		Short:   "Move a dump into one or more targets",
		Long: `Convert recognises the dump IN, delivers it into the folder OUT (with several
targets into one folder each inside it), and reads the result back to prove it. Run
again on the same OUT it resumes, delivers what a newer dump adds, or says that
nothing is left to do.

It is a pipeline without a file: --print-hcl prints the file it stands for.`,
		Example: `  chatferry convert acme-export.zip ./out --to archive
  chatferry convert acme-export.zip ./out --to archive,mattermost --set mattermost.team=acme
  chatferry convert acme-export.zip ./legal --to archive --since 2023-01-01 --people ann,ben
  chatferry convert acme-export.zip ./out --to mattermost --print-hcl > acme.hcl`,
		Args: takes("IN", "OUT"),
		RunE: func(c *cobra.Command, args []string) error {
			o.In, o.Out = args[0], args[1]
			return a.runConvert(c.Context(), o)
		},
	}
	o.addFlags(c)
	return c
}

// addFlags adds what both verbs take.
func (o *convertOptions) addFlags(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&o.To, "to", nil, "`TARGET` to write (repeatable, or separated by commas): "+strings.Join(sinkNames(), ", "))
	flags.StringVar(&o.From, "from", "", "read with this `PLUGIN` instead of recognising the format")
	o.Filter = filter.Flags(flags)
	flags.StringVar(&o.PeopleMap, "people-map", "", "`FILE` that says which account a person gets; made when absent, and reused")
	flags.StringVar(&o.Departments, "departments-csv", "", "CSV `FILE` with the columns person and department")
	flags.StringArrayVar(&o.set, "set", nil, "`PLUGIN.SETTING=VALUE`; repeatable; \"chatferry plugins NAME\" lists the settings")
	flags.StringVar(&o.Package, "package", "", "make a package of each target's folder, of this `KIND`: "+strings.Join(pipeline.Packages, ", "))
	flags.StringArrayVar(&o.EncryptTo, "encrypt-to", nil, "encrypt each target by age for this public `KEY`, \"age1...\" or the line of an SSH key; repeatable")
	flags.BoolVar(&o.PrintHCL, "print-hcl", false, "print the pipeline that this command stands for, and do nothing")
	flags.BoolVar(&o.NoVerify, "no-verify", false, "do not read the targets back; the exit code is then 12 at best")
	o.add(c)
	o.addSign(c)
	complete(c, "to", sinkNames())
	complete(c, "from", sourceNames())
	complete(c, "package", pipeline.Packages)
}

func (o *convertOptions) verb() string {
	if o.Export {
		return "export"
	}
	return "convert"
}

// check looks at what can be known without opening anything.
func (o *convertOptions) check() error {
	if err := o.runFlags.check(); err != nil {
		return err
	}
	var err error
	if o.Settings, err = parseSettings(o.set); err != nil {
		return err
	}
	known := sinkNames()
	if len(o.To) == 0 {
		return usage(o.verb(), "name at least one target, such as --to archive; there are "+strings.Join(known, ", "), errors.New("--to is missing"))
	}
	var each []string
	for _, name := range o.To {
		if !slices.Contains(known, name) {
			hint := "there are " + strings.Join(known, ", ")
			if like := closest(name, known); like != "" {
				hint = "did you mean " + like + "? " + hint
			}
			return usage("--to", hint, fmt.Errorf("%s is no target", safe.Quote(name)))
		}
		if !slices.Contains(each, name) {
			each = append(each, name)
		}
	}
	o.To = each
	if len(o.EncryptTo) > 0 { // here rather than with the pipeline, which would show a private key given by mistake
		if _, err := envelope.Recipients(o.EncryptTo); err != nil {
			return err
		}
	}
	if o.Package != "" && !slices.Contains(pipeline.Packages, o.Package) {
		return usage("--package", "there is "+strings.Join(pipeline.Packages, ", "), fmt.Errorf("%s is no kind of package", safe.Quote(o.Package)))
	}
	return nil
}

func (a *app) runConvert(ctx context.Context, o convertOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	s, err := a.signing(o.runFlags, o.signFlags)
	if err != nil {
		return err
	}
	defer s.close()
	in, err := job.Recognise(ctx, s.host, only(o.From), o.In)
	if err != nil {
		return err
	}
	spec, err := o.spec(in)
	if err != nil {
		return err
	}
	hcl, err := pipeline.Write(spec)
	if err != nil {
		return err
	}
	if o.PrintHCL {
		s.close()
		_, err := a.stdout.Write(hcl)
		return err
	}
	if err := s.text(ctx, o.verb()+".hcl", hcl); err != nil {
		return err
	}
	if o.PeopleMap != "" {
		if o.PeopleMap, err = filepath.Abs(o.PeopleMap); err != nil {
			return err
		}
	}
	if err := s.open(ctx, "", o.PeopleMap); err != nil {
		return err
	}
	return s.execute(ctx, !o.NoVerify)
}
