// Command slackgen writes a generated Slack export and the truth about it.
//
//	slackgen -preset bench-1m -o /tmp/big.zip -truth /tmp/truth.json
//	slackgen -preset full -messages 500 -defect huge-string=1073741824 -defect bom -o broken.zip
//	slackgen -list
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "slackgen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("slackgen", flag.ContinueOnError)
	preset := fs.String("preset", "full", "what to start from, see -list")
	out := fs.String("o", "", "zip file or folder to write")
	truth := fs.String("truth", "", `file for the truth; "beside" puts truth.json next to the export`)
	list := fs.Bool("list", false, "list presets and defects")
	apply := overrides(fs)
	var names []string
	fs.Func("defect", "add a defect, name or name=size; repeatable; \"all\" adds each that combines", func(s string) error {
		names = append(names, s)
		return nil
	})
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *list {
		describe()
		return nil
	}
	if *out == "" {
		return errors.New("no output: give -o PATH")
	}
	c, ok := slackgen.PresetNamed(*preset)
	if !ok {
		return fmt.Errorf("no preset is named %q: see -list", *preset)
	}
	if err := apply(&c); err != nil {
		return err
	}
	for _, name := range names {
		if err := addDefect(&c, name); err != nil {
			return err
		}
	}
	t, err := slackgen.Generate(*out, c)
	if err != nil {
		return err
	}
	if *truth == "beside" {
		*truth = filepath.Join(filepath.Dir(filepath.Clean(*out)), "truth.json")
	}
	if *truth != "" {
		if err := t.Write(*truth); err != nil {
			return err
		}
	}
	summary := map[string]any{"records": t.Records, "messages": t.Messages, "day_files": t.DayFiles, "bytes": t.Bytes,
		"conversations": len(t.Rooms), "people": t.People, "first": t.First, "last": t.Last}
	return json.NewEncoder(os.Stdout).Encode(summary)
}

// overrides are the flags that replace single values of the preset.
func overrides(fs *flag.FlagSet) func(*slackgen.Config) error {
	var changes []func(*slackgen.Config)
	number := func(name, usage string, field func(*slackgen.Config) *int) {
		fs.Func(name, usage, func(s string) error {
			n, err := strconv.Atoi(s)
			changes = append(changes, func(c *slackgen.Config) { *field(c) = n })
			return err
		})
	}
	number("messages", "records in all", func(c *slackgen.Config) *int { return &c.Messages })
	number("users", "people", func(c *slackgen.Config) *int { return &c.Users })
	number("channels", "public channels", func(c *slackgen.Config) *int { return &c.Channels })
	number("private", "private channels", func(c *slackgen.Config) *int { return &c.Private })
	number("dms", "direct conversations", func(c *slackgen.Config) *int { return &c.DMs })
	number("groups", "group conversations", func(c *slackgen.Config) *int { return &c.Groups })
	number("days", "length of the history", func(c *slackgen.Config) *int { return &c.Days })
	number("dayfiles", "about how many day files, 0 for as many as come", func(c *slackgen.Config) *int { return &c.DayFiles })
	seed := fs.Uint64("seed", 0, "seed, 0 for the preset's")
	cut := fs.Float64("cut", 0, "moment of the export as a fraction of the history")
	older := fs.Float64("older", 0, "cut of an earlier export, for the truth's delta")
	dir := fs.Bool("dir", false, "write a folder rather than a zip")
	light := fs.Bool("light", false, "plain messages, threads and reactions only")
	log := fs.Bool("log", false, "name every record in the truth")
	dialect := fs.String("dialect", "", "official, grid or slackdump")
	return func(c *slackgen.Config) error {
		for _, change := range changes {
			change(c)
		}
		if *seed != 0 {
			c.Seed = *seed
		}
		if *dialect != "" {
			c.Dialect = *dialect
		}
		c.Cut, c.Older = *cut, *older
		c.Dir, c.Light = c.Dir || *dir, c.Light || *light
		c.PerMessageTruth = c.PerMessageTruth || *log
		return nil
	}
}

// apart are defects that would hide what the others do.
var apart = map[string]bool{"truncated-zip": true, "missing-users": true, "missing-channels": true}

func addDefect(c *slackgen.Config, arg string) error {
	if arg == "all" {
		for _, d := range slackgen.Defects() {
			if !apart[d.Name] && !d.Whole && !(d.Zip && c.Dir) {
				c.Defects = append(c.Defects, d)
			}
		}
		return nil
	}
	name, size, sized := strings.Cut(arg, "=")
	d, ok := slackgen.DefectNamed(name)
	if !ok {
		return fmt.Errorf("no defect is named %q: see -list", name)
	}
	if sized {
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil {
			return fmt.Errorf("defect %s: size: %w", name, err)
		}
		d.Size = n
	}
	c.Defects = append(c.Defects, d)
	return nil
}

func describe() {
	fmt.Println("Presets:")
	for _, p := range slackgen.Presets() {
		fmt.Printf("  %-12s %s\n", p.Name, p.What)
	}
	fmt.Println("Defects:")
	for _, d := range slackgen.Defects() {
		fmt.Printf("  %-20s %s\n  %-20s -> %s\n", d.Name, d.What, "", d.Expect)
	}
}
