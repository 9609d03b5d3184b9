//go:build real

package envelope

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func shell(t *testing.T, line string, args ...string) {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"-c", line, "sh"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// TestAgeAndTarAgree lets the age of the distribution and GNU tar open what we made, and us what they made.
func TestAgeAndTarAgree(t *testing.T) {
	dir, all := folder(t), keys(t)
	path, s := packed(t, dir, all["age"][0], all["ssh"][0])
	for _, k := range []string{"age", "ssh"} {
		out := t.TempDir()
		shell(t, `age -d -i "$1" "$2" | tar x -C "$3"`, all[k][1], path, out)
		if got, want := list(t, filepath.Join(out, "out")), list(t, dir); got != want {
			t.Errorf("%s: got\n%swant\n%s", k, got, want)
		}
		sum := filepath.Join(out, "sum")
		shell(t, `age -d -i "$1" "$2" | sha256sum | cut -c1-64 | tr -d '\n' > "$3"`, all[k][1], path, sum)
		if b, err := os.ReadFile(sum); err != nil || string(b) != s.TarSHA256 {
			t.Errorf("%s: the tar has the digest %s, the seal says %s", k, b, s.TarSHA256)
		}

		theirs := filepath.Join(t.TempDir(), "theirs")
		shell(t, `cd "$1" && tar c --format=posix --transform 's,^[.],out,' -f "$2.tar" . && age -r "$3" -o "$2" "$2.tar"`, dir, theirs, all[k][0])
		b, err := os.ReadFile(theirs + ".tar")
		if err != nil {
			t.Fatal(err)
		}
		again := t.TempDir()
		if err := Unpack(t.Context(), theirs, "out", again, Seal{TarSHA256: fmt.Sprintf("%x", sha256.Sum256(b))}, identity(t, all[k][1])); err != nil {
			t.Errorf("%s: %v", k, err)
		}
		if got, want := list(t, again), list(t, dir); got != want {
			t.Errorf("%s: of theirs\n%swant\n%s", k, got, want)
		}
	}
}
