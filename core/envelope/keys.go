package envelope

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"github.com/chatferry/chatferry/core/fault"
)

// Recipient is a public key for whom a file is encrypted, Identity a private one that opens it.
type (
	Recipient = age.Recipient
	Identity  = age.Identity
)

// Recipients reads public keys: "age1..." or a line as ssh-keygen writes it (ssh-ed25519, ssh-rsa). They must go
// together.
func Recipients(list []string) ([]age.Recipient, error) {
	var out []age.Recipient
	for _, text := range list {
		var r age.Recipient
		var err error
		if strings.HasPrefix(text, "ssh-") {
			r, err = agessh.ParseRecipient(text)
		} else {
			var one []age.Recipient
			if one, err = age.ParseRecipients(strings.NewReader(text)); err == nil && len(one) != 1 {
				err = errors.New("more than one key")
			} else if err == nil {
				r = one[0]
			}
		}
		if err != nil { // the cause is left out: it may quote a private key that was given by mistake
			return nil, bad("recipient", abbreviated(text), "give a public key: the line \"age1...\" that age-keygen shows, or the content of a file such as id_ed25519.pub", errors.New("it is no public key that age can use"))
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, bad("recipient", "", "name at least one public key", errors.New("nobody could read the file"))
	}
	w, err := age.Encrypt(new(bytes.Buffer), out...)
	if err != nil {
		return nil, bad("recipient", "", "give keys of one kind", err)
	}
	return out, w.Close()
}

// abbreviated is enough of a key to find it, and no private one.
func abbreviated(text string) string {
	if strings.HasPrefix(text, "age1") || strings.HasPrefix(text, "ssh-") {
		return text[:min(24, len(text))]
	}
	return ""
}

// Identities reads private keys from files, as age-keygen or ssh-keygen make them.
func Identities(paths []string) ([]age.Identity, error) {
	var out []age.Identity
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, bad("read identity", path, "check the path", errors.New("the file cannot be read"))
		}
		if bytes.Contains(b, []byte("-----BEGIN ")) && !bytes.Contains(b, []byte("-----BEGIN AGE")) {
			id, err := agessh.ParseIdentity(b)
			if err != nil {
				return nil, bad("read identity", path, "give a private key without a passphrase; \"ssh-keygen -p\" takes it from a copy", errors.New("it is no SSH key that can be read"))
			}
			out = append(out, id)
			continue
		}
		ids, err := age.ParseIdentities(bytes.NewReader(b))
		if err != nil {
			return nil, bad("read identity", path, "give the file that age-keygen made; one with a passphrase is opened before by \"age -d\"", errors.New("there is no private key of age in it"))
		}
		out = append(out, ids...)
	}
	return out, nil
}

func bad(op, subject, hint string, err error) error {
	return fault.New(fault.Config, op, subject, hint, err)
}
