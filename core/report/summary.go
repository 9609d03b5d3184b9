package report

import "github.com/chatferry/chatferry/core/fault"

// LossRow says what one rule of one sink's projection did, or in a plan will do, to one field.
type LossRow struct {
	Sink    string   `json:"sink"`
	Field   string   `json:"field"`             // "message.reactions.at"; a record type alone when all of it goes
	Action  string   `json:"action"`            // degrade, drop
	Rule    string   `json:"rule,omitempty"`    // of a degrading rule: "milliseconds", "split"
	Why     string   `json:"why,omitempty"`     // in an administrator's words
	Count   int64    `json:"count"`             // how many records it touches
	Samples []string `json:"samples,omitempty"` // keys, at most three; never content
	Policy  string   `json:"policy,omitempty"`  // what the pipeline makes of it: allow, warn, fail
}

// Values of LossRow.Policy.
const (
	PolicyAllow = "allow"
	PolicyWarn  = "warn"
	PolicyFail  = "fail"
)

// Finding is something about the source that lowers what a run can prove: a gap, a damaged file,
// a conflict between two dumps.
type Finding struct {
	ID       string   `json:"id"`                 // GAP-FILE, REF-THREAD, CONFLICT, ...
	Severity string   `json:"severity,omitempty"` // note, warning, gap
	Text     string   `json:"text"`               // one sentence
	Count    int64    `json:"count"`
	Gap      bool     `json:"gap,omitempty"`     // something is absent from the source: exit code 11
	Samples  []string `json:"samples,omitempty"` // keys or files, never content
}

// InventoryRow is how many files of the dumps are of one state: parsed, media, ignored, unknown, damaged.
type InventoryRow struct {
	State string `json:"state"`
	Files int64  `json:"files"`
	Bytes int64  `json:"bytes"`
}

// Count is what an independent census of the dumps gave.
type Count struct {
	At       string         `json:"at"`       // RFC 3339
	Elements int64          `json:"elements"` // what a reader must deliver or reject
	Files    []InventoryRow `json:"files"`    // every file of the dumps, by state
	Path     string         `json:"path,omitempty"`
}

// RuleCount says what one filter rule removed.
type RuleCount struct {
	Rule   string `json:"rule"`            // "transform.filter.scope/since"
	Where  string `json:"where,omitempty"` // file and line of the rule
	Count  int64  `json:"count"`
	SHA256 string `json:"sha256,omitempty"` // of the rule's text as it stands there
}

// Verdict values. The empty string means: not examined.
const (
	SourceComplete = "complete" // an independent count agrees
	SourceUnproven = "unproven" // nothing independent to compare with
	SourceGaps     = "gaps"
	SourceDamaged  = "damaged" // records are in quarantine

	BooksBalanced   = "balanced"
	BooksUnbalanced = "unbalanced"

	LossNone       = "exact"
	LossDeclared   = "declared-loss"
	LossUndeclared = "undeclared-loss"

	ReadBackFull    = "full" // every record was read back and compared, and agrees
	ReadBackSampled = "sampled"
	ReadBackNone    = "acknowledged" // not read back
	ReadBackDiffers = "differs"

	ReportUnsigned    = "unsigned"
	ReportSigned      = "signed"
	ReportTimestamped = "timestamped"
	ReportTampered    = "tampered" // the evidence is not what was signed
)

// Verdicts are the claims of a run, kept apart: there is never one green tick.
type Verdicts struct {
	Source   string `json:"source"`    // did we see the whole source?
	Books    string `json:"books"`     // was everything seen accounted for?
	Loss     string `json:"loss"`      // is what was delivered what was seen, but for declared loss?
	ReadBack string `json:"read_back"` // does the target hold it now?
	Report   string `json:"report"`    // who vouches for this report, and is it unchanged?
}

// Check is the result of reading one sink back.
type Check struct {
	Compared  int64  `json:"compared"`
	Missing   int64  `json:"missing"`
	Extra     int64  `json:"extra"`
	Differing int64  `json:"differing"`
	Misplaced int64  `json:"misplaced,omitempty"`     // days whose messages stand in another order
	Expected  string `json:"expected_root,omitempty"` // of the tree in schema/proof.md
	Found     string `json:"found_root,omitempty"`
	Foreign   int64  `json:"foreign,omitempty"` // in the target, but not ours: counted, no failure
	File      string `json:"file,omitempty"`    // names each difference
	Damaged   string `json:"damaged,omitempty"` // a file that is changed, besides
}

// SinkResult is how the records ended at one sink: offered = delivered + duplicate + filtered +
// rejected.
type SinkResult struct {
	Name      string `json:"name"`
	Plugin    string `json:"plugin"`
	Path      string `json:"path,omitempty"`
	Offered   int64  `json:"offered"`
	Delivered int64  `json:"delivered"`
	Duplicate int64  `json:"duplicate"`
	Filtered  int64  `json:"filtered"` // of types that the target has no place for
	Rejected  int64  `json:"rejected"`
	Split     int64  `json:"split"`            // pieces beyond one a record
	Placed    int64  `json:"placed,omitempty"` // placeholders for absent first messages of threads
	Check     *Check `json:"check,omitempty"`
}

