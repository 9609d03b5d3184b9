package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/report"
)

const sampleDump = "../../testdata/sample/ferry-export.zip"

// signingKey makes a key pair as an administrator would.
func signingKey(t *testing.T) (private, public string) {
	t.Helper()
	private = filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", private).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	return private, private + ".pub"
}

func bundleOf(t *testing.T, out string) evidence.Finding {
	t.Helper()
	f, err := evidence.Check(filepath.Join(out, evidence.Folder))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// saying finds what the findings with an id say.
func saying(s report.Summary, id string) string {
	var all []string
	for _, f := range s.Findings {
		if f.ID == id {
			all = append(all, f.Text)
		}
	}
	return strings.Join(all, "\n")
}

// TestEvidenceThroughTheLifeOfAnOutput follows one output folder: delivered unproven, verified, signed,
// verified again, tampered with, signed anew.
func TestEvidenceThroughTheLifeOfAnOutput(t *testing.T) {
	bin, out := program(t), t.TempDir()
	private, public := signingKey(t)
	_, stranger := signingKey(t)
	verify := func(want string, args ...string) report.Summary {
		t.Helper()
		s, code := summary(t, bin, append([]string{"verify", out}, args...)...)
		if s.Verdicts.Report != want || (code == 21) != (want == report.ReportTampered) {
			t.Fatalf("verify %q: exit code %d, report %s: %s", args, code, s.Verdicts.Report, saying(s, "EVIDENCE"))
		}
		return s
	}
	s, code := summary(t, bin, "convert", sampleDump, out, "--to", "archive", "--no-verify")
	if code != 12 || s.Verdicts.Report != report.ReportUnsigned || s.Evidence != filepath.Join(out, "evidence") {
		t.Fatalf("exit code %d, %+v", code, s)
	}
	first := bundleOf(t, out)
	if sinks := first.Statement.Predicate.Sinks; len(first.Bad) > 0 || sinks[0].FoundRoot != "" {
		t.Fatalf("%+v", first)
	}
	verify(report.ReportUnsigned)
	proven := bundleOf(t, out)
	if sinks := proven.Statement.Predicate.Sinks; sinks[0].FoundRoot == "" || sinks[0].FoundRoot != sinks[0].ExpectedRoot || proven.Statement.Predicate.Previous != first.Digest {
		t.Errorf("reading back did not renew the evidence: %+v", proven.Statement.Predicate)
	}
	manifest, err := plugin.FileDigest(filepath.Join(out, "manifest-sha256.txt"))
	if err != nil || !slices.ContainsFunc(proven.Statement.Subject, func(s evidence.Subject) bool {
		return s.Name == "archive/manifest-sha256.txt" && s.Digest["sha256"] == manifest
	}) {
		t.Errorf("%v: the statement does not name the archive's manifest: %+v", err, proven.Statement.Subject)
	}
	verify(report.ReportSigned, "--sign", private)
	signed := bundleOf(t, out)
	verify(report.ReportSigned)
	verify(report.ReportSigned, "--signer", public)
	verify(report.ReportTampered, "--signer", stranger)
	if again := bundleOf(t, out); again.Digest != signed.Digest || len(again.Bad) > 0 {
		t.Error("a verification changed signed evidence")
	}
	books := filepath.Join(out, "evidence", "data", "books.csv")
	b, err := os.ReadFile(books)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(books, bytes.Replace(b, []byte(",560,"), []byte(",561,"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := verify(report.ReportTampered); !strings.Contains(saying(s, "EVIDENCE"), "data/books.csv was changed") {
		t.Errorf("it says %q", saying(s, "EVIDENCE"))
	}
	verify(report.ReportSigned, "--sign", private)
	if left := bundleOf(t, out); len(left.Bad) > 0 || left.Statement.Predicate.Previous != signed.Digest {
		t.Errorf("signed anew: %+v", left.Bad)
	}
}

// TestBooksThatWereExchangedAreFound replaces the salts, without which the roots cannot be the same.
func TestBooksThatWereExchangedAreFound(t *testing.T) {
	bin, out := program(t), t.TempDir()
	private, _ := signingKey(t)
	if _, code := summary(t, bin, "convert", sampleDump, out, "--to", "archive", "--sign", private); code > 12 {
		t.Fatalf("exit code %d", code)
	}
	salts := filepath.Join(out, ".chatferry", "salts.tsv")
	b, err := os.ReadFile(salts)
	if err != nil {
		t.Fatal(err)
	}
	last := len(b) - 2
	b[last] = "0123456789abcdef"[(bytes.IndexByte([]byte("0123456789abcdef"), b[last])+1)%16]
	if err := os.WriteFile(salts, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, code := summary(t, bin, "verify", out)
	if code != 21 || !strings.Contains(saying(s, "EVIDENCE"), "the books of archive are not those that the statement was made from") {
		t.Errorf("exit code %d: %s", code, saying(s, "EVIDENCE"))
	}
}

func TestAKeyThatCannotSignIsSaidBeforeTheRun(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	_, public := signingKey(t)
	_, errs, code := call(t, bin, "convert", sampleDump, filepath.Join(dir, "out"), "--to", "archive", "--sign", public)
	if code != 40 || !strings.Contains(errs, "private key") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("something was written all the same")
	}
}
