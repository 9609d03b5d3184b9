package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/verify"
)

// exitDiffers is how chatferry ends when a target differs from what was delivered.
const exitDiffers = 21

// bench is where trials are made: finished outputs, and the program that is tried.
type bench struct {
	bin    string
	dir    string
	sinks  []string
	sample int
	outs   map[string]*document // by sink
	code   map[string]int       // with which verify ends on the untouched output
}

// outcome is what became of one trial.
type outcome struct {
	sink, name string
	impossible string // why there is nothing to change
	detected   bool
	localised  bool
	what       string // where it went wrong
}

func (o outcome) passed() bool {
	return o.impossible != "" && o.what == "" || o.detected && o.localised
}

// copyOf gives a fresh copy of a sink's whole output folder, books included.
func (b *bench) copyOf(sink string) (*document, error) {
	dir, err := os.MkdirTemp(b.dir, "trial-")
	if err != nil {
		return nil, err
	}
	return b.outs[sink].copyTo(dir), os.CopyFS(dir, os.DirFS(b.outs[sink].dir))
}

// try applies an operator to a copy of a sink's output and lets the program verify it.
func (b *bench) try(sink string, op operator) (o outcome) {
	o = outcome{sink: sink, name: op.name}
	defer func() {
		if r := recover(); r != nil {
			o.what = fmt.Sprintf("the operator failed: %v", r)
		}
	}()
	d, err := b.copyOf(sink)
	if err != nil {
		o.what = err.Error()
		return o
	}
	defer os.RemoveAll(d.dir)
	why, excused := op.excuse(sink)
	if excused && !why.holds(d) {
		o.what = "the reason does not hold: " + why.why
		return o
	}
	wants := op.apply(d)
	switch {
	case excused && wants == nil:
		o.impossible = why.why
		return o
	case excused:
		o.what = "it is possible, against the reason: " + why.why
		return o
	case wants == nil:
		o.what = "the output has nothing to apply it to"
		return o
	}
	if err := d.store(); err != nil {
		o.what = err.Error()
		return o
	}
	o.judge(b.verify(d.dir), wants, b.code[sink])
	return o
}

// verdict is what verify said.
type verdict struct {
	code     int
	diffs    []verify.Difference
	findings []string
	said     string
}

func (b *bench) verify(dir string) (v verdict) {
	cmd := exec.Command(b.bin, "verify", dir, "--json", "--progress", "plain", "--in-process")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		v.code = exit.ExitCode()
	} else if err != nil {
		v.code, v.said = -1, err.Error()
		return v
	}
	v.said = errs.String()
	var s report.Summary
	if json.Unmarshal(out.Bytes(), &s) != nil {
		return v
	}
	for _, f := range s.Findings {
		v.findings = append(v.findings, f.Text)
	}
	for _, k := range s.Sinks {
		if k.Check == nil || k.Check.File == "" {
			continue
		}
		f, err := os.ReadFile(k.Check.File)
		if err != nil {
			v.said += err.Error()
		}
		for text := range bytes.Lines(f) {
			var d verify.Difference
			if err := json.Unmarshal(text, &d); err != nil {
				v.said += err.Error()
			}
			v.diffs = append(v.diffs, d)
		}
	}
	return v
}

// judge compares what verify named with what had to be named: that, and nothing else.
func (o *outcome) judge(v verdict, wants []want, clean int) {
	if len(wants) == 0 { // a harmless change
		o.detected, o.localised = v.code == clean && len(v.diffs) == 0, true
		if !o.detected {
			o.what = fmt.Sprintf("exit code %d and %d differences for a harmless change: %s", v.code, len(v.diffs), v.said)
		}
		return
	}
	o.detected = v.code == exitDiffers
	left := slices.Clone(wants)
	for _, d := range v.diffs {
		i := slices.IndexFunc(left, func(w want) bool { return w.named(d) })
		if i < 0 {
			o.what = "named besides: " + describe(d)
			return
		}
		left = slices.Delete(left, i, i+1)
	}
	o.localised = o.detected && len(left) == 0
	if !o.localised {
		o.what = fmt.Sprintf("exit code %d; not named: %d of %d, such as %+v: %s", v.code, len(left), len(wants), left[:min(1, len(left))], strings.TrimSpace(v.said))
	}
}

// named tells whether a difference is the wanted one.
func (w want) named(d verify.Difference) bool {
	if d.Kind != w.kind || d.Key != w.key || w.conv != "" && (d.Conversation != w.conv || d.Day != w.day) {
		return false
	}
	return w.field == "" || slices.ContainsFunc(d.Fields, func(f verify.Field) bool { return strings.HasPrefix(f.Name, w.field) })
}

func describe(d verify.Difference) string {
	var names []string
	for _, f := range d.Fields {
		names = append(names, f.Name)
	}
	return fmt.Sprintf("%s %s %s of %s on %s (%s)", d.Kind, d.Type, d.Key, d.Conversation, d.Day, strings.Join(names, ", "))
}

// prepare makes one output a sink from a small dump with every feature.
func (b *bench) prepare(dump string) error {
	b.outs, b.code = map[string]*document{}, map[string]int{}
	for _, sink := range b.sinks {
		if _, ok := formats[sink]; !ok {
			return fmt.Errorf("no dialect of sink %q: there are %s", sink, strings.Join(sinks(), ", "))
		}
		out := filepath.Join(b.dir, "out-"+sink)
		if text, err := exec.Command(b.bin, "convert", dump, out, "--to", sink, "--no-verify", "--progress", "none").CombinedOutput(); err != nil {
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() > 12 {
				return fmt.Errorf("convert to %s: %w\n%s", sink, err, text)
			}
		}
		v := b.verify(out)
		if b.code[sink] = v.code; v.code > 10 {
			return fmt.Errorf("verify %s: exit code %d: %s", sink, v.code, v.said)
		}
		d, err := load(sink, out)
		if err != nil {
			return err
		}
		b.outs[sink] = d
	}
	return nil
}
