package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/envelope"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/verify"
)

// cover is what a parcel knows about being encrypted. While a run is unfinished its plain files are in a private
// folder inside the target's; they stay until they were read back, and no longer.
type cover struct {
	recipients []envelope.Recipient
	reading    bool // opened to be read back, not to be written
	unread     bool // there is no key and nothing plain
	pending    bool // it is to be read back and told of, so what is plain stays
	told       bool // the books have what was found
}

// sealed is what the books keep of an encrypted file.
type sealed struct {
	envelope.Seal
	ReadBack string `json:"read_back,omitempty"` // agrees, differs; absent: it never was
}

const (
	readAgrees  = "agrees"
	readDiffers = "differs"
)

const unreadFinding = "UNREAD"

func encryptedFile(inst *pipeline.Instance) string {
	return filepath.Join(inst.Path, inst.Name+envelope.Suffix)
}

func (j *Job) sealFile(inst *pipeline.Instance) string {
	return filepath.Join(j.engine.State, "sealed-"+inst.Name+".json")
}

func (j *Job) loadSeal(inst *pipeline.Instance) (s sealed, err error) {
	path := j.sealFile(inst)
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fault.New(fault.Storage, "read", path, "restore the books from a copy; \"age -d\" opens the file without them", errors.New("what the books say of the encrypted file cannot be read"))
	}
	return s, nil
}

func (j *Job) keepSeal(inst *pipeline.Instance, s sealed) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return plugin.WriteFileAtomic(j.sealFile(inst), func(w io.Writer) error { _, err := w.Write(append(b, '\n')); return err })
}

// once refuses a second delivery into a sealed file: what is in it could not be completed without a private key.
func (j *Job) once(gen int) error {
	for _, s := range j.sinks {
		if s.inst.Encrypt != nil && gen > 1 {
			return &Placed{s.inst.Address(), fault.New(fault.Config, "deliver", s.inst.Name, "choose another output folder for this delivery", errors.New("nothing was written: an encrypted target takes one delivery"))}
		}
	}
	return nil
}

func (p *parcel) plain() string {
	return filepath.Join(p.inst.Path, StateName, "plain-"+p.inst.Name)
}

// inside gives the folder with the plain files: where they are written, or where they can be read.
func (p *parcel) inside(ctx context.Context) (string, error) {
	if !p.reading {
		if p.run.Fresh {
			return p.plain(), p.drop()
		}
		return p.plain(), nil
	}
	s, err := p.job.loadSeal(p.inst)
	if err != nil {
		return "", err
	}
	if err := envelope.Check(ctx, encryptedFile(p.inst), s.Seal); err != nil {
		return "", err
	}
	if len(p.job.opts.Identities) > 0 {
		dir := filepath.Join(p.run.Work, "plain")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fault.New(fault.Storage, "create", dir, "set TMPDIR to a folder that can be written", err)
		}
		return dir, envelope.Unpack(ctx, encryptedFile(p.inst), p.inst.Name, dir, s.Seal, p.job.opts.Identities)
	}
	_, err = os.Stat(p.plain())
	p.unread = err != nil
	return p.plain(), nil
}

// encrypt makes the file and keeps in the books what it is.
func (p *parcel) encrypt(ctx context.Context) error {
	s, err := envelope.Pack(ctx, p.root, p.inst.Name, encryptedFile(p.inst), p.recipients)
	if err != nil {
		return err
	}
	return p.job.keepSeal(p.inst, sealed{Seal: s})
}

// drop removes the plain files. They go at once, so that nobody takes a part of them for the whole.
func (p *parcel) drop() error {
	gone := p.plain() + ".gone"
	err := os.RemoveAll(gone)
	if err == nil {
		err = os.Rename(p.plain(), gone)
	}
	if errors.Is(err, os.ErrNotExist) { // by a run that was killed
		os.Remove(filepath.Dir(gone))
		return nil
	}
	if err = errors.Join(err, os.RemoveAll(gone)); err != nil {
		return fault.New(fault.Storage, "remove", p.plain(), "remove this folder: it holds what is to be read in encrypted form only", err)
	}
	os.Remove(filepath.Dir(gone)) // only when nothing else is in it
	return nil
}

// expectReading keeps the plain files until they were read back, even if that is interrupted.
func (j *Job) expectReading() {
	for _, s := range j.engine.Sinks {
		if p, ok := s.Target.(*parcel); ok {
			p.pending = true
		}
	}
}

// judged completes what was found when the parcel was read back.
func (p *parcel) judged(ctx context.Context, r *verify.Result) error {
	var err error
	if !p.unread {
		if r.Parcel, err = p.check(ctx); err != nil {
			return err
		}
	}
	if p.inst.Encrypt == nil {
		return nil
	}
	s, err := p.job.loadSeal(p.inst)
	if err != nil {
		return err
	}
	if p.unread {
		r.Unread = unreadText(p.inst.Name, s.ReadBack)
		return nil
	}
	if s.ReadBack = readAgrees; !r.Clean() || len(r.Parcel) > 0 {
		s.ReadBack = readDiffers
	}
	if r.AckOnly {
		return nil
	}
	return p.job.keepSeal(p.inst, s)
}

func unreadText(name, before string) string {
	made := map[string]string{readAgrees: "was read back when it was made, and agreed", readDiffers: "was read back when it was made, and differed"}[before]
	if made == "" {
		made = "was never read back"
	}
	return fmt.Sprintf("%s is encrypted: it %s. Now its file has the digest that it was written with, but what is in it cannot be read without the key: verify it with --identity KEYFILE", name, made)
}

// unread tells whether some target could have been read back with a key.
func unread(checks []verify.Result) bool {
	for _, c := range checks {
		if c.Unread != "" {
			return true
		}
	}
	return false
}

// told notes that the books have what was found, so that what is plain is needed no more.
func (j *Job) told() {
	for _, s := range j.engine.Sinks {
		if p, ok := s.Target.(*parcel); ok {
			p.cover.told = true
		}
	}
}

// Leave removes what is plain of encrypted targets and is needed no more. Close does so too, but cannot say that
// it failed.
func (j *Job) Leave() error {
	var all []error
	for _, s := range j.engine.Sinks {
		if p, ok := s.Target.(*parcel); ok && p.inst.Encrypt != nil {
			all = append(all, p.leave())
		}
	}
	return errors.Join(all...)
}

// leave removes the plain files of a delivery that was read back, or that nobody wants read back.
func (p *parcel) leave() error {
	if p.told || p.job.delivered && !p.pending {
		return p.drop()
	}
	return nil
}

// sealedSubject names an encrypted file for the statement.
func (j *Job) sealedSubject(inst *pipeline.Instance) (name string, digest map[string]string) {
	if inst.Encrypt == nil {
		return "", nil
	}
	s, err := j.loadSeal(inst)
	if err != nil {
		return "", nil
	}
	return inst.Name + envelope.Suffix, map[string]string{"sha256": s.SHA256}
}
