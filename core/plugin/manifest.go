package plugin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
)

// Manifest is what a plugin says about itself, as data: a Plugin without its functions.
type Manifest struct {
	Name      string           `json:"name"`
	Version   string           `json:"version"`
	Summary   string           `json:"summary"`
	Doc       string           `json:"doc,omitempty"`
	Source    *SourceTraits    `json:"source,omitempty"`
	Sink      *SinkTraits      `json:"sink,omitempty"`
	Transform *TransformTraits `json:"transform,omitempty"`
}

// SourceTraits is the data of a SourceKind.
type SourceTraits struct {
	Settings   []Setting `json:"settings"`
	Order      Order     `json:"order"`
	Resumable  bool      `json:"resumable,omitempty"`
	Exact      bool      `json:"exact,omitempty"`
	Recognises bool      `json:"recognises,omitempty"`
	Census     bool      `json:"census,omitempty"`
}

// SinkTraits is the data of a SinkKind.
type SinkTraits struct {
	Settings   []Setting  `json:"settings"`
	Order      Order      `json:"order"`
	Projection Projection `json:"projection"`
	ReadBack   bool       `json:"read_back,omitempty"`
}

// TransformTraits is the data of a TransformKind.
type TransformTraits struct {
	Settings []Setting `json:"settings"`
}

// Manifest describes p.
func (p Plugin) Manifest() Manifest {
	m := Manifest{Name: p.Name, Version: p.Version, Summary: p.Summary, Doc: p.Doc}
	if k := p.Source; k != nil {
		m.Source = &SourceTraits{Settings: k.Settings, Order: k.Order, Resumable: k.Resumable, Exact: k.Exact, Recognises: k.Recognise != nil, Census: k.Census != nil}
	}
	if k := p.Sink; k != nil {
		m.Sink = &SinkTraits{Settings: k.Settings, Order: k.Order, Projection: k.Projection, ReadBack: k.ReadBack}
	}
	if k := p.Transform; k != nil {
		m.Transform = &TransformTraits{Settings: k.Settings}
	}
	return m
}

// Check tells what is wrong with a manifest, for the host and for the plugin's first test.
func (m Manifest) Check() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !word(m.Name) {
		fail("the name is not one word of lower-case letters, digits and _")
	}
	if m.Version == "" || m.Summary == "" || strings.ContainsAny(m.Summary, "\r\n") {
		fail("version or one-line summary is missing")
	}
	if m.Source == nil && m.Sink == nil && m.Transform == nil {
		fail("it has neither source, sink nor transform")
	}
	if m.Source != nil {
		errs = append(errs, checkSettings(m.Source.Settings)...)
		if !m.Source.Order.known() {
			fail("the source's order is unknown")
		}
	}
	if m.Sink != nil {
		errs = append(errs, checkSettings(m.Sink.Settings)...)
		if !m.Sink.Order.known() {
			fail("the sink's order is unknown")
		}
	}
	if m.Transform != nil {
		errs = append(errs, checkSettings(m.Transform.Settings)...)
	}
	if err := errors.Join(errs...); err != nil {
		return fault.New(fault.Bug, "check manifest", m.Name, "this is a mistake in the plugin; tell its author", err)
	}
	return nil
}

func (o Order) known() bool { return o == AnyOrder || o == Chronological || o == Threads }

func checkSettings(list []Setting) []error {
	var errs []error
	seen := map[string]bool{}
	for _, s := range list {
		switch {
		case !word(s.Name):
			errs = append(errs, fmt.Errorf("the setting name %q is not one lower-case word", s.Name))
		case seen[s.Name]:
			errs = append(errs, fmt.Errorf("setting %s is declared twice", s.Name))
		case s.Help == "":
			errs = append(errs, fmt.Errorf("setting %s has no help", s.Name))
		case s.Required && s.Default != "":
			errs = append(errs, fmt.Errorf("setting %s is required and has a default", s.Name))
		}
		switch s.Type {
		case "string", "path", "bool", "number", "strings", "map":
		default:
			errs = append(errs, fmt.Errorf("setting %s has an unknown type", s.Name))
		}
		seen[s.Name] = true
	}
	return errs
}

func word(s string) bool {
	for i, c := range []byte(s) {
		if c-'a' > 25 && (i == 0 || c-'0' > 9 && c != '_') {
			return false
		}
	}
	return s != ""
}

// Check tells what is wrong with a shard a source has made up.
func (s Shard) Check() error {
	var err error
	switch {
	case s.ID == "" || len(s.ID) > 150:
		err = errors.New("the id is empty or longer than 150 bytes")
	case s.ID[0] == '.' || s.ID[0] == '-':
		err = errors.New("the id begins with a dot or a dash")
	case len(s.Params) > 64<<10:
		err = errors.New("its params are larger than 64 KiB")
	case s.Records < -1 || s.Bytes < 0:
		err = errors.New("it has a negative size")
	}
	for _, c := range []byte(s.ID) {
		if c-'a' > 25 && c-'A' > 25 && c-'0' > 9 && c != '-' && c != '_' && c != '.' {
			err = errors.New("the id has characters besides letters, digits, dot, dash and underscore")
		}
	}
	if err != nil {
		return fault.New(fault.Bug, "check shard", s.ID, "this is a mistake in the plugin; tell its author", err)
	}
	return nil
}
