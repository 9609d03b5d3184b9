package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// troublePipeline writes a pipeline with the plugin of trouble_test.go as source or sink. settings are those of its
// block, a sink of trouble gets the sample; out is where outputs go.
func troublePipeline(t *testing.T, as, settings, out string) string {
	t.Helper()
	dir := t.TempDir()
	prog, sum, err := troubleBinary(dir)
	if err != nil {
		t.Fatal(err)
	}
	from, to := `source "trouble" "x" {`+"\n"+settings+"\n}", `sink "archive" "y" {`+"\n"+`path = "`+out+`"`+"\n}"
	names := `from = [source.trouble.x]` + "\n" + `to = [sink.archive.y]`
	if as == "sink" {
		sample, err := filepath.Abs("../../testdata/sample/ferry-export.zip")
		if err != nil {
			t.Fatal(err)
		}
		from = `source "slack" "x" {` + "\n" + `path = "` + sample + `"` + "\n}"
		to = `sink "trouble" "y" {` + "\n" + settings + "\n" + `path = "` + out + `"` + "\n}"
		names = `from = [source.slack.x]` + "\n" + `to = [sink.trouble.y]`
	}
	text := fmt.Sprintf("plugin \"trouble\" {\nsource = %q\nsha256 = %q\n}\n%s\n%s\npipeline \"p\" {\n%s\n}\n", prog, sum, from, to, names)
	if strings.Contains(settings, "var.token") {
		text += "variable \"token\" {\ntype = string\nsensitive = true\n}\n"
	}
	path := filepath.Join(dir, "p.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// troubleTrial compares with a run of the same pipeline in which trouble does what is right.
func troubleTrial(t *testing.T, as string) (r *trial, pipeline func(do string, once bool) (out string)) {
	t.Helper()
	quiet := filepath.Join(t.TempDir(), "quiet")
	r = newTrialInto(t, quiet, "run", troublePipeline(t, as, "", quiet), "--progress", "plain", "--log-level", "debug")
	return r, func(do string, once bool) string {
		out := filepath.Join(t.TempDir(), "out")
		settings := fmt.Sprintf("do = %q", do)
		if once {
			settings += fmt.Sprintf("\nonce = %q", filepath.Join(t.TempDir(), "done"))
		}
		r.args[1] = troublePipeline(t, as, settings, out)
		return out
	}
}

// TestFault02SourceDies kills a source in the middle of a shard: once, and every time.
func TestFault02SourceDies(t *testing.T) {
	t.Parallel()
	r, pipeline := troubleTrial(t, "source")
	out := pipeline("kill", true)
	if code, said := r.run(out); code != r.exit || !strings.Contains(said, "started again") {
		t.Errorf("killed once: exit code %d\n%s", code, said)
	}
	r.same(out)
	r.clean("a run whose source died once", out)
	out = pipeline("kill", false)
	code, said := r.run(out)
	r.failed(code, said, out, 50, "plugin trouble", "signal: killed", "run the same command again")
	r.clean("a run whose source always dies", out)
}

// TestFault03SinkDiesAfterItsCommit kills a sink when a shard is durable but nobody knows.
func TestFault03SinkDiesAfterItsCommit(t *testing.T) {
	t.Parallel()
	r, pipeline := troubleTrial(t, "sink")
	out := pipeline("die after commit", true)
	code, said := r.run(out)
	r.failed(code, said, out, 50, "plugin trouble", "exit status 9")
	r.settled(out) // the same bytes: each record once
}

// TestFault04PluginHangs interrupts runs whose plugin does not answer any more; that a hanging plugin is found by
// itself is tested where waiting is short, in core/host.
func TestFault04PluginHangs(t *testing.T) {
	t.Parallel()
	for _, as := range []string{"source", "sink"} {
		r, pipeline := troubleTrial(t, as)
		out := pipeline(map[string]string{"source": "hang", "sink": "hang in write"}[as], false)
		cmd := r.command(out)
		cmd.Stdout, cmd.Stderr = &r.said, &r.said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond)
		cmd.Process.Signal(os.Interrupt)
		began := time.Now()
		if code := exitCode(cmd.Wait()); code != 130 || time.Since(began) > 15*time.Second {
			t.Errorf("%s: exit code %d after %s", as, code, time.Since(began))
		}
		r.failed(130, r.said.String(), out, 130, "interrupted", "run the same command again")
		r.clean("an interrupted run with a hanging "+as, out)
	}
}

// TestFault05PluginEndsBeforeTheEnd lets a source panic, fail or exit as if all were well.
func TestFault05PluginEndsBeforeTheEnd(t *testing.T) {
	t.Parallel()
	r, pipeline := troubleTrial(t, "source")
	for do, says := range map[string]string{"panic": "tell its author", "exit": "exit status 0", "fail": "plugin trouble"} {
		out := pipeline(do, false)
		code, said := r.run(out)
		if do == "fail" { // an error that the plugin does not explain is its own mistake
			said = strings.ReplaceAll(said, "this is a mistake in Chatferry", "")
		}
		r.failed(code, said, out, 50, "trouble", says)
		r.clean("a run whose source does "+do, out)
	}
	out := pipeline("exit", true)
	if code, said := r.run(out); code != r.exit {
		t.Errorf("exits once: exit code %d\n%s", code, said)
	}
	r.same(out)
}

// TestFault07PluginIsGreedy lets a source talk without end, start a process that stays, and take all memory.
func TestFault07PluginIsGreedy(t *testing.T) {
	t.Parallel()
	r, pipeline := troubleTrial(t, "source")
	out := pipeline("flood", false)
	cmd := r.command(out)
	var said countingWriter
	cmd.Stdout, cmd.Stderr = &said, &said
	held, err := memory(cmd, r.bin)
	if code := exitCode(err); code != r.exit || held > 256 {
		t.Errorf("flood: exit code %d, %d MiB were held", code, held)
	}
	if said.escapes > 0 || said.n > 2<<20 {
		t.Errorf("a plugin that talks without end made us print %d bytes with %d escapes", said.n, said.escapes)
	}
	r.same(out)
	out = pipeline("fork", false)
	if code, said := r.run(out); code != r.exit {
		t.Errorf("fork: exit code %d\n%s", code, said)
	}
	if list, _ := filepath.Glob("/proc/[0-9]*/cmdline"); len(list) > 0 {
		for _, p := range list {
			if b, _ := os.ReadFile(p); string(b) == "/bin/sleep\x00987\x00" {
				t.Errorf("what the plugin started still runs: %s", p)
			}
		}
	}
	out = pipeline("leak", true)
	code, text := r.run(out, limited("-d 1500000")...)
	if code != r.exit || !strings.Contains(text, "started again") {
		t.Errorf("a source that leaked once: exit code %d\n%s", code, text)
	}
	r.same(out)
}

// countingWriter counts what is printed.
type countingWriter struct{ n, escapes int }

func (w *countingWriter) Write(b []byte) (int, error) {
	w.n += len(b)
	w.escapes += strings.Count(string(b), "\x1b")
	return len(b), nil
}

// TestFault24EvilSink lets a sink acknowledge records and do something else with them; the read-back finds and
// names each.
func TestFault24EvilSink(t *testing.T) {
	t.Parallel()
	r, pipeline := troubleTrial(t, "sink")
	if r.exit != 0 {
		t.Fatalf("an honest sink: exit code %d", r.exit)
	}
	for do, kind := range map[string]string{"drop": "missing", "truncate": "differs", "rewrite": "differs", "retime": "differs", "reauthor": "differs", "duplicate": "extra"} {
		out := pipeline(do, false)
		s, code := summary(t, r.bin, "run", r.args[1])
		if code != 21 || len(s.Sinks) != 1 || s.Sinks[0].Check == nil {
			t.Errorf("%s: exit code %d: %+v", do, code, s.Sinks)
			continue
		}
		b, err := os.ReadFile(s.Sinks[0].Check.File)
		if err != nil || !strings.Contains(string(b), `"kind":"`+kind+`"`) || !strings.Contains(string(b), `"key":"slack:`) {
			t.Errorf("%s is not named (%v):\n%s", do, err, b)
		}
		_ = out
	}
}

// TestFault39SecretsStayWhereTheyAre gives a secret to a plugin and looks for it everywhere while and after it runs.
func TestFault39SecretsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	for _, do := range []string{"", "hang", "panic", "kill", "fail"} {
		r := &trial{t: t, bin: program(t), tmp: shortTemp(t)}
		out := filepath.Join(t.TempDir(), "out")
		r.args = []string{"run", troublePipeline(t, "source", "token = var.token\ndo = \""+do+"\"", out), "--progress", "json", "--log-level", "debug"}
		cmd := r.command(out)
		cmd.Env = append(cmd.Env, "CHATFERRY_VAR_token="+canarySecret)
		cmd.Stdout, cmd.Stderr = &r.said, &r.said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(700 * time.Millisecond)
		if do == "hang" {
			looked := lookAtProcesses(t, r.bin, cmd.Process.Pid)
			if looked == 0 {
				t.Error("no process of a plugin was seen")
			}
			cmd.Process.Signal(syscall.SIGTERM)
		}
		code := exitCode(cmd.Wait())
		if (code <= 30) != (do == "") {
			t.Errorf("%s: exit code %d\n%s", do, code, r.said.String())
		}
		r.clean("a run with a secret", out)
		if do == "" && len(outputs(t, out)) == 0 {
			t.Error("nothing was delivered")
		}
	}
}

