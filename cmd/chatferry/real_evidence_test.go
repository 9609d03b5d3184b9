//go:build real

package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// outsiders are the three commands of VERIFY.md, run inside a bundle. Each gives true when it is content.
func outsiders(t *testing.T, bundle, archive, signers string) map[string]bool {
	t.Helper()
	did := map[string]bool{}
	for name, line := range map[string]string{
		"sha256sum":  "sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt",
		"ssh-keygen": "ssh-keygen -Y verify -f '" + signers + "' -I tester -n chatferry -s statement.json.sig < data/statement.json",
		"verify.py":  "/usr/bin/python3 -B '" + script(t) + "' . '" + archive + "'",
	} {
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = bundle
		out, err := cmd.CombinedOutput()
		did[name] = err == nil
		if err != nil && bytes.Contains(out, []byte("Traceback")) {
			t.Errorf("%s broke down instead of saying what is wrong:\n%s", name, out)
		}
	}
	return did
}

// script is verify.py as it is in the repository: an auditor does not run the one from the bundle.
func script(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../schema/verify.py")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestEvidenceIsCheckedWithoutUs checks a bundle that was just made, and tampered copies of it, with
// sha256sum, ssh-keygen and Python.
func TestEvidenceIsCheckedWithoutUs(t *testing.T) {
	bin, out, dir := program(t), t.TempDir(), t.TempDir()
	private, public := signingKey(t)
	dump := filepath.Join(dir, "export.zip")
	if _, err := slackgen.Generate(dump, slackgen.Config{Seed: 21, Messages: 900, Users: 20, Bots: 2, Channels: 8, Private: 2, DMs: 5, Groups: 2, Days: 40, Every: true, Uploads: slackgen.Uploads}); err != nil {
		t.Fatal(err)
	}
	if _, code := summary(t, bin, "convert", dump, out, "--to", "archive,mattermost", "--sign", private); code > 12 {
		t.Fatalf("exit code %d", code)
	}
	key, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	signers := filepath.Join(dir, "allowed_signers")
	if err := os.WriteFile(signers, append([]byte("tester "), key...), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, ok := range outsiders(t, filepath.Join(out, "evidence"), filepath.Join(out, "archive"), signers) {
		if !ok {
			t.Errorf("%s refuses an untouched bundle", name)
		}
	}
	flip := func(name string) func(string) {
		return func(out string) {
			path := filepath.Join(out, name)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 1
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := func(out, pattern string) string {
		found, err := fs.Glob(os.DirFS(out), pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		return found[len(found)-1]
	}
	for name, c := range map[string]struct {
		forge func(out string)
		find  []string // who must notice; the others may
	}{
		"a table":        {flip("evidence/data/books.csv"), []string{"sha256sum", "verify.py"}},
		"the statement":  {flip("evidence/data/statement.json"), []string{"sha256sum", "ssh-keygen"}},
		"the signature":  {flip("evidence/statement.json.sig"), []string{"sha256sum", "ssh-keygen"}},
		"a file is gone": {func(out string) { os.Remove(filepath.Join(out, "evidence/data/loss.csv")) }, []string{"sha256sum", "verify.py"}},
		"a file is new":  {func(out string) { os.WriteFile(filepath.Join(out, "evidence/data/new.csv"), nil, 0o600) }, []string{"verify.py"}},
		"an archive's day": {func(out string) {
			dropRecord(t, filepath.Join(out, "archive", first(filepath.Join(out, "archive"), "records/0001/*.zst")))
		}, []string{"verify.py"}},
		"a medium": {func(out string) { flip("archive/" + first(filepath.Join(out, "archive"), "media/*/*/*"))(out) }, []string{"verify.py"}},
		"a salt":   {func(out string) { otherSalt(t, filepath.Join(out, ".chatferry/salts.tsv")) }, []string{"verify.py"}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			forged := filepath.Join(t.TempDir(), "out")
			copyTree(t, out, forged)
			c.forge(forged)
			content := outsiders(t, filepath.Join(forged, "evidence"), filepath.Join(forged, "archive"), signers)
			for who, ok := range content {
				if ok && slices.Contains(c.find, who) {
					t.Errorf("%s did not notice", who)
				}
			}
			if _, errs, code := call(t, bin, "verify", forged); code != 21 && code != 30 { // 30: the archive cannot be read
				t.Errorf("verify: exit code %d: %s", code, errs)
			}
		})
	}
}

// dropRecord takes one line out of an archive's segment and packs it again.
func dropRecord(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("sh", "-c", "zstd -dcq '"+path+"' | sed 2d | zstd -q -f -o '"+path+".new' && mv '"+path+".new' '"+path+"'").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func otherSalt(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.IndexByte(b, '\n') - 1 // of the subject "", to whom every conversation's own record belongs
	if b[i]++; b[i] == '9'+1 || b[i] == 'f'+1 {
		b[i] = '0'
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestATimestampTokenHasItsSlot lets OpenSSL play a timestamp authority.
func TestATimestampTokenHasItsSlot(t *testing.T) {
	bin, out, dir := program(t), t.TempDir(), t.TempDir()
	private, _ := signingKey(t)
	if _, code := summary(t, bin, "convert", sampleDump, out, "--to", "archive", "--sign", private); code > 12 {
		t.Fatalf("exit code %d", code)
	}
	config := `[tsa]
default_tsa = one
[one]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[ext]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
basicConstraints = CA:FALSE
[req]
distinguished_name = dn
[dn]
`
	if err := os.WriteFile(filepath.Join(dir, "tsa.cnf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	statement, token := filepath.Join(out, "evidence/data/statement.json"), filepath.Join(out, "evidence/statement.json.tsr")
	outside(t, dir, "sh", "-c", "echo 01 > serial; openssl req -config tsa.cnf -extensions ext -new -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -days 2 -subj /CN=tsa && "+
		"openssl ts -query -data '"+statement+"' -sha256 -cert -out q.tsq && openssl ts -reply -config tsa.cnf -section one -queryfile q.tsq -inkey tsa.key -signer tsa.pem -out '"+token+"'")
	outside(t, dir, "openssl", "ts", "-verify", "-data", statement, "-in", token, "-CAfile", "tsa.pem")
	if s, _ := summary(t, bin, "verify", out); s.Verdicts.Report != report.ReportTimestamped {
		t.Errorf("report is %s: %s", s.Verdicts.Report, saying(s, "EVIDENCE"))
	}
	outside(t, dir, "sh", "-c", "echo else > else; openssl ts -query -data else -sha256 -cert -out q.tsq && openssl ts -reply -config tsa.cnf -section one -queryfile q.tsq -inkey tsa.key -signer tsa.pem -out '"+token+"'")
	if s, code := summary(t, bin, "verify", out); code != 21 || !strings.Contains(saying(s, "EVIDENCE"), "something else") {
		t.Errorf("a token for something else: exit code %d, %s", code, saying(s, "EVIDENCE"))
	}
}
