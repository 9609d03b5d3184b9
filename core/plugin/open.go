package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
)

// TransformOut takes the result of one Transform.Apply.
type TransformOut struct {
	Records  []*message.Record
	Filtered string // reason, when nothing is emitted
	Changes  []Change
}

// Change says how often a rule changed one record; for the books.
type Change struct {
	Rule string
	N    int
}

// Emit adds a record to the result.
func (o *TransformOut) Emit(r *message.Record) { o.Records = append(o.Records, r) }

// Filter says that the record goes no further, and by which rule.
func (o *TransformOut) Filter(rule string) { o.Filtered = rule }

// Changed notes that a rule changed the record n times.
func (o *TransformOut) Changed(rule string, n int) {
	o.Changes = append(o.Changes, Change{rule, n})
}

// NewSource describes a source whose settings are the struct C. The caller adds Order, Recognise
// and the capabilities it has.
func NewSource[C any](open func(ctx context.Context, config C) (Source, error)) *SourceKind {
	var zero C
	return &SourceKind{Settings: SettingsOf(zero), Order: AnyOrder, Open: func(ctx context.Context, raw json.RawMessage) (Source, error) {
		c, err := decodeConfig[C](raw)
		if err != nil {
			return nil, err
		}
		return open(ctx, c)
	}}
}

// NewSink describes a sink whose settings are the struct C. The caller adds Order, Projection and
// the capabilities it has.
func NewSink[C any](open func(ctx context.Context, config C) (Sink, error)) *SinkKind {
	var zero C
	return &SinkKind{Settings: SettingsOf(zero), Order: AnyOrder, Open: func(ctx context.Context, raw json.RawMessage) (Sink, error) {
		c, err := decodeConfig[C](raw)
		if err != nil {
			return nil, err
		}
		return open(ctx, c)
	}}
}

// NewTransform describes a transform whose settings are the struct C.
func NewTransform[C any](open func(ctx context.Context, config C) (Transform, error)) *TransformKind {
	var zero C
	return &TransformKind{Settings: SettingsOf(zero), Open: func(ctx context.Context, raw json.RawMessage) (Transform, error) {
		c, err := decodeConfig[C](raw)
		if err != nil {
			return nil, err
		}
		return open(ctx, c)
	}}
}

// BadSetting is the error for a setting that is wrong; the host shows it at the user's line.
func BadSetting(name, hint string, err error) error {
	return &fault.Error{Class: fault.Config, Op: "configure", Subject: name, Setting: name, Hint: hint, Err: err}
}

// damageOp marks the errors that Damage makes, also after their way through a process border.
const damageOp = "compare file"

// Damage is what ReadBack ends with when it has given every record and found a file that is not what was
// written. Whoever compares the records goes on: they may say more than the name of a file.
func Damage(name string, err error) error {
	return fault.New(fault.Corrupt, damageOp, name, "the file was changed after it was written: deliver into a new folder", err)
}

// IsDamage tells whether an error was made by Damage, also where the host has said whose it is.
func IsDamage(err error) bool {
	var f *fault.Error
	for errors.As(err, &f) {
		if f.Class == fault.Corrupt && f.Op == damageOp {
			return true
		}
		err = f.Err
	}
	return false
}

// DecodeConfig fills the config struct C as NewSource, NewSink and NewTransform do.
func DecodeConfig[C any](raw json.RawMessage) (C, error) { return decodeConfig[C](raw) }

// decodeConfig fills the tagged fields of C from a JSON object, applies defaults and checks
// required settings and choices.
func decodeConfig[C any](raw json.RawMessage) (C, error) {
	var c C
	values := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := json.Unmarshal(raw, &values); err != nil {
			return c, &fault.Error{Class: fault.Config, Op: "configure", Subject: "settings", Err: err}
		}
	}
	v := reflect.ValueOf(&c).Elem()
	byName := map[string]reflect.Value{}
	for i := range v.NumField() {
		if tag, ok := v.Type().Field(i).Tag.Lookup("ferry"); ok {
			name := tag
			if j := bytes.IndexByte([]byte(tag), ','); j >= 0 {
				name = tag[:j]
			}
			byName[name] = v.Field(i)
		}
	}
	for _, s := range SettingsOf(c) {
		f := byName[s.Name]
		val, given := values[s.Name]
		delete(values, s.Name)
		if !given || string(val) == "null" {
			if s.Required {
				return c, BadSetting(s.Name, s.Help, errors.New("required setting is missing"))
			}
			if s.Default == "" {
				continue
			}
			val = defaultJSON(s)
		}
		if err := json.Unmarshal(val, f.Addr().Interface()); err != nil {
			return c, BadSetting(s.Name, "it must be of type "+s.Type, errors.New("has the wrong type"))
		}
		if len(s.Choices) > 0 && !contains(s.Choices, f.String()) {
			return c, BadSetting(s.Name, "choose one of "+joinQuoted(s.Choices), errors.New("is not one of its choices"))
		}
	}
	for name := range values {
		return c, BadSetting(name, "see \"chatferry plugins\" for the settings there are", errors.New("no such setting"))
	}
	return c, nil
}

func defaultJSON(s Setting) json.RawMessage {
	switch s.Type {
	case "bool", "number":
		return json.RawMessage(s.Default)
	}
	return json.RawMessage(strconv.Quote(s.Default))
}

func contains(list []string, v string) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

func joinQuoted(list []string) string {
	var b []byte
	for i, x := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendQuote(b, x)
	}
	return string(b)
}
