// Command ferrymutate tests the verifier. It makes a small migration to each target that can be read
// back, changes the finished output in one way at a time, as a broken or dishonest program would, and
// lets "chatferry verify" look at it. Each change must be noticed and named: the key of every record that
// it touches, and no other.
//
// One concept a file: document.go takes outputs apart, archive.go, bulk.go, site.go and edition.go know formats; message.go
// is a message whatever the format; operator.go and the files of its lists are the changes; controls.go
// are changes that do not matter; sweep.go takes every member once; books.go tampers with the books;
// trial.go tries one change and judges what verify said.
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
	sink := flag.String("sink", "", "try only this sink")
	sample := flag.Int("sample", 1, "try only every so many-th operator on editions, whose reading back is one and the same code")
	verbose := flag.Bool("v", false, "print every trial, not only what failed")
	flag.Parse()
	if err := run(os.Stdout, choice{*bin, *sink, *only, *sample, *verbose}); err != nil {
		log.Fatal(err)
	}
}

// table is a list of changes with the sinks on which each is tried.
type table struct {
	title string
	sinks []string
	names []string
	try   func(sink string, i int) outcome
}

// choice says what is tried: with the zero one of all but bin, everything.
type choice struct {
	bin, sink, only string
	sample          int
	verbose         bool
}

// run tries what is chosen.
func run(w io.Writer, c choice) error {
	dir, err := os.MkdirTemp("", "ferrymutate-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, sinks: sinks(), sample: max(1, c.sample)}
	if c.sink != "" {
		b.sinks = []string{c.sink}
	}
	if b.bin, err = filepath.Abs(c.bin); err != nil {
		return err
	}
	dump := filepath.Join(dir, "export")
	if err := makeDump(dump); err != nil {
		return err
	}
	if err := b.prepare(dump); err != nil {
		return err
	}
	tables := []table{b.table("changes of outputs", operators(), c.only), b.table("harmless changes", controls, c.only), b.tampers(c.only)}
	for _, sink := range b.sinks {
		if sink != "ndjson" && sink != "mattermost" { // an archive and a site have the lines of ndjson
			continue
		}
		tables = append(tables, b.swept(sink, c.only))
	}
	failed := 0
	for _, t := range tables {
		failed += t.show(w, t.tryAll(), c.verbose)
	}
	if failed > 0 {
		return fmt.Errorf("%d trials failed", failed)
	}
	return nil
}

// table is a list of operators, tried on every sink.
func (b *bench) table(title string, ops []operator, only string) table {
	t := table{title: title, sinks: b.sinks}
	ops = slices.DeleteFunc(slices.Clone(ops), func(o operator) bool { return !strings.Contains(o.name, only) })
	for _, o := range ops {
		t.names = append(t.names, o.name)
	}
	t.try = func(sink string, i int) outcome {
		if b.skips(sink, i) {
			return outcome{sink: sink, name: ops[i].name, impossible: "not in the sample"}
		}
		return b.try(sink, ops[i])
	}
	return t
}

// skips tells that the i-th change is not in a sink's sample.
func (b *bench) skips(sink string, i int) bool {
	return formats[sink].edition && (i+slices.Index(b.sinks, sink))%b.sample != 0
}

// swept is the sweep over one sink's members, already tried.
func (b *bench) swept(sink, only string) table {
	t := table{title: "members, each dropped and altered", sinks: []string{sink}}
	batches := b.sweep(sink)
	results := make([][]outcome, len(batches))
	parallel(len(batches), func(i int) {
		batch := slices.DeleteFunc(batches[i], func(c memberChange) bool { return !strings.Contains(c.class+" "+c.way, only) })
		if len(batch) > 0 {
			results[i] = b.tryBatch(sink, batch)
		}
	})
	flat := slices.Concat(results...)
	for _, o := range flat {
		t.names = append(t.names, o.name)
	}
	t.try = func(_ string, i int) outcome { return flat[i] }
	return t
}

// parallel calls f with every number below n.
func parallel(n int, f func(int)) {
	work := make(chan int)
	var wait sync.WaitGroup
	for range runtime.NumCPU() {
		wait.Go(func() {
			for i := range work {
				f(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wait.Wait()
}

// tryAll tries every change on every sink.
func (t table) tryAll() map[string][]outcome {
	results := map[string][]outcome{}
	for _, sink := range t.sinks {
		results[sink] = make([]outcome, len(t.names))
	}
	parallel(len(t.names)*len(t.sinks), func(i int) {
		sink := t.sinks[i%len(t.sinks)]
		results[sink][i/len(t.sinks)] = t.try(sink, i/len(t.sinks))
	})
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
	for i, name := range t.names {
		var cells, notes []string
		bad := false
		for _, sink := range t.sinks {
			switch o := results[sink][i]; {
			case o.impossible != "":
				excused++
				cells = append(cells, "-")
				notes = append(notes, sink+": "+o.impossible)
			case o.passed():
				tried, passed = tried+1, passed+1
				cells = append(cells, "named")
			default:
				tried++
				failed++
				bad = true
				cells = append(cells, map[bool]string{true: "seen", false: "NO"}[o.detected])
				notes = append(notes, sink+": "+o.what)
			}
		}
		if verbose || bad {
			fmt.Fprintf(w, "%-58s", name)
			for _, c := range cells {
				fmt.Fprintf(w, " %-10s", c)
			}
			fmt.Fprintf(w, " %s\n", strings.Join(notes, "; "))
		}
	}
	fmt.Fprintf(w, "%s: %d on %s: %d of %d trials passed, %d excused\n", t.title, len(t.names), strings.Join(t.sinks, ", "), passed, tried, excused)
	return failed
}
