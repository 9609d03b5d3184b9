package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

// TestFault10DisksOfEverySize runs on disks that are too small, each a little larger than the last, until one
// is large enough; after each the disk is made large and the run is repeated.
func TestFault10DisksOfEverySize(t *testing.T) {
	t.Parallel()
	r := convertTrial(t)
	dir := t.TempDir()
	disk, kept := filepath.Join(dir, "disk"), filepath.Join(dir, "kept")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	full := 0
	for size := 40; ; size += 60 { // KiB
		script := fmt.Sprintf("mount -t tmpfs -o size=%dk tmpfs %s || exit 99\n", size, disk) +
			`"$@" ` + disk + "/out; code=$?\nrm -rf " + kept + "; cp -r " + disk + "/out " + kept + "\n" +
			"mount -o remount,size=200m " + disk + " || exit 99\n" +
			`"$@" ` + disk + "/out >" + dir + "/again 2>&1; echo again $? >>" + dir + "/again\ncp -r " + disk + "/out " + kept + ".again\nexit $code"
		cmd := r.command("", "unshare", "-rm", "sh", "-c", script, "sh")
		cmd.Args = cmd.Args[:len(cmd.Args)-1] // the script names the output folder
		b, err := cmd.CombinedOutput()
		r.said.Write(b)
		code := exitCode(err)
		again, _ := os.ReadFile(dir + "/again")
		if !strings.Contains(string(again), fmt.Sprintf("again %d", r.exit)) {
			t.Fatalf("%d KiB: run again: %s\n%s", size, again, b)
		}
		r.same(kept + ".again")
		if code == r.exit {
			break
		}
		full++
		r.failed(code, string(b), kept, 50, "space")
		os.RemoveAll(kept + ".again")
		if size > 20_000 {
			t.Fatal("no disk is large enough")
		}
	}
	if full < 5 {
		t.Errorf("only %d disks were too small", full)
	}
	t.Logf("%d disks were too small", full)
}

// TestFault11FoldersThatCannotBeWritten runs with a limit for the size of files, and into folders without the right
// to write.
func TestFault11FoldersThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	r := convertTrial(t)
	hit := 0
	for _, blocks := range []int{1, 8, 32, 64, 100, 200} { // of 512 or 1024 bytes
		out := filepath.Join(t.TempDir(), "out")
		code, said := r.run(out, limited(fmt.Sprintf("-f %d", blocks))...)
		if code == r.exit {
			r.same(out)
			continue
		}
		hit++
		r.failed(code, said, out, 50)
		r.settled(out)
	}
	if hit < 3 {
		t.Errorf("only %d limits were too low", hit)
	}
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		code, said := r.run(filepath.Join(locked, "out"))
		r.failed(code, said, filepath.Join(locked, "out"), 50, locked, "permission denied", "choose")
	}
}

// TestFault12LittleToWorkWith runs with few files open at a time and with a message of 128 MiB; "make test-real"
// makes it 1 GiB.
func TestFault12LittleToWorkWith(t *testing.T) {
	t.Parallel()
	r := convertTrial(t)
	out := filepath.Join(t.TempDir(), "out")
	if code, said := r.run(out, limited("-n 64")...); code != r.exit {
		r.failed(code, said, out, 50)
	}
	r.settled(out)
	out = filepath.Join(t.TempDir(), "few")
	code, said := r.run(out, limited("-n 14")...)
	r.failed(code, said, out, 50, "too many open files")
	r.settled(out)

	dump := filepath.Join(t.TempDir(), "export.zip")
	size := int64(number(t, "CHATFERRY_HUGE", 1<<27))
	truth, err := slackgen.Generate(dump, slackgen.Config{Seed: 3, Messages: 150, Users: 14, Channels: 3, Days: 9, Defects: []slackgen.Defect{{Name: "huge-string", Size: size}}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(r.bin, "convert", dump, filepath.Join(t.TempDir(), "out"), "--to", "archive", "--json", "--progress", "none")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	held, err := memory(cmd, r.bin)
	b := stdout.Bytes()
	var s struct{ Delivered, Rejected int64 }
	if jerr := json.Unmarshal(b[bytes.LastIndexByte(bytes.TrimSpace(b), '\n')+1:], &s); jerr != nil || exitCode(err) != 30 || s.Rejected != 1 || s.Delivered != int64(truth.Messages+truth.Revisions) {
		t.Errorf("%v: %+v (%v), the dump has %d", err, s, jerr, truth.Messages)
	}
	if t.Logf("a message of %d MiB took %d MiB", size>>20, held); held > 256 {
		t.Error("that is too much")
	}
}

// TestFault15LockOfADeadRun leaves the lock of a killed run and of one with another's process id.
func TestFault15LockOfADeadRun(t *testing.T) {
	t.Parallel()
	r := convertTrial(t)
	out := filepath.Join(t.TempDir(), "out")
	state := filepath.Join(out, ".chatferry")
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, "lock"), fmt.Append(nil, os.Getpid()), 0o600); err != nil { // we live, but do not hold it
		t.Fatal(err)
	}
	r.settled(out)
}

