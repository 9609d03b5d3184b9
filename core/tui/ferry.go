package tui

import (
	"context"
	"path/filepath"

	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/verify"
)

// Ferry is what the interface asks of the program around it: everything that reads, writes or waits.
// Its methods may be called from any goroutine, end soon after ctx does, and tell show how it goes.
type Ferry interface {
	// Targets are the formats that can be written.
	Targets() []Target
	// Look recognises a dump and counts what is in it.
	Look(ctx context.Context, path string, show progress.Printer) (job.Content, error)
	// Plan tells what a choice would do. It writes nothing.
	Plan(ctx context.Context, c Choice, show progress.Printer) (Plan, error)
	// Save writes the pipeline file of a plan, and the identity maps where they were edited, and gives the file's path.
	Save(c Choice, p Plan, edited bool) (string, error)
	// Run delivers what the pipeline file says, or what the last run into the output folder did when file
	// is "", from where it was, reads it back and proves it.
	Run(ctx context.Context, out, file string, show progress.Printer) (report.Summary, error)
	// Check reads the targets of a finished run back once more and renews the evidence.
	Check(ctx context.Context, out string, show progress.Printer) (report.Summary, error)
	// Open tells how the last run into an output folder stands.
	Open(out string) (Past, error)
	// Losses are what the targets could not hold of what was delivered so far.
	Losses(out string) ([]report.LossRow, error)
	// Media are the attachments of what was delivered so far, by what became of their bytes.
	Media(out string) ([]report.MediaRow, error)
	// Gaps are the places in which a rule about gaps in the source found something.
	Gaps(out, rule string) ([]job.GapPlace, error)
	// Exceptions are the records of the last run that ended in one way, such as ledger.Rejected.
	Exceptions(out, verdict string) ([]ledger.Exception, error)
	// Differences are those that the last reading back of a target named.
	Differences(out, target string) ([]verify.Difference, error)
	// Export writes a copy of the report for people. It replaces nothing.
	Export(out, to string) error
	// Explain says what became of one record, in lines.
	Explain(ctx context.Context, out, key string) ([]string, error)
}

// Target is a format that can be written.
type Target struct {
	Name, Summary string
	Settings      []plugin.Setting
}

// Choice is what was clicked together.
type Choice struct {
	Source   job.Recognised
	Path     string
	Rules    filter.Rules
	Targets  []string
	Settings map[string]string // of targets: "mattermost.team"
	Out      string
}

// Plan is a forecast with the pipeline file that it is for.
type Plan struct {
	job.Forecast
	HCL      string
	Accounts []job.Accounts
}

// Past is an output folder that a run was made into.
type Past struct {
	Out     string
	Folder  job.Folder
	Summary report.Summary // of a finished run
}

// PipelineFile holds what was clicked for an output folder: beside it, because what is inside belongs to
// the targets.
func PipelineFile(out string) string { return filepath.Clean(out) + ".hcl" }
