package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/pem"
	"errors"
	"os"

	"golang.org/x/crypto/ssh"

	"github.com/chatferry/chatferry/core/fault"
)

// Namespace is what "ssh-keygen -Y verify" must be told with -n, so that a signature made for another
// purpose counts for nothing here.
const Namespace = "chatferry"

// Key signs statements: an Ed25519 key.
type Key struct{ signer ssh.Signer }

// LoadKey reads a private Ed25519 key as ssh-keygen makes it. passphrase may be nil.
func LoadKey(path string, passphrase []byte) (*Key, error) {
	bad := func(hint string, err error) (*Key, error) {
		return nil, fault.New(fault.Config, "read signing key", path, hint, err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return bad("check the path; \"ssh-keygen -t ed25519 -f FILE\" makes a key", errors.New("the file cannot be read"))
	}
	var signer ssh.Signer
	if len(passphrase) > 0 {
		signer, err = ssh.ParsePrivateKeyWithPassphrase(b, passphrase)
	} else {
		signer, err = ssh.ParsePrivateKey(b)
	}
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return bad("put its passphrase into the environment variable CHATFERRY_SIGN_PASSPHRASE", errors.New("the key has a passphrase"))
	case err != nil:
		return bad("give the private key, in the format of ssh-keygen; with a passphrase, check that too", errors.New("it is no private key that can be read"))
	case signer.PublicKey().Type() != ssh.KeyAlgoED25519:
		return bad("make one with: ssh-keygen -t ed25519 -f FILE", errors.New("it is no Ed25519 key"))
	}
	return &Key{signer}, nil
}

// public is the key's line for authorized_keys and allowed_signers, without a comment.
func (k *Key) public() []byte { return ssh.MarshalAuthorizedKey(k.signer.PublicKey()) }

// Fingerprint is the digest by which ssh-keygen -l shows the key.
func (k *Key) Fingerprint() string { return ssh.FingerprintSHA256(k.signer.PublicKey()) }

// The format is OpenSSH's PROTOCOL.sshsig.
const (
	sshsigMagic = "SSHSIG"
	sshsigHash  = "sha512"
	sshsigBlock = "SSH SIGNATURE"
)

type sshsig struct {
	Magic     [6]byte
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// signed is what is really signed.
func signedBytes(namespace, reserved string, message []byte) []byte {
	sum := sha512.Sum512(message)
	return append([]byte(sshsigMagic), ssh.Marshal(struct {
		Namespace, Reserved, Hash string
		Digest                    []byte
	}{namespace, reserved, sshsigHash, sum[:]})...)
}

// sign makes an armoured signature.
func (k *Key) sign(message []byte) ([]byte, error) {
	sig, err := k.signer.Sign(nil, signedBytes(Namespace, "", message)) // Ed25519 takes no randomness
	if err != nil {
		return nil, fault.New(fault.Bug, "sign", "statement", "", err)
	}
	s := sshsig{Version: 1, PublicKey: k.signer.PublicKey().Marshal(), Namespace: Namespace, Hash: sshsigHash, Signature: ssh.Marshal(sig)}
	copy(s.Magic[:], sshsigMagic)
	return armour(ssh.Marshal(s)), nil
}

// armour is PEM but for the line length, which ssh-keygen has at 70.
func armour(b []byte) []byte {
	text := pem.EncodeToMemory(&pem.Block{Type: sshsigBlock, Bytes: b})
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	body := bytes.Join(lines[1:len(lines)-1], nil)
	out := append(bytes.Clone(lines[0]), '\n')
	for len(body) > 0 {
		n := min(70, len(body))
		out = append(append(out, body[:n]...), '\n')
		body = body[n:]
	}
	return append(append(out, lines[len(lines)-1]...), '\n')
}

// verifySignature checks an armoured signature of ours and gives the key that made it.
func verifySignature(armoured, message []byte) (ssh.PublicKey, error) {
	block, _ := pem.Decode(armoured)
	if block == nil || block.Type != sshsigBlock {
		return nil, errors.New("it is no SSH signature")
	}
	var s sshsig
	if err := ssh.Unmarshal(block.Bytes, &s); err != nil || string(s.Magic[:]) != sshsigMagic || s.Version != 1 {
		return nil, errors.New("it is no SSH signature")
	}
	if s.Namespace != Namespace || s.Hash != sshsigHash {
		return nil, errors.New("it was made for another purpose")
	}
	key, err := ssh.ParsePublicKey(s.PublicKey)
	if err != nil || key.Type() != ssh.KeyAlgoED25519 {
		return nil, errors.New("its key is no Ed25519 key")
	}
	var sig ssh.Signature
	if err := ssh.Unmarshal(s.Signature, &sig); err != nil || len(sig.Blob) != ed25519.SignatureSize {
		return nil, errors.New("it is no Ed25519 signature")
	}
	if err := key.Verify(signedBytes(s.Namespace, s.Reserved, message), &sig); err != nil {
		return nil, errors.New("it is not a signature of this statement")
	}
	return key, nil
}

// LoadPublic reads the first public key of a file in the format of ssh-keygen, authorized_keys or
// allowed_signers, and gives its fingerprint.
func LoadPublic(path string) (fingerprint string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fault.New(fault.Config, "read public key", path, "check the path", errors.New("the file cannot be read"))
	}
	if key, _, _, _, err := ssh.ParseAuthorizedKey(b); err == nil {
		return ssh.FingerprintSHA256(key), nil
	}
	if _, rest, ok := bytes.Cut(b, []byte(" ")); ok { // allowed_signers: who, then the key
		if key, _, _, _, err := ssh.ParseAuthorizedKey(rest); err == nil {
			return ssh.FingerprintSHA256(key), nil
		}
	}
	return "", fault.New(fault.Config, "read public key", path, "give the file that ends in .pub, beside the private key", errors.New("there is no public key in it"))
}