// Counts are the numbers of records that are not history.
type Counts struct {
	Read      int64 `json:"read"`
	Added     int64 `json:"added,omitempty"`
	Delivered int64 `json:"delivered"`
	Duplicate int64 `json:"duplicate"`
	Filtered  int64 `json:"filtered"`
	Rejected  int64 `json:"rejected"`
}

// Balanced tells whether every record ended in exactly one way.
func (c Counts) Balanced() bool {
	return c.Read+c.Added == c.Delivered+c.Duplicate+c.Filtered+c.Rejected
}

// Summary is how a run ended. Read counts records and records that could not be read. Each of them,
// and each that a transform added, ends in exactly one way. Over several sinks that is: rejected
// when it could not be read or any sink refused it, else delivered when a sink took it as new, else
// duplicate when a sink has it already, else filtered.
type Summary struct {
	Pipeline   string           `json:"pipeline,omitempty"`
	Run        string           `json:"run,omitempty"`
	Out        string           `json:"out,omitempty"`
	Generation int              `json:"generation,omitempty"`
	Nothing    bool             `json:"nothing_to_do,omitempty"` // an earlier run did it all
	Resumed    bool             `json:"resumed,omitempty"`
	Inventory  *Count           `json:"inventory,omitempty"` // nil: the dumps were not counted
	Read       int64            `json:"read"`
	Added      int64            `json:"added,omitempty"` // made by transforms beyond one for one
	Delivered  int64            `json:"delivered"`
	Duplicate  int64            `json:"duplicate"`
	Filtered   int64            `json:"filtered"`
	Rejected   int64            `json:"rejected"`
	Split      int64            `json:"split"`
	Directory  Counts           `json:"directory"` // people, conversations, memberships and emoji, counted apart
	FilteredBy []RuleCount      `json:"filtered_by,omitempty"`
	RejectedBy map[string]int64 `json:"rejected_by,omitempty"`
	Quarantine string           `json:"quarantine,omitempty"` // folder of the rejected records
	Evidence   string           `json:"evidence,omitempty"`   // folder of the evidence bundle
	Exceptions string           `json:"exceptions,omitempty"` // file that names every record that did not simply arrive
	Sinks      []SinkResult     `json:"sinks,omitempty"`
	Losses     []LossRow        `json:"losses,omitempty"`
	Media      []MediaRow       `json:"media,omitempty"`    // attachments that are not there, by reason
	Unmapped   []UnmappedRow    `json:"unmapped,omitempty"` // fields of the source that the model has no place for
	Findings   []Finding        `json:"findings,omitempty"`
	Verdicts   Verdicts         `json:"verdicts"`
	ExitCode   int              `json:"exit_code"`
	Seconds    float64          `json:"seconds,omitempty"`
}

// Balanced tells whether every record read ended in exactly one way, in total and at each sink.
func (s *Summary) Balanced() bool {
	if s.Read+s.Added != s.Delivered+s.Duplicate+s.Filtered+s.Rejected || !s.Directory.Balanced() {
		return false
	}
	for _, k := range s.Sinks {
		if k.Offered != k.Delivered+k.Duplicate+k.Filtered+k.Rejected {
			return false
		}
	}
	return true
}

// Settle fills in what follows from the numbers and can only make a verdict worse, never better:
// the books, losses, differences, gaps and damage that are listed, and the exit code.
func (s *Summary) Settle() {
	v := &s.Verdicts
	if !s.Balanced() {
		v.Books = BooksUnbalanced
	}
	for _, l := range s.Losses {
		switch {
		case l.Policy == PolicyFail:
			v.Loss = LossUndeclared
		case v.Loss == LossNone:
			v.Loss = LossDeclared
		}
	}
	for _, k := range s.Sinks {
		if c := k.Check; c != nil && c.Missing+c.Extra+c.Differing+c.Misplaced > 0 {
			v.ReadBack = ReadBackDiffers
		}
	}
	for _, f := range s.Findings {
		if f.Gap && (v.Source == SourceComplete || v.Source == "") { // unproven is worse: see Exit
			v.Source = SourceGaps
		}
	}
	if s.Rejected+s.Directory.Rejected > 0 {
		v.Source = SourceDamaged
	}
	s.ExitCode = s.Exit()
}

// Exit is the exit code of the verdicts: of several that apply, the most serious one. Books that do
// not balance come first, then differences, a damaged source, an unproven delivery, gaps, and loss.
func (s *Summary) Exit() int {
	v := s.Verdicts
	switch {
	case v.Books == BooksUnbalanced:
		return fault.ExitUnbalanced
	case v.Loss == LossUndeclared, v.ReadBack == ReadBackDiffers, v.Report == ReportTampered:
		return fault.ExitDifference
	case v.Source == SourceDamaged:
		return fault.ExitDamaged
	case v.Source == SourceUnproven, v.ReadBack == ReadBackSampled, v.ReadBack == ReadBackNone, v.ReadBack == "", v.Books == "", v.Loss == "":
		return fault.ExitUnproven
	case v.Source == SourceGaps:
		return fault.ExitGaps
	case v.Loss == LossDeclared:
		return fault.ExitDeclaredLoss
	}
	return fault.ExitOK
}
