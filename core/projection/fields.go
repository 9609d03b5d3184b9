package projection

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// models are the record types by name.
var models = map[string]reflect.Type{
	message.TypePerson:       reflect.TypeFor[message.Person](),
	message.TypeConversation: reflect.TypeFor[message.Conversation](),
	message.TypeMembership:   reflect.TypeFor[message.Membership](),
	message.TypeMessage:      reflect.TypeFor[message.Message](),
	message.TypeRevision:     reflect.TypeFor[message.Revision](),
	message.TypeEmoji:        reflect.TypeFor[message.Emoji](),
	message.TypeAnalysis:     reflect.TypeFor[message.Analysis](),
}

type op uint8

const (
	opNone op = iota // only its sub-fields
	opDrop
	opAccount
	opAccounts
	opRunes
	opMillis
	opFlag
	opPresent
)

// generic are the degrading rules that the tree itself applies.
var generic = map[string]op{"account": opAccount, "accounts": opAccounts, "milliseconds": opMillis, "flag": opFlag, "present": opPresent, "in_text": opDrop}

// special are the rules that code for one record type applies, and where.
var special = map[string]string{
	"content_removed": "message.deleted", "edit_time": "message.edited", "emoji_name": "message.reactions.emoji", "after_post": "message.reactions.at",
	"first_last": "person.real_name", "since": "person.active_until", "short_locale": "person.locale", "archive_time": "conversation.archived_at",
	"place_name": "conversation.name", "place_kind": "conversation.kind", "default_name": "conversation.display_name",
}

// node is one field with something to do in it or below it.
type node struct {
	index  int
	change Change
	op     op
	limit  int
	sub    []node
}

// Fields lists every field of the model, "type.field" or "type.field.sub", in order. Fields of
// fields are given for one level, and for all levels where rules may name them.
func Fields() []string {
	var list []string
	for typ, t := range models {
		list = appendFields(list, typ, t, 2)
	}
	slices.Sort(list)
	return list
}

func appendFields(list []string, prefix string, t reflect.Type, depth int) []string {
	for i := range t.NumField() {
		name := prefix + "." + jsonName(t.Field(i))
		list = append(list, name)
		if inner := structOf(t.Field(i).Type); inner != nil && depth > 1 {
			list = appendFields(list, name, inner, depth-1)
		}
	}
	return list
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// structOf is the struct that t is, points to or is a list of, or nil.
func structOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		return t
	}
	return nil
}

func (x *Projector) compileFields() error {
	used := map[string]bool{}
	for typ, t := range models {
		nodes, err := x.compile(typ, t, x.p.Closed, used)
		if err != nil {
			return err
		}
		x.tree[typ] = nodes
	}
	for f := range x.p.Fields {
		if !used[f] {
			return fmt.Errorf("compile projection: there is no field %q", f)
		}
	}
	return nil
}

