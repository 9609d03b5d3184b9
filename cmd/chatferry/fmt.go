package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/safe"
)

// fmtOptions are the arguments and flags of "chatferry fmt".
type fmtOptions struct {
	Files []string
	Check bool
}

func (a *app) format() *cobra.Command {
	var o fmtOptions
	c := &cobra.Command{
		Use:     "fmt PIPELINE.hcl...",
		GroupID: groupWrite,
		Short:   "Lay out pipeline files in the usual way",
		Long: `Fmt rewrites pipeline files with the usual spaces and line breaks, and prints the
names of those it changed. It changes nothing else.`,
		Example: `  chatferry fmt leave-slack.hcl
  chatferry fmt --check *.hcl`,
		Args:              takesFiles,
		ValidArgsFunction: pipelineFiles,
		RunE: func(c *cobra.Command, args []string) error {
			o.Files = args
			return a.runFmt(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.Check, "check", false, "change nothing; exit with 40 when a file is not laid out in the usual way")
	return c
}

func (a *app) runFmt(_ context.Context, o fmtOptions) error {
	changed := 0
	for _, path := range o.Files {
		src, err := readPipeline(path)
		if err != nil {
			return err
		}
		out, err := pipeline.Format(src)
		if err != nil {
			return at(path, err)
		}
		if bytes.Equal(src, out) {
			continue
		}
		changed++
		if !o.Check {
			if err := replace(path, out); err != nil {
				return fault.New(fault.Storage, "write", path, "make sure that the file and its folder can be written", err)
			}
		}
		fmt.Fprintln(a.stdout, safe.Text(path))
	}
	if o.Check && changed > 0 {
		return verdict(fault.ExitConfig)
	}
	return nil
}

// at names the file in an error of pipeline.Format, which is not told its name.
func at(path string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return fault.New(fault.Config, "format", path, "", err)
	}
	_, line, _ := strings.Cut(e.Subject, ":")
	return fault.New(fault.Config, "format", strings.TrimSuffix(path+":"+line, ":"), e.Hint, e.Err)
}

// pipelineBytes is more than anybody writes by hand.
const pipelineBytes = 16 << 20

func readPipeline(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Config, "read", path, "give the path of a pipeline file", errors.Unwrap(err))
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, pipelineBytes+1))
	if err != nil {
		return nil, fault.New(fault.Config, "read", path, "give the path of a pipeline file", errors.Unwrap(err))
	}
	if len(src) > pipelineBytes {
		return nil, fault.New(fault.Config, "read", path, "give the path of a pipeline file", fmt.Errorf("it has more than %d bytes", pipelineBytes))
	}
	return src, nil
}

// replace puts new content in the place of a file, keeping its mode; a crash leaves the old or the new.
func replace(path string, content []byte) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".chatferry-fmt-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, werr := f.Write(content)
	if err := firstError(werr, f.Chmod(info.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
