package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

const parcels = `
source "slack" "acme" {
  path = %q
}
sink "archive" "bag" {
  path = "%[2]s/bag"
  package "bagit" {}
}
sink "ndjson" "safe" {
  path = "%[2]s/safe"
  package "bagit" {}
  encrypt {
    recipients = [%[3]q]
  }
}
pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.bag, sink.ndjson.safe]
}
`

// parcelsOf is what must be the same of an output folder: the bag, and the tar in the encrypted file.
func parcelsOf(t *testing.T, out string) string {
	t.Helper()
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (strings.Contains(d.Name(), "plain-") || strings.HasSuffix(d.Name(), ".partial") || strings.HasPrefix(d.Name(), "work-")) {
			t.Errorf("%s is left behind", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if list, _ := os.ReadDir(filepath.Join(out, "safe")); len(list) != 1 || list[0].Name() != "safe.tar.age" {
		t.Errorf("beside the encrypted file: %v", list)
	}
	return tree(t, filepath.Join(out, "bag")) + " " + sealOf(t, out).Tar
}

type sealSaid struct {
	Tar      string `json:"tar_sha256"`
	ReadBack string `json:"read_back"`
}

func sealOf(t *testing.T, out string) (s sealSaid) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(out, ".chatferry", "sealed-safe.json"))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFault01ParcelsOfAKilledRun kills runs, their read-back included, that make a bag and an encrypted one: in the
// end both are what an undisturbed run makes, nothing plain is left, and the encrypted one was read back.
func TestFault01ParcelsOfAKilledRun(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	dump, key := filepath.Join(dir, "export.zip"), filepath.Join(dir, "key")
	if _, err := slackgen.Generate(dump, slackgen.Config{Seed: 12, Messages: 800, Users: 20, Channels: 5, DMs: 4, Days: 20, Every: true, Uploads: slackgen.Uploads}); err != nil {
		t.Fatal(err)
	}
	k, err := age.GenerateX25519Identity()
	if err == nil {
		err = os.WriteFile(key, []byte(k.String()), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	start := func(out string) (*exec.Cmd, *bytes.Buffer) {
		hcl := out + ".hcl"
		if err := os.WriteFile(hcl, fmt.Appendf(nil, parcels, dump, out, k.Recipient().String()), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bin, "run", hcl, "--progress", "none")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, &said
	}
	quiet, began := filepath.Join(dir, "quiet"), time.Now()
	cmd, said := start(quiet)
	exit := exitCode(cmd.Wait())
	if exit > 11 {
		t.Fatalf("undisturbed run: exit code %d\n%s", exit, said)
	}
	whole, want := time.Since(began), parcelsOf(t, quiet)
	rnd := rand.New(rand.NewPCG(uint64(kills(t)), 6))
	killed, finished := 0, 0
	for ; killed < kills(t)/8 || finished == 0; finished++ {
		out := filepath.Join(dir, fmt.Sprint("out", finished))
		n, code := survive(t, func() (*exec.Cmd, *bytes.Buffer) { return start(out) }, whole, rnd)
		killed += n
		if got := parcelsOf(t, out); got != want {
			t.Fatalf("after %d kills: %s, want %s", killed, got, want)
		}
		if back := sealOf(t, out).ReadBack; back != "agrees" || code != exit && code != 12 { // 12: killed when all was read back
			t.Fatalf("after %d kills: exit code %d, want %d; read back: %q", killed, code, exit, back)
		}
		if text, errs, code := call(t, bin, "verify", out, "--identity", key); code != exit {
			t.Fatalf("verify: exit code %d, want %d\n%s%s", code, exit, text, errs)
		}
		os.RemoveAll(out)
	}
	t.Logf("%d kills, %d runs finished", killed, finished)
	if left := orphans(t, bin); left != "" {
		t.Errorf("processes are left:\n%s", left)
	}
}
