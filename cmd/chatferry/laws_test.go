package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/verify"
	"github.com/chatferry/chatferry/plugins"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// Metamorphic laws: what must be equal whatever the history is, so that no expected output is needed.

// lawDump is a history with everything, in several shards.
func lawDump(t *testing.T, seed uint64) string {
	t.Helper()
	dump := filepath.Join(t.TempDir(), "export.zip")
	config := slackgen.Config{Seed: seed, Messages: 500, Users: 26, Bots: 3, Channels: 6, Private: 2, DMs: 5, Groups: 3, Days: 50, Every: true, Uploads: slackgen.Uploads, Emoji: true}
	if _, err := slackgen.Generate(dump, config); err != nil {
		t.Fatal(err)
	}
	return dump
}

// deliver converts and gives the found root, computed with given keys of people so that roots of
// several runs can be compared; "" makes keys. It also gives where these keys are.
func deliver(t *testing.T, bin, salts string, args ...string) (root, made string) {
	t.Helper()
	out := args[1]
	if _, errs, code := call(t, bin, append([]string{"convert"}, append(args, "--no-verify", "--progress", "none")...)...); code != 12 {
		t.Fatalf("convert %v: exit code %d\n%s", args, code, errs)
	}
	return rootOf(t, bin, out, salts), verify.SaltsFile(filepath.Join(out, job.StateName))
}