func (x *Projector) compile(prefix string, t reflect.Type, closed bool, used map[string]bool) ([]node, error) {
	var nodes []node
	for i := range t.NumField() {
		f := t.Field(i)
		required := !strings.Contains(f.Tag.Get("json"), "omitempty")
		name := prefix + "." + jsonName(f)
		rule, listed := x.p.Fields[name]
		used[name] = used[name] || listed
		below := x.below(name)
		n := node{index: i, change: Change{name, string(plugin.Drop)}}
		switch {
		case listed && rule.Action == plugin.Drop:
			if required {
				return nil, fmt.Errorf("compile projection: %s cannot be dropped", name)
			}
			n.op, x.drops[name] = opDrop, true
		case listed && rule.Action == plugin.Degrade:
			if err := x.degrade(&n, name, rule.Name); err != nil {
				return nil, err
			}
		case !listed && !below && closed && !required && name != prefix+".raw" && name != "person.target" && name != "message.part":
			n.op, n.change.Rule, x.drops[name] = opDrop, Unlisted, true
		}
		if inner := structOf(f.Type); inner != nil && n.op != opDrop && below {
			var err error
			if n.sub, err = x.compile(name, inner, closed, used); err != nil {
				return nil, err
			}
		}
		if name == "message.reactions" { // reactions.go does what is below
			n.sub = nil
		}
		if n.op != opNone || len(n.sub) > 0 {
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

func (x *Projector) below(name string) bool {
	for f := range x.p.Fields {
		if len(f) > len(name) && f[len(name)] == '.' && strings.HasPrefix(f, name) {
			return true
		}
	}
	return false
}

func (x *Projector) degrade(n *node, field, rule string) error {
	n.change.Rule = rule
	x.has[field] = rule
	if s, ok := strings.CutPrefix(rule, "max_runes_"); ok {
		limit, err := strconv.Atoi(s)
		if err != nil || limit < 1 {
			return fmt.Errorf("compile projection: %s: bad rule %q", field, rule)
		}
		n.op, n.limit = opRunes, limit
		return nil
	}
	if o, ok := generic[rule]; ok {
		n.op = o
		return nil
	}
	if special[rule] == field || rule == "emoji_name" && field == "emoji.name" || field == "message.sent" && rule == "unique" || field == "message.text" || field == "message.rich" || field == "message.format" {
		return nil
	}
	return fmt.Errorf("compile projection: %s: unknown rule %q", field, rule)
}

// fields applies the tree to a record that may be changed at its top level.
func (x *Projector) fields(r *message.Record, note func(Change)) {
	nodes := x.tree[r.Type]
	if len(nodes) == 0 {
		return
	}
	var v reflect.Value
	switch r.Type {
	case message.TypePerson:
		v = reflect.ValueOf(r.Person)
	case message.TypeConversation:
		v = reflect.ValueOf(r.Conversation)
	case message.TypeMembership:
		v = reflect.ValueOf(r.Membership)
	case message.TypeMessage:
		v = reflect.ValueOf(r.Message)
	case message.TypeRevision:
		v = reflect.ValueOf(r.Revision)
	case message.TypeEmoji:
		v = reflect.ValueOf(r.Emoji)
	case message.TypeAnalysis:
		v = reflect.ValueOf(r.Analysis)
	}
	x.walk(nodes, v.Elem(), note)
}

// walk applies nodes to a struct that may be changed. What it reaches through pointers and slices
// is copied first, and only if something in it changes.
func (x *Projector) walk(nodes []node, v reflect.Value, note func(Change)) {
	for i := range nodes {
		n := &nodes[i]
		f := v.Field(n.index)
		if f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0 { // reused memory leaves empty slices behind
			continue
		}
		if n.op == opDrop {
			f.SetZero()
			note(n.change)
			continue
		}
		if n.op != opNone && x.apply(n, f) {
			note(n.change)
		}
		if len(n.sub) == 0 {
			continue
		}
		switch f.Kind() {
		case reflect.Struct:
			x.walk(n.sub, f, note)
		case reflect.Pointer:
			if !f.IsNil() {
				own := reflect.New(f.Type().Elem())
				own.Elem().Set(f.Elem())
				f.Set(own)
				x.walk(n.sub, own.Elem(), note)
			}
		case reflect.Slice:
			own := reflect.MakeSlice(f.Type(), f.Len(), f.Len())
			reflect.Copy(own, f)
			f.Set(own)
			for j := range own.Len() {
				x.walk(n.sub, own.Index(j), note)
			}
		}
	}
}

// apply applies one generic rule and tells whether it changed anything.
func (x *Projector) apply(n *node, f reflect.Value) bool {
	switch n.op {
	case opAccount:
		if f.Kind() == reflect.String {
			if a := x.account(f.String()); a != f.String() {
				f.SetString(a)
				return true
			}
			return false
		}
		list, changed := x.accounts(f.Interface().([]string))
		f.Set(reflect.ValueOf(list))
		return changed
	case opAccounts:
		list, changed := x.accounts(f.Interface().([]string))
		slices.Sort(list)
		list = slices.Compact(list)
		f.Set(reflect.ValueOf(list))
		return changed
	case opRunes:
		s := f.String()
		if len(s) > n.limit && utf8.RuneCountInString(s) > n.limit {
			f.SetString(string([]rune(s)[:n.limit]))
			return true
		}
	case opMillis:
		if t, ok := f.Interface().(*message.Time); ok {
			out := message.Time{UTC: roundTo(t.UTC, 3)}
			f.Set(reflect.ValueOf(&out))
			return out != *t
		}
	case opFlag:
		one := reflect.MakeSlice(f.Type(), 1, 1)
		same := f.Len() == 1 && f.Index(0).IsZero()
		f.Set(one)
		return !same
	case opPresent:
		if a, ok := f.Interface().(*message.Attachment); ok && a.State != message.MediaPresent {
			f.SetZero()
			return true
		}
	}
	return false
}

// account is the account of a person key. What is no key is an account already.
func (x *Projector) account(key string) string {
	if x.ctx.Person == nil || strings.IndexByte(key, ':') < 0 {
		return key
	}
	return x.ctx.Person(key).Account
}

func (x *Projector) accounts(keys []string) (list []string, changed bool) {
	list = make([]string, len(keys))
	for i, k := range keys {
		list[i] = x.account(k)
		changed = changed || list[i] != k
	}
	return list, changed
}
