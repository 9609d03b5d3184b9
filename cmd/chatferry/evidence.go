package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/plugin"
)

// passphraseVariable holds the passphrase of the signing key, which must not stand on a command line.
const passphraseVariable = "CHATFERRY_SIGN_PASSPHRASE"

// signFlags say who signs the evidence, or who must have.
type signFlags struct {
	Sign   string // private key
	Signer string // public key
}

func (f *signFlags) addSign(c *cobra.Command) {
	c.Flags().StringVar(&f.Sign, "sign", "", "sign the evidence with this private Ed25519 key `FILE` (ssh-keygen -t ed25519 makes one)")
}

func (f *signFlags) addSigner(c *cobra.Command) {
	c.Flags().StringVar(&f.Signer, "signer", "", "the evidence must be signed by the key in this public key `FILE`")
}

// options reads the keys. Doing so first keeps a mistake from showing up when all else is done.
func (f *signFlags) options(a *app) (job.EvidenceOptions, error) {
	var o job.EvidenceOptions
	var err error
	if f.Sign != "" {
		if o.Key, err = evidence.LoadKey(f.Sign, []byte(a.getenv(passphraseVariable))); err != nil {
			return o, err
		}
	}
	if f.Signer != "" {
		if o.Signer, err = evidence.LoadPublic(f.Signer); err != nil {
			return o, err
		}
	}
	v := thisVersion()
	o.Tool = evidence.Tool{Name: "chatferry", Version: v.Version, Commit: v.Commit, SHA256: programDigest()}
	return o, nil
}

// programDigest is the digest of the running program's file, "" when it can't be read.
func programDigest() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	digest, err := plugin.FileDigest(path)
	if err != nil {
		return ""
	}
	return digest
}