// rootOf verifies an output with given keys of people.
func rootOf(t *testing.T, bin, out, salts string) string {
	t.Helper()
	if salts != "" {
		b, err := os.ReadFile(salts)
		if err == nil {
			err = os.WriteFile(verify.SaltsFile(filepath.Join(out, job.StateName)), b, 0o600)
		}
		if err == nil {
			err = os.RemoveAll(filepath.Join(out, "evidence")) // which knows the root with the other keys
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s, code := summary(t, bin, "verify", out)
	if code > 10 || len(s.Sinks) != 1 || s.Sinks[0].Check == nil || s.Sinks[0].Check.Compared == 0 {
		t.Fatalf("verify %s: exit code %d: %+v", out, code, s.Sinks)
	}
	return s.Sinks[0].Check.Found
}

// product is a digest of an output but for the books and the evidence, which tells the time.
func product(t *testing.T, out string) string {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(out, "evidence")); err != nil {
		t.Fatal(err)
	}
	return tree(t, out)
}

// TestLawDirectEqualsThroughAnArchive: A→B = A→archive→B.
func TestLawDirectEqualsThroughAnArchive(t *testing.T) {
	bin := program(t)
	for seed := range uint64(2) {
		dump, dir := lawDump(t, 100+seed), t.TempDir()
		for _, sink := range []string{"mattermost", "archive"} {
			direct, middle, through := filepath.Join(dir, sink), filepath.Join(dir, sink+"-middle"), filepath.Join(dir, sink+"-through")
			a, salts := deliver(t, bin, "", dump, direct, "--to", sink)
			deliver(t, bin, "", dump, middle, "--to", "archive")
			b, _ := deliver(t, bin, salts, middle, through, "--to", sink)
			if a != b {
				t.Errorf("seed %d, %s: roots %s and %s", seed, sink, a, b)
			}
			if sink == "mattermost" { // an archive's shards are its source's, so only the import can be equal
				sameImport(t, direct, through)
			}
		}
	}
}

// sameImport compares two imports: the same lines, posts and files in the same order. People met only in
// messages stand elsewhere, because an archive knows them beforehand.
func sameImport(t *testing.T, a, b string) {
	t.Helper()
	read := func(out string) (users, rest []string) {
		rezip(t, filepath.Join(out, "mattermost-import.zip"), func(name string, b []byte) []byte {
			if name != "import.jsonl" {
				rest = append(rest, fmt.Sprintf("%s %x", name, len(b)))
				return b
			}
			for line := range strings.Lines(string(b)) {
				if strings.HasPrefix(line, `{"type":"user"`) {
					users = append(users, line)
				} else {
					rest = append(rest, line)
				}
			}
			return b
		})
		slices.Sort(users)
		return users, slices.DeleteFunc(rest, func(s string) bool { return strings.HasPrefix(s, "chatferry.ndjson") })
	}
	ua, ra := read(a)
	ub, rb := read(b)
	if !slices.Equal(ua, ub) || !slices.Equal(ra, rb) {
		t.Errorf("the imports differ: %d and %d users, %d and %d other lines and files", len(ua), len(ub), len(ra), len(rb))
	}
}

// keys of a type that an ndjson output holds.
func keys(t *testing.T, out string, types ...string) (list []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(out, "records-0001.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Buffer(nil, 1<<24); lines.Scan(); {
		if slices.Contains(types, message.TypeOf(lines.Text())) {
			list = append(list, message.KeyOf(lines.Text()))
		}
	}
	slices.Sort(list)
	return list
}

// pipelineFile writes a pipeline of one source, filter and sink.
func pipelineFile(t *testing.T, source, in, rule, sink, out string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.hcl")
	text := fmt.Sprintf(`source %q "a" {
  path = %q
}
transform "filter" "x" {
  %s
}
sink %q "b" {
  path = %q
}
pipeline "p" {
  from    = [source.%[1]s.a]
  through = [transform.filter.x]
  to      = [sink.%[4]s.b]
}
`, source, in, rule, sink, out)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestLawAFilterAndItsOppositeAreAll: filter(x) and filter(not x) are disjoint and add up.
func TestLawAFilterAndItsOppositeAreAll(t *testing.T) {
	bin, dump := program(t), lawDump(t, 7)
	run := func(rule string) (got []string, filtered int64) {
		dir := t.TempDir()
		s, code := summary(t, bin, "run", pipelineFile(t, "slack", dump, rule, "ndjson", filepath.Join(dir, "out")))
		if balanced(t, s); code != 0 {
			t.Fatalf("%s: exit code %d", rule, code)
		}
		return keys(t, filepath.Join(dir, "out"), message.TypeMessage), s.Filtered
	}
	whole, _ := run("")
	for name, x := range map[string][2]string{
		"time":        {`since = "2023-01-20"`, `until = "2023-01-19"`},
		"kinds":       {`kinds = ["public"]`, `kinds = ["private", "direct", "group", "unknown"]`},
		"types":       {`include_types = ["text"]`, `exclude_types = ["text"]`},
		"people":      {`people = ["@ada.winter"]`, `where = msg.author != "` + ada(t, bin, dump) + `"`},
		"attachments": {`with_attachments = true`, `where = !present(msg.attachments)`},
		"where":       {`where = msg.kind == "text" && present(msg.reactions)`, `where = !(msg.kind == "text" && present(msg.reactions))`},
		"keyword":     {`where = contains(lower(msg.text), "tide")`, `where = !contains(lower(msg.text), "tide")`},
	} {
		is, fi := run(x[0])
		not, fn := run(x[1])
		both := slices.Sorted(slices.Values(append(slices.Clone(is), not...)))
		if len(is) == 0 || len(not) == 0 || !slices.Equal(both, whole) {
			t.Errorf("%s: %d and %d messages of %d, %d of them different ones", name, len(is), len(not), len(whole), len(slices.Compact(both)))
		}
		if fi < int64(len(not)) || fn < int64(len(is)) {
			t.Errorf("%s: %d and %d filtered, %d and %d left", name, fi, fn, len(is), len(not))
		}
	}
}

// ada is the key of a person.
func ada(t *testing.T, bin, dump string) string {
	out := t.TempDir()
	deliver(t, bin, "", dump, out, "--to", "ndjson")
	b, err := os.ReadFile(filepath.Join(out, "records-0001.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if message.TypeOf(line) == message.TypePerson && strings.Contains(line, `"username":"ada.winter"`) {
			return message.KeyOf(line)
		}
	}
	t.Fatal("the dump has no ada.winter")
	return ""
}

// TestLawHowItRunsDoesNotMatter: workers, batches and crashes change neither root nor bytes.
func TestLawHowItRunsDoesNotMatter(t *testing.T) {
	bin, dump, dir := program(t), lawDump(t, 8), t.TempDir()
	for _, sink := range []string{"mattermost", "archive", "ndjson"} {
		first := filepath.Join(dir, sink)
		root, salts := deliver(t, bin, "", dump, first, "--to", sink, "--jobs", "1")
		want := product(t, first)
		check := func(what, out string) {
			t.Helper()
			if got := rootOf(t, bin, out, salts); got != root {
				t.Errorf("%s, %s: root %s, not %s", sink, what, got, root)
			}
			if product(t, out) != want {
				t.Errorf("%s, %s: other bytes", sink, what)
			}
		}
		for _, jobs := range []string{"2", "7"} {
			out := first + "-" + jobs
			deliver(t, bin, salts, dump, out, "--to", sink, "--jobs", jobs)
			check(jobs+" workers", out)
		}
		out := first + "-batch"
		smallBatches(t, dump, out, sink)
		check("batches of one checkpoint", out)
		out = first + "-killed"
		check(fmt.Sprintf("%d kills", killed(t, bin, 4, dump, out, "--to", sink)), out)
	}
}

// smallBatches converts in this process, with sources that send at every checkpoint.
func smallBatches(t *testing.T, dump, out, sink string) {
	t.Helper()
	h, err := host.New(host.Options{Builtins: plugins.Builtin(), InProcess: true, BatchBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	a := &app{stdout: io.Discard, stderr: io.Discard, getenv: os.Getenv}
	meter, err := a.reporter("none")
	if err != nil {
		t.Fatal(err)
	}
	s := &session{app: a, host: h, meter: meter, began: time.Now()}
	defer s.close()
	text, _, code := call(t, program(t), "convert", dump, out, "--to", sink, "--print-hcl")
	if code != 0 {
		t.Fatal(code)
	}
	file := filepath.Join(t.TempDir(), "p.hcl")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.load(t.Context(), []string{file}, varFlags{}); err != nil {
		t.Fatal(err)
	}
	if err := s.open(t.Context(), "", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// killed converts with SIGKILL at random moments, then to the end, and tells how often it was killed.
func killed(t *testing.T, bin string, kills int, args ...string) (n int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		cmd := exec.Command(bin, append([]string{"convert"}, append(args, "--no-verify", "--progress", "none")...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if n < kills {
			time.Sleep(time.Duration(rnd.IntN(120)) * time.Millisecond)
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		err := cmd.Wait()
		if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			n++
			continue
		}
		if code := exitCode(err); code > 12 {
			t.Fatalf("after %d kills: exit code %d", n, code)
		}
		return n
	}
	t.Fatal("it never ended")
	return n
}

// TestLawTheOrderOfASourceDoesNotMatter shuffles the lines of a source and cuts them into several files.
func TestLawTheOrderOfASourceDoesNotMatter(t *testing.T) {
	bin, dump, dir := program(t), lawDump(t, 9), t.TempDir()
	lines := filepath.Join(dir, "lines")
	deliver(t, bin, "", dump, lines, "--to", "ndjson")
	b, err := os.ReadFile(filepath.Join(lines, "records-0001.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	records := strings.SplitAfter(strings.TrimSuffix(string(b), "\n")+"\n", "\n")
	records = slices.DeleteFunc(records, func(s string) bool { return s == "" })
	straight := filepath.Join(dir, "straight")
	move := func(in, out, salts string) (root string) {
		if s, code := summary(t, bin, "run", pipelineFile(t, "ndjson", in, "", "mattermost", out)); code > 10 {
			t.Fatalf("exit code %d: %+v", code, s.Verdicts)
		}
		return rootOf(t, bin, out, salts)
	}
	root := move(filepath.Join(lines, "records-0001.ndjson"), straight, "")
	salts, want := verify.SaltsFile(filepath.Join(straight, job.StateName)), product(t, straight)
	rnd := rand.New(rand.NewPCG(3, 4))
	for round := range 3 {
		rnd.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		in, out := filepath.Join(dir, fmt.Sprint("in", round)), filepath.Join(dir, fmt.Sprint("out", round))
		if err := os.Mkdir(in, 0o700); err != nil {
			t.Fatal(err)
		}
		for part := range 4 {
			text := strings.Join(records[len(records)*part/4:len(records)*(part+1)/4], "")
			if err := os.WriteFile(filepath.Join(in, fmt.Sprintf("part-%d.ndjson", part)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := move(in, out, salts); got != root || product(t, out) != want {
			t.Errorf("round %d: root %s, not %s, or other bytes", round, got, root)
		}
	}
}
