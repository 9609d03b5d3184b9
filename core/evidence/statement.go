package evidence

import (
	"encoding/json"

	"github.com/chatferry/chatferry/core/report"
)

// Identifiers of the statement: https://in-toto.io/Statement/v1, with a predicate of ours.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://chatferry.org/completeness/v1"
)

// Statement is what is claimed of a run and what is signed: an in-toto statement.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// Subject is a dump that was read or a target that was written, by its digests: "sha256" of a file,
// "chatferry-tree-1" the root in schema/proof.md of what a target held when it was read back.
type Subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// DigestTree names the digest that is a tree's root.
const DigestTree = "chatferry-tree-1"

// Predicate is the claim itself.
type Predicate struct {
	Tool       Tool              `json:"tool"`
	Plugins    []Plugin          `json:"plugins"`
	Config     string            `json:"config_hash"` // of everything that decides the output
	Source     string            `json:"source_hash"` // of the fingerprints of everything that was read
	Generation int               `json:"generation"`
	Started    string            `json:"started"`            // RFC 3339, by this machine's clock, as all three
	Ended      string            `json:"ended"`              // when the last delivery was finished
	Written    string            `json:"written"`            // this statement
	Result     report.Summary    `json:"result"`             // verdicts, counts, filters, losses and findings; no paths
	Sinks      []Sink            `json:"sinks"`              // what verify.py needs
	Kept       Kept              `json:"rejected"`           // the quarantine
	Signer     string            `json:"signer,omitempty"`   // fingerprint of the key that signs; absent when nobody does
	Previous   string            `json:"previous,omitempty"` // digest of the statement that this one replaced
	Files      map[string]string `json:"files"`              // SHA-256 of every other payload file of the bundle
}

// Tool is the program that wrote the statement.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	SHA256  string `json:"sha256,omitempty"` // of the program file
}

// Plugin is a plugin that took part. Built-in ones are in the program file of Tool.
type Plugin struct {
	Name    string `json:"name"`
	Role    string `json:"role"` // source, transform, sink
	Version string `json:"version"`
	SHA256  string `json:"sha256,omitempty"` // of a third party's program
}

// Sink is the proof of one target.
type Sink struct {
	Name         string `json:"name"`
	Plugin       string `json:"plugin"`
	ExpectedRoot string `json:"expected_root,omitempty"` // of what was delivered; absent when the target can't be read back
	FoundRoot    string `json:"found_root,omitempty"`
}

// Kept is what the quarantine holds: the digest is that of the sorted names of its files, which are the
// digests of their bytes, each with a newline.
type Kept struct {
	Files  int64  `json:"files"`
	SHA256 string `json:"sha256,omitempty"`
}

// encode gives the bytes that are signed: indented JSON, maps sorted.
func (s *Statement) encode() ([]byte, error) {
	s.Type, s.PredicateType = statementType, predicateType
	b, err := json.MarshalIndent(s, "", " ")
	return append(b, '\n'), err
}
