package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/bag"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/safe"
)

// bag is apart from verify, which asks for books: a bag is checked by its own lists, and may be anybody's.
func (a *app) bag() *cobra.Command {
	c := &cobra.Command{
		Use:     "bag",
		GroupID: groupCheck,
		Short:   "Check a BagIt bag, whoever made it",
		Long: `A bag is a folder whose files are listed with their digests (RFC 8493).
"--package bagit" makes one of a target's folder.`,
		Example: `  chatferry bag check ./out/archive`,
		Args:    takes(),
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var asJSON bool
	check := &cobra.Command{
		Use:   "check DIR",
		Short: "Check that a bag is complete and unchanged",
		Long: `Check reads the bag whole: each file must be listed in every manifest once and have
those digests, and nothing else may be in it. Nothing outside the folder is read, and
nothing is fetched. It needs no books; what was delivered into a bag of Chatferry's
is compared by "chatferry verify". The exit code is 0 for a valid bag, 30 for another.`,
		Example: `  chatferry bag check ./out/archive --json`,
		Args:    takes("DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.runBagCheck(c.Context(), args[0], asJSON)
		},
	}
	check.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	c.AddCommand(check)
	return c
}

// bagResult is what "chatferry bag check --json" prints.
type bagResult struct {
	Valid      bool       `json:"valid"`
	Files      int64      `json:"files"` // of the payload
	Bytes      int64      `json:"bytes"`
	Algorithms []string   `json:"algorithms"`
	Info       []bagField `json:"info,omitempty"`
	Mistakes   []string   `json:"mistakes,omitempty"`
	More       int64      `json:"more_mistakes,omitempty"`
}

type bagField struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

func (a *app) runBagCheck(ctx context.Context, dir string, asJSON bool) error {
	r, err := bag.Check(ctx, dir, os.TempDir(), nil)
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return fault.New(fault.Config, "check", dir, "name the folder of a bag that can be read", path.Err)
	case err != nil:
		return err
	}
	v := bagResult{Valid: r.Valid(), Files: r.Files, Bytes: r.Bytes, Algorithms: r.Algorithms, Mistakes: r.Bad, More: r.More}
	for _, f := range r.Info {
		v.Info = append(v.Info, bagField(f))
	}
	if err := a.show(v, asJSON); err != nil {
		return err
	}
	if !v.Valid {
		return verdict(fault.ExitDamaged)
	}
	return nil
}

// Text implements texter.
func (v bagResult) Text(w io.Writer, _ int) error {
	for _, f := range v.Info {
		fmt.Fprintf(w, "  %s: %s\n", safe.Text(f.Label), safe.Text(f.Value))
	}
	for _, m := range v.Mistakes {
		fmt.Fprintf(w, "  %s\n", safe.Text(m))
	}
	if v.More > 0 {
		fmt.Fprintf(w, "  and %d more mistakes\n", v.More)
	}
	end := fmt.Sprintf("The bag is valid: %d files with %d bytes, each with the digests that were written down", v.Files, v.Bytes)
	if !v.Valid {
		end = "The bag is not valid"
	}
	_, err := fmt.Fprintln(w, end)
	return err
}