// lookAtProcesses looks for the secret in what "ps" shows of plugins. The environment of the program itself holds
// it, because the user put it there.
func lookAtProcesses(t *testing.T, bin string, main int) (seen int) {
	t.Helper()
	list, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range list {
		exe, _ := os.Readlink(p + "/exe")
		if !strings.HasPrefix(exe, bin) && filepath.Base(exe) != troubleProgram || filepath.Base(p) == fmt.Sprint(main) {
			continue
		}
		seen++
		for _, name := range []string{"cmdline", "environ"} {
			if b, _ := os.ReadFile(p + "/" + name); strings.Contains(string(b), canarySecret) {
				t.Errorf("the secret is in %s of a plugin's process", name)
			}
		}
	}
	return seen
}

// TestFault40Tampering changes a plugin's program after its checksum was written down, takes a file away from an
// archive, adds one, and puts older books in place of newer ones.
func TestFault40Tampering(t *testing.T) {
	t.Parallel()
	r, pipeline := troubleTrial(t, "source")
	out := pipeline("", false)
	prog := filepath.Join(filepath.Dir(r.args[1]), troubleProgram)
	b, err := os.ReadFile(prog)
	if err == nil {
		err = os.Remove(prog) // it may be a link
	}
	if err == nil {
		err = os.WriteFile(prog, append(b, 0), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, said := r.run(out); code != 40 || !strings.Contains(said, "start plugin trouble: the program's sha256 is") || !strings.Contains(said, "If you meant to replace the program") {
		t.Errorf("another program than was pinned: exit code %d\n%s", code, said)
	}
	r.whole(out)

	c := convertTrial(t)
	out = filepath.Join(t.TempDir(), "out")
	c.settled(out)
	segments, err := filepath.Glob(filepath.Join(out, "archive", "records", "0001", "*"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	whole, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what, name string) {
		t.Helper()
		_, said, code := call(t, c.bin, "verify", out, "--progress", "plain")
		if code == c.exit && !strings.Contains(said, "Error: ") || !strings.Contains(said, name) || !strings.Contains(said, "Next: ") {
			t.Errorf("%s: exit code %d\n%s", what, code, said)
		}
	}
	if err := os.Remove(segments[0]); err != nil {
		t.Fatal(err)
	}
	refused("a file taken away", filepath.Base(segments[0]))
	write(t, segments[0], whole[:len(whole)-3])
	refused("a file cut off", filepath.Base(segments[0]))
	write(t, segments[0], whole)
	books := filepath.Join(out, ".chatferry", "ledger.db")
	before, err := os.ReadFile(books)
	if err != nil {
		t.Fatal(err)
	}
	write(t, books, before[:len(before)/2])
	refused("books cut off", "ledger.db")
	write(t, books, before)
	c.same(out)
}

// TestFault41ChangedPipeline widens a filter after a run has begun. Who may approve a pipeline waits for roles; that
// a folder belongs to the settings it was begun with does not.
func TestFault41ChangedPipeline(t *testing.T) {
	t.Parallel()
	r := convertTrial(t)
	out := filepath.Join(t.TempDir(), "out")
	args := r.args
	r.args = append(slices.Clone(args), "--since", "2023-01-04")
	if code, said := r.run(out); code > 30 {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	narrow := outputs(t, out)
	r.args = append(slices.Clone(args), "--since", "2023-01-02")
	code, said := r.run(out)
	r.want = narrow
	r.failed(code, said, out, 40, "other settings", "choose another output folder")
	r.same(out)
}
