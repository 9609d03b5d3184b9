package job

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/verify"
)

// EvidenceOptions say what to do about the evidence bundle in the output folder.
type EvidenceOptions struct {
	Tool   evidence.Tool
	Key    *evidence.Key // signs the bundle; nil: it stays unsigned
	Signer string        // fingerprint that a bundle must be signed with; "": anybody's
	Fresh  bool          // something was delivered, so a bundle that is there is out of date
}

// Evidence checks the evidence bundle and writes it where it is due: after a delivery, when there is none,
// when a key is given, and when an unsigned one says something else than the summary. A bundle that was
// signed, or changed after it was written, is never replaced but by a delivery or with a key. It completes
// the summary with what it found.
func (j *Job) Evidence(ctx context.Context, s *report.Summary, checks []verify.Result, o EvidenceOptions) error {
	dir := filepath.Join(j.Out(), evidence.Folder)
	old, err := evidence.Check(dir)
	none := errors.Is(err, evidence.ErrNone)
	if err != nil && !none {
		return err
	}
	if !none {
		j.compare(&old, s, checks, o)
		s.Evidence = dir
	}
	for _, what := range old.Bad {
		s.Findings = append(s.Findings, report.Finding{ID: "EVIDENCE", Count: 1, Text: "evidence: " + what})
	}
	switch {
	case len(old.Bad) > 0:
		s.Verdicts.Report = report.ReportTampered
	case old.Signer != "" && !old.Stamped.IsZero():
		s.Verdicts.Report = report.ReportTimestamped
	case old.Signer != "":
		s.Verdicts.Report = report.ReportSigned
	default:
		s.Verdicts.Report = report.ReportUnsigned
	}
	s.Settle()
	if unread(checks) && !none {
		if o.Key != nil {
			return fault.New(fault.Config, "sign", dir, "give the key with --identity, so that what is signed was read", errors.New("an encrypted target was not read back"))
		}
		return nil // what is there says more
	}
	due := o.Fresh || none || o.Key != nil || len(old.Bad) == 0 && old.Signer == "" && differs(old.Statement, s)
	if !due {
		return nil
	}
	if s.Verdicts.Report = report.ReportUnsigned; o.Key != nil {
		s.Verdicts.Report = report.ReportSigned
	}
	s.Settle()
	s.Evidence = dir
	return j.writeEvidence(ctx, dir, s, checks, o)
}

// compare adds to old.Bad what the books and the options say against a bundle that is whole in itself.
func (j *Job) compare(old *evidence.Finding, s *report.Summary, checks []verify.Result, o EvidenceOptions) {
	bad := func(format string, args ...any) { old.Bad = append(old.Bad, fmt.Sprintf(format, args...)) }
	if o.Signer != "" && old.Signer != o.Signer {
		bad("it is not signed by the key %s", o.Signer)
	}
	if old.Statement == nil || old.Statement.Predicate.Generation != s.Generation {
		return
	}
	if !sameCounts(&old.Statement.Predicate.Result, s) {
		bad("the counts in the books are not those of the statement")
	}
	for _, k := range j.sinks {
		name, digest := j.sealedSubject(k.inst)
		for _, was := range old.Statement.Subject {
			if name != "" && was.Name == name && !maps.Equal(was.Digest, digest) {
				bad("%s is not the file that the statement was made of", name)
			}
		}
	}
	for _, was := range old.Statement.Predicate.Sinks {
		for _, now := range checks {
			if now.Sink == was.Name && was.ExpectedRoot != "" && now.ExpectedRoot != "" && now.ExpectedRoot != was.ExpectedRoot {
				bad("the books of %s are not those that the statement was made from", was.Name)
			}
		}
	}
}

// sameCounts tells whether two summaries have the same books.
func sameCounts(a, b *report.Summary) bool {
	counts := func(s *report.Summary) []int64 {
		d := s.Directory
		list := []int64{s.Read, s.Added, s.Delivered, s.Duplicate, s.Filtered, s.Rejected, d.Read, d.Added, d.Delivered, d.Duplicate, d.Filtered, d.Rejected}
		for _, k := range s.Sinks {
			list = append(list, k.Offered, k.Delivered, k.Duplicate, k.Filtered, k.Rejected, k.Split, k.Placed)
		}
		return list
	}
	return slices.Equal(counts(a), counts(b))
}

