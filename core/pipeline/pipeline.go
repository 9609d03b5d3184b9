package pipeline

import (
	"encoding/json"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/hashicorp/hcl/v2"
)

// Options are what Load needs from outside the files.
type Options struct {
	// Settings lists the settings of a plugin; kind is "source", "sink" or "transform".
	Settings func(kind, plugin string) ([]plugin.Setting, error)
	// Known names the plugins there are of a kind without any plugin block. May be nil.
	Known func(kind string) []string
	// Plugin is told of each plugin block before Settings is asked for that plugin. May be nil.
	Plugin func(Plugin) error
	// Vars are "name=value" in the order given; the last one wins. They win over VarFiles, VarFiles
	// over the environment (CHATFERRY_VAR_name), and that over defaults.
	Vars []string
	// VarFiles are files of "name = value" lines, or JSON objects.
	VarFiles []string
	// Env looks up an environment variable; nil: the process's own.
	Env func(name string) (string, bool)
	// Kept, when set, is loaded instead of files: what a run kept of them.
	Kept *Kept
	// Lenient makes mistakes warnings, and what cannot be used for them Incomplete. It is for Kept.
	Lenient bool
	// Dir is the folder that relative paths from Vars and the environment mean; "": the working folder.
	Dir string
}

// File is what one or more pipeline files say, complete and checked when Load gave no errors.
type File struct {
	Plugins    []Plugin    `json:"plugins,omitempty"`
	Variables  []Variable  `json:"variables,omitempty"`
	Sources    []*Instance `json:"sources,omitempty"`
	Media      Media       `json:"media"`
	Transforms []*Instance `json:"transforms,omitempty"`
	Sinks      []*Instance `json:"sinks,omitempty"`
	Verify     Verify      `json:"verify"`
	Pipelines  []*Pipeline `json:"pipelines,omitempty"`

	names  []string // of the files, in the order in which they were loaded
	again  bool     // it was loaded from what was kept
	given  []KeptValue
	texts  map[string]*hcl.File
	places map[string]place
	hidden []hcl.Range // literal secrets: never shown in a snippet
}

// Plugin is a third party's plugin: a program and its digest.
type Plugin struct {
	Name   string `json:"name"`
	Source string `json:"source"` // absolute path of the program
	SHA256 string `json:"sha256"` // lower-case hex
}

// Variable is a value that the caller may give.
type Variable struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Sensitive   bool   `json:"sensitive,omitempty"`
}

// Instance is one configured source, transform or sink.
type Instance struct {
	Kind   string // source, transform, sink
	Plugin string
	Name   string
	// Config is what the plugin's Open takes. It holds secrets in the clear.
	Config json.RawMessage
	// Path is the output folder, absolute; sinks only.
	Path string
	// Loss is what a sink may lose; nil when the file does not say.
	Loss *Loss
	// Package is what the finished folder is made into; nil: nothing. Sinks only.
	Package *Package
	// Encrypt is for whom it is encrypted then; nil: it is not. Sinks only.
	Encrypt *Encrypt
	// Expressions are the compiled per-record settings: keyed "where" for a setting of type
	// expression, "set.message.text" for the entry "message.text" of one of type expressions.
	Expressions map[string]*Expression
	// Sensitive names the settings that must not be shown.
	Sensitive []string
	// Incomplete tells that some of it could not be read; see Options.Lenient.
	Incomplete bool
}

// Address is how other blocks refer to the instance: "source.slack.acme".
func (i *Instance) Address() string { return i.Kind + "." + i.Plugin + "." + i.Name }

// Loss sorts a target's losses, named as in its projection ("message.reactions.at"), into those
// that are agreed to, those worth a warning and those that stop the run.
type Loss struct {
	Allow []string `json:"allow,omitempty"`
	Warn  []string `json:"warn,omitempty"`
	Fail  []string `json:"fail,omitempty"`
}

// Media says where attachments are kept and what happens when one is absent.
type Media struct {
	Name      string `json:"name,omitempty"`
	Path      string `json:"path,omitempty"` // absolute; "": the engine chooses
	OnMissing string `json:"on_missing"`     // record, fail
}

// Verify says how thoroughly a run is proven.
type Verify struct {
	Counts   string   `json:"counts"`   // exact
	Readback string   `json:"readback"` // all, none
	Media    string   `json:"media"`    // hash
	FailOn   []string `json:"fail_on"`  // of missing, extra, differ, order
}

// Pipeline is one flow from sources through transforms, in the order given, to sinks.
type Pipeline struct {
	Name     string
	From     []*Instance
	Through  []*Instance
	To       []*Instance
	Shards   int    // shards in work at once; 0: the engine chooses
	Retries  int    // attempts after the first
	Validate string // sample, all: which records are checked against the schema
	Work     string // folder for the ledger and temporary files, absolute; "": the engine chooses
}

// Find gives the instance at an address, or nil.
func (f *File) Find(address string) *Instance {
	for _, list := range [][]*Instance{f.Sources, f.Transforms, f.Sinks} {
		for _, i := range list {
			if i.Address() == address {
				return i
			}
		}
	}
	return nil
}

const redacted = "(sensitive)"

// Redacted is everything the file says, as JSON, without a secret. Equal configurations give equal
// bytes, so its digest identifies a configuration.
func (f *File) Redacted() []byte {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("pipeline: " + err.Error()) // only our own types with string keys are in it
	}
	return b
}

// String is Redacted as text.
func (f *File) String() string { return string(f.Redacted()) }

// String is the address; never the configuration.
func (i *Instance) String() string { return i.Address() }

// GoString is the address; never the configuration.
func (i *Instance) GoString() string { return i.Address() }

// MarshalJSON leaves secrets out.
func (i *Instance) MarshalJSON() ([]byte, error) {
	config := map[string]json.RawMessage{}
	if len(i.Config) > 0 {
		if err := json.Unmarshal(i.Config, &config); err != nil {
			return nil, err
		}
	}
	for _, name := range i.Sensitive {
		config[name] = json.RawMessage(`"` + redacted + `"`)
	}
	texts := map[string]string{}
	for name, e := range i.Expressions {
		texts[name] = e.Text
	}
	return json.Marshal(struct {
		Address     string                     `json:"address"`
		Path        string                     `json:"path,omitempty"`
		Config      map[string]json.RawMessage `json:"config,omitempty"`
		Expressions map[string]string          `json:"expressions,omitempty"`
		Loss        *Loss                      `json:"loss,omitempty"`
		Package     *Package                   `json:"package,omitempty"`
		Encrypt     *Encrypt                   `json:"encrypt,omitempty"`
	}{i.Address(), i.Path, config, texts, i.Loss, i.Package, i.Encrypt})
}

// MarshalJSON names instances by address.
func (p *Pipeline) MarshalJSON() ([]byte, error) {
	names := func(list []*Instance) []string {
		var out []string
		for _, i := range list {
			out = append(out, i.Address())
		}
		return out
	}
	return json.Marshal(struct {
		Name     string   `json:"name"`
		From     []string `json:"from"`
		Through  []string `json:"through,omitempty"`
		To       []string `json:"to"`
		Shards   int      `json:"shards,omitempty"`
		Retries  int      `json:"retries"`
		Validate string   `json:"validate"`
		Work     string   `json:"work,omitempty"`
	}{p.Name, names(p.From), names(p.Through), names(p.To), p.Shards, p.Retries, p.Validate, p.Work})
}