// TestFault16ClocksAndZones interrupts a run, turns clock and zone, and goes on; then all times in the books are made
// ten years later than now, as after a clock that was wrong.
func TestFault16ClocksAndZones(t *testing.T) {
	t.Parallel()
	r := convertTrial(t)
	out := filepath.Join(t.TempDir(), "out")
	for i, zone := range []string{"Pacific/Apia", "America/St_Johns", "Europe/Berlin", "UTC"} {
		cmd := r.command(out)
		cmd.Env = append(cmd.Env, "TZ="+zone)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i < 3 {
			time.Sleep(time.Duration(30+40*i) * time.Millisecond)
			cmd.Process.Kill()
		}
		code := exitCode(cmd.Wait())
		if i == 3 && code != r.exit {
			t.Fatalf("exit code %d", code)
		}
		err := filepath.WalkDir(out, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			at := time.Now().AddDate(10*(1-2*(i%2)), 0, -1)
			return os.Chtimes(path, at, at)
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	r.settled(out)
	for _, zone := range []string{"Pacific/Apia", "America/St_Johns"} {
		cmd := r.command(filepath.Join(t.TempDir(), "out"))
		cmd.Env = append(cmd.Env, "TZ="+zone)
		if code := exitCode(cmd.Run()); code != r.exit {
			t.Errorf("exit code %d in %s", code, zone)
		}
		r.same(cmd.Args[len(cmd.Args)-1])
	}
}

// TestFault38NothingIsFetched runs without any network and gets the same.
func TestFault38NothingIsFetched(t *testing.T) {
	t.Parallel()
	r := convertTrial(t)
	out := filepath.Join(t.TempDir(), "out")
	if code, said := r.run(out, "unshare", "-rn"); code != r.exit {
		t.Errorf("exit code %d\n%s", code, said)
	}
	r.same(out)
}

// TestFault42MemoryDoesNotGrow moves a small and a larger history and compares the memory they took.
func TestFault42MemoryDoesNotGrow(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	measure := func(name string, c slackgen.Config) int64 {
		dump := filepath.Join(dir, name+".zip")
		if _, err := slackgen.Generate(dump, c); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bin, "convert", dump, filepath.Join(dir, name), "--to", "archive,mattermost", "--progress", "none")
		held, err := memory(cmd, bin)
		if code := exitCode(err); code > 30 {
			t.Fatalf("%s: exit code %d", name, code)
		}
		os.RemoveAll(dump)
		os.RemoveAll(filepath.Join(dir, name))
		return held
	}
	n := number(t, "CHATFERRY_SCALE", 2_000)
	one := slackgen.Config{Seed: 7, Users: 14, Channels: 1, Days: 300, Light: true}
	one.Messages = n
	small := measure("small", one)
	one.Messages = 4 * n
	large := measure("large", one)
	many := measure("many", slackgen.Config{Seed: 7, Messages: n, Users: 14, Channels: n / 4, Days: 300, Light: true})
	liked := measure("liked", slackgen.Config{Seed: 7, Messages: 150, Users: 14, Channels: 1, Days: 9, Defects: []slackgen.Defect{{Name: "many-reactions", Size: int64(20 * n)}}})
	t.Logf("MiB held: %d with %d messages in one conversation, %d with %d, %d with %d conversations, %d with %d reactions on one message", small, n, large, 4*n, many, n/4, liked, 20*n)
	if large > small*13/10+64 { // buffers of a fixed size fill up first
		t.Errorf("%d MiB for %d messages, %d MiB for %d", small, n, large, 4*n)
	}
	if many > 400 || liked > 500 {
		t.Errorf("%d MiB for many conversations, %d MiB for many reactions", many, liked)
	}
}