// differs tells whether a statement says something else than the summary.
func differs(old *evidence.Statement, s *report.Summary) bool {
	if old == nil {
		return true
	}
	a, b := old.Predicate.Result.Verdicts, s.Verdicts
	a.Report, b.Report = "", ""
	return a != b || old.Predicate.Generation != s.Generation
}

func (j *Job) writeEvidence(ctx context.Context, dir string, s *report.Summary, checks []verify.Result, o EvidenceOptions) error {
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return err
	}
	defer books.Close()
	st, err := j.statement(ctx, books, s, checks, o)
	if err != nil {
		return err
	}
	b := bundle{job: j, books: books, checks: checks, statement: st, summary: s}
	if o.Key != nil {
		b.signer = o.Key.Fingerprint()
		st.Predicate.Signer = b.signer
	}
	files, err := b.files()
	if err != nil {
		return err
	}
	return evidence.Write(dir, j.engine.State, filepath.Join(j.engine.State, "evidence"), files, st, o.Key)
}

// statement is everything that is claimed but for the digests of the files.
func (j *Job) statement(ctx context.Context, books *ledger.Ledger, s *report.Summary, checks []verify.Result, o EvidenceOptions) (*evidence.Statement, error) {
	runs, err := books.Runs()
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	last := runs[len(runs)-1]
	result := *s
	result.Out, result.Quarantine, result.Exceptions, result.Evidence, result.Seconds = "", "", "", "", 0
	result.Verdicts.Report = "" // the signature says it
	result.Sinks = append([]report.SinkResult(nil), s.Sinks...)
	st := &evidence.Statement{}
	for i := range result.Sinks {
		k := &result.Sinks[i]
		k.Path = j.relative(k.Path)
		if k.Check != nil {
			c := *k.Check
			c.File = ""
			k.Check = &c
		}
	}
	for _, in := range j.dumps() {
		name, digest := filepath.Base(in), map[string]string{}
		if sum, err := j.dumpDigest(in); err != nil {
			return nil, err
		} else if sum != "" {
			digest["sha256"] = sum
		}
		st.Subject = append(st.Subject, evidence.Subject{Name: name, Digest: digest})
	}
	p := &st.Predicate
	for _, k := range j.sinks {
		sink := evidence.Sink{Name: k.inst.Name, Plugin: k.inst.Plugin}
		for _, c := range checks {
			if c.Sink == sink.Name {
				sink.ExpectedRoot, sink.FoundRoot = c.ExpectedRoot, c.FoundRoot
			}
		}
		p.Sinks = append(p.Sinks, sink)
		if name, digest := j.sealedSubject(k.inst); name != "" {
			st.Subject = append(st.Subject, evidence.Subject{Name: name, Digest: digest})
		}
		if sum, err := plugin.FileDigest(filepath.Join(k.inst.Path, targetManifest)); err == nil && !k.inst.Wrapped() {
			st.Subject = append(st.Subject, evidence.Subject{Name: sink.Name + "/" + targetManifest, Digest: map[string]string{"sha256": sum}})
		}
		if sink.FoundRoot != "" {
			st.Subject = append(st.Subject, evidence.Subject{Name: sink.Name, Digest: map[string]string{evidence.DigestTree: sink.FoundRoot}})
		}
	}
	p.Tool, p.Config, p.Source, p.Generation = o.Tool, last.ConfigHash, last.SourceHash, last.Gen
	p.Started, p.Ended, p.Written = last.Started, last.Ended, time.Now().UTC().Format(time.RFC3339)
	p.Result = result
	if p.Plugins, err = j.programs(ctx); err != nil {
		return nil, err
	}
	p.Kept, err = kept(engine.QuarantineDir(j.engine.State))
	return st, err
}

