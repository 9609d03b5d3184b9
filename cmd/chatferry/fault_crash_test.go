//go:build real && linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chatferry/chatferry/testdata/disk"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// crashes are the states that one moment may leave: how much of bytes and names that were not synced.
var crashes = []disk.State{
	{Bytes: disk.Everything, Names: disk.Everything},
	{Bytes: disk.Nothing, Names: disk.Everything}, // renamed before its data came
	{Bytes: disk.Everything, Names: disk.Nothing},
	{Bytes: disk.Nothing, Names: disk.Nothing, Journalled: true},
	{Bytes: disk.Pieces, Names: disk.Everything, Seed: 1}, // torn
	{Bytes: disk.Pieces, Names: disk.Pieces, Seed: 2},
}

// TestFault08PowerCuts records what a run writes that is stopped, the one that goes on, and one with a newer dump,
// and makes of it what power cuts may leave: for moments spread evenly, the last among them, each of crashes. The next run into each converges.
func TestFault08PowerCuts(t *testing.T) {
	r := convertTrial(t, "--in-process")
	newer := canaryDump(t)
	extra := slackgen.Config{Seed: 8, Messages: 20, Users: 12, Channels: 1, Days: 2, Dir: true}
	if _, err := slackgen.Generate(filepath.Join(newer, "extra"), extra); err != nil {
		t.Fatal(err)
	}
	days, err := filepath.Glob(filepath.Join(newer, "*", "2*.json"))
	if err != nil || len(days) < 2 {
		t.Fatal(days, err)
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(newer, "extra")), os.Remove(days[0])); err != nil {
		t.Fatal(err)
	}
	d := mount(t)
	f := folder(t, d, "recorded")
	f.Log()
	out := filepath.Join(f.Path, "out")
	older := r.args[1]
	r.args[1] = newer // which lacks a day: the first run
	f.Arm(disk.Fault{Op: disk.Rename, At: 30, Errno: syscall.EIO})
	if code, said := r.run(out); code != 50 { // some units are done, and then it is stopped
		t.Fatalf("exit code %d\n%s", code, said)
	}
	if code, said := r.run(out); code != r.exit {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	middle, first := f.Changes(), outputs(t, out)
	r.args[1] = older
	if code, said := r.run(out); code != r.exit {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	end, second := f.Changes(), outputs(t, out)
	var states []disk.State
	for at := end; at > 0; at -= max(1, end/number(t, "CHATFERRY_CRASHES", 60)) {
		for _, s := range crashes {
			s.After = at
			states = append(states, s)
		}
	}
	t.Logf("%d changes in three runs, %d states", end, len(states))
	each(len(states), func(i int) {
		s := states[i]
		t.Run(fmt.Sprintf("after %d bytes %d names %d journalled %v", s.After, s.Bytes, s.Names, s.Journalled), func(t *testing.T) {
			r := r.again(t)
			dir := t.TempDir()
			if err := f.Crash(s, dir); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(dir, "out")
			want := second
			if s.After < middle {
				r.args, want = append([]string{"convert", newer}, r.args[2:]...), first
			}
			if s.After == end { // the program has said that it is done
				r.want = second
				r.same(out)
			}
			r.want = want
			if _, err := os.Stat(filepath.Join(out, ".chatferry", "ledger.db")); err != nil {
				r.want = nil // nothing of the books is left, so neither may be anything else
				for name := range outputs(t, out) {
					if !strings.HasSuffix(name, "people.csv") {
						t.Errorf("%s is there without books", name)
					}
				}
				r.want = want
			}
			r.settled(out)
			os.RemoveAll(dir)
		})
	})
}

// again is the same trial for another test.
func (r *trial) again(t *testing.T) *trial {
	return &trial{t: t, bin: program(t), tmp: shortTemp(t), args: r.args, exit: r.exit, want: r.want}
}
