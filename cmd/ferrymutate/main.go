// Command ferrymutate tests the verifier. It makes a small migration to each target that can be read
// back, changes the finished output in one way at a time, as a broken or dishonest program would, and
// lets "chatferry verify" look at it. Each change must be noticed and named: the key of every record that
// it touches, and no other.
//
// Invariants: an output that was changed is as well-formed and has checksums as right as before, so that
// only the comparison with the books can notice; a change that a target cannot have is excused by a
// reason, and the reason is checked; the exit code is 0 only when the score is 100 %.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

func main() {
	log.SetFlags(0)
	bin := flag.String("bin", "bin/chatferry", "the program to test")
	only := flag.String("only", "", "try only operators whose name holds this")
	list := flag.Bool("v", false, "print every trial, not only what failed")
	flag.Parse()
	if err := run(os.Stdout, *bin, *only, *list); err != nil {
		log.Fatal(err)
	}
}

// table is a list of operators with its title.
type table struct {
	title string
	sinks []string
	ops   []operator
}

func run(w io.Writer, bin, only string, verbose bool) error {
	dir, err := os.MkdirTemp("", "ferrymutate-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir}
	if b.bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	dump := filepath.Join(dir, "export")
	if err := makeDump(dump); err != nil {
		return err
	}
	if err := b.prepare(dump); err != nil {
		return err
	}
	tables := []table{{"changes", sinks(), operators()}, {"harmless changes", sinks(), controls}}
	for _, sink := range []string{"ndjson", "mattermost"} { // an archive has the lines of ndjson
		tables = append(tables, table{"members, each dropped and altered", []string{sink}, b.sweep(sink)})
	}
	failed := 0
	for _, t := range tables {
		t.ops = slices.DeleteFunc(t.ops, func(o operator) bool { return !strings.Contains(o.name, only) })
		failed += t.show(w, b.tryAll(t), verbose)
	}
	if failed > 0 {
		return fmt.Errorf("%d trials failed", failed)
	}
	return nil
}

// tryAll tries every operator on every sink.
func (b *bench) tryAll(t table) map[string][]outcome {
	results := map[string][]outcome{}
	for _, sink := range t.sinks {
		results[sink] = make([]outcome, len(t.ops))
	}
	work := make(chan func())
	var wait sync.WaitGroup
	for range runtime.NumCPU() {
		wait.Go(func() {
			for f := range work {
				f()
			}
		})
	}
	for i, op := range t.ops {
		for _, sink := range t.sinks {
			work <- func() { results[sink][i] = b.try(sink, op) }
		}
	}
	close(work)
	wait.Wait()
	return results
}

func sinks() (names []string) {
	for name := range formats {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// show prints the outcomes of a table, and tells how many failed.
func (t table) show(w io.Writer, results map[string][]outcome, verbose bool) (failed int) {
	tried, passed, excused := 0, 0, 0
	for i, op := range t.ops {
		var cells []string
		var notes []string
		for _, sink := range t.sinks {
			switch o := results[sink][i]; {
			case o.impossible != "":
				excused++
				cells = append(cells, "-")
				notes = append(notes, sink+": "+o.impossible)
			case o.passed():
				tried, passed = tried+1, passed+1
				cells = append(cells, "yes")
			default:
				tried++
				failed++
				cells = append(cells, map[bool]string{true: "seen", false: "NO"}[o.detected])
				notes = append(notes, sink+": "+o.what)
			}
		}
		if verbose || slices.ContainsFunc(cells, func(c string) bool { return c == "NO" || c == "seen" }) {
			fmt.Fprintf(w, "%-58s", op.name)
			for _, c := range cells {
				fmt.Fprintf(w, " %-10s", c)
			}
			fmt.Fprintf(w, " %s\n", strings.Join(notes, "; "))
		}
	}
	fmt.Fprintf(w, "%s: %d on %s: %d of %d trials passed, %d impossible\n", t.title, len(t.ops), strings.Join(t.sinks, ", "), passed, tried, excused)
	return failed
}