// programs names every plugin of the pipeline with its version.
func (j *Job) programs(ctx context.Context) ([]evidence.Plugin, error) {
	var list []evidence.Plugin
	seen := map[string]bool{}
	for _, part := range []struct {
		role  string
		insts []*pipeline.Instance
	}{{"source", j.pipe.From}, {"transform", j.pipe.Through}, {"sink", j.pipe.To}} {
		for _, inst := range part.insts {
			ref := j.ref(inst.Plugin)
			if id := part.role + " " + inst.Plugin; seen[id] || part.role == "transform" && ref.Path == "" && isBuiltin(inst.Plugin) {
				continue // built-in transforms have the version of the program
			} else {
				seen[id] = true
			}
			m, err := j.opts.Host.Describe(ctx, ref)
			if err != nil && j.opts.Lenient {
				list = append(list, evidence.Plugin{Name: inst.Plugin, Role: part.role, SHA256: ref.SHA256}) // gone since
				continue
			}
			if err != nil {
				return nil, err
			}
			list = append(list, evidence.Plugin{Name: m.Name, Role: part.role, Version: m.Version, SHA256: programDigest(ref)})
		}
	}
	return list, nil
}

func programDigest(ref host.Ref) string {
	if ref.Path == "" {
		return ""
	}
	sum, _ := plugin.FileDigest(ref.Path)
	return cmp.Or(sum, ref.SHA256)
}

// targetManifest is the file in which many targets list all their files with digests. Who signs a statement that
// names its digest signs for every file of the target.
const targetManifest = "manifest-sha256.txt"

// kept describes the quarantine.
func kept(dir string) (evidence.Kept, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return evidence.Kept{}, fault.New(fault.Storage, "read", dir, "check the folder's permissions, then verify again", err)
	}
	k := evidence.Kept{Files: int64(len(entries))}
	h := sha256.New()
	for _, e := range entries {
		io.WriteString(h, e.Name()+"\n")
	}
	if k.Files > 0 {
		k.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	return k, nil
}

// dumps are the paths that the sources read.
func (j *Job) dumps() []string {
	var list []string
	for _, inst := range j.pipe.From {
		for _, p := range j.paths(inst) {
			if len(list) == 0 || list[len(list)-1] != p {
				list = append(list, p)
			}
		}
	}
	return list
}

// paths are the values of a source's path settings, temporary folders left out.
func (j *Job) paths(inst *pipeline.Instance) []string {
	m, err := j.opts.Host.Describe(context.Background(), j.ref(inst.Plugin))
	config := map[string]any{}
	if err != nil || m.Source == nil || json.Unmarshal(inst.Config, &config) != nil {
		return nil
	}
	var list []string
	for _, s := range m.Source.Settings {
		if path, _ := config[s.Name].(string); s.Type == "path" && s.Required && path != "" {
			list = append(list, path)
		}
	}
	return list
}

// dumpDigest is the SHA-256 of a dump that is one file. It is kept in the books, because the dump may be
// gone when it is asked for again, and so that an unchanged one is read once. A folder has none.
func (j *Job) dumpDigest(path string) (string, error) {
	file := filepath.Join(j.engine.State, "dumps.tsv")
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fault.New(fault.Storage, "read", file, "check the folder's permissions", err)
	}
	info, err := os.Stat(path)
	stamp, held := "", ""
	if err == nil {
		stamp = fmt.Sprintf("%d\t%d", info.Size(), info.ModTime().UnixNano())
	}
	for _, line := range strings.Split(string(text), "\n") {
		c := strings.SplitN(line, "\t", 4)
		if len(c) == 4 && c[3] == path {
			if held = c[0]; stamp == "" || c[1]+"\t"+c[2] == stamp {
				return held, nil
			}
		}
	}
	if err != nil || !info.Mode().IsRegular() || strings.ContainsAny(path, "\n\t") {
		return held, nil
	}
	sum, err := plugin.FileDigest(path)
	if err != nil {
		return "", fault.New(fault.Config, "read", path, "check that the dump may be read", err)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s\t%s\t%s\n", sum, stamp, path)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return "", fault.New(fault.Storage, "write", file, "free some disk space, then verify again", err)
	}
	return sum, nil
}
