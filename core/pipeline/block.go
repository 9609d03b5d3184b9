package pipeline

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/hashicorp/hcl/v2"
)

var pluginSettings = []plugin.Setting{
	{Name: "source", Type: "path", Required: true, Help: "the program, relative to this file"},
	{Name: "sha256", Type: "string", Required: true, Help: "what \"sha256sum PROGRAM\" prints; the program is not started without it"},
}

func (l *loader) readPlugins() {
	for _, kind := range []string{"source", "sink", "transform"} {
		if l.opts.Known != nil {
			for _, name := range l.opts.Known(kind) {
				l.built[kind+"."+name] = true
			}
		}
	}
	for _, b := range l.blocks["plugin"] {
		name := b.Labels[0]
		if !l.named(b, 0) || !l.declare("plugin."+name, b) {
			continue
		}
		if l.built["source."+name] || l.built["sink."+name] || l.built["transform."+name] {
			l.fail(b.LabelRanges[0], "Give yours another name.", "The plugin %q is built in", name)
			continue
		}
		before := len(l.diags)
		got := l.decode(b, "plugin."+name, "A plugin block", pluginSettings)
		p := Plugin{Name: name, Source: got.text("source"), SHA256: strings.ToLower(got.text("sha256"))}
		if a := got.attrs["sha256"]; a != nil && got.values["sha256"] != nil && !isDigest(p.SHA256) {
			l.fail(a.Expr.Range(), "Run: sha256sum PROGRAM", "plugin.%s: sha256 is not 64 hexadecimal digits", name)
		}
		l.file.Plugins = append(l.file.Plugins, p)
		if l.opts.Kept.foreign(b.DefRange.Filename, p.Source) {
			l.fail(b.DefRange, "Name the pipeline file instead of the folder.", "plugin.%s: the program came with the output folder, so it is not started", name)
			l.file.Plugins = l.file.Plugins[:len(l.file.Plugins)-1]
			continue
		}
		if len(l.diags) > before || l.opts.Plugin == nil {
			continue
		}
		if err := l.opts.Plugin(p); err != nil {
			l.diags = append(l.diags, l.file.Locate("plugin."+name, err)...)
		}
	}
}

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

var mediaSettings = []plugin.Setting{
	{Name: "path", Type: "path"},
	{Name: "on_missing", Type: "string", Choices: []string{"record", "fail"}},
}

func (l *loader) readMedia() {
	l.file.Media = Media{OnMissing: "record"}
	b := l.only("media")
	if b == nil {
		return
	}
	l.file.places["media"] = place{block: b.DefRange, settings: map[string]hcl.Range{}}
	got := l.decode(b, "media", "A media block", mediaSettings)
	l.file.Media.Name, l.file.Media.Path = b.Labels[0], got.text("path")
	if v := got.text("on_missing"); v != "" {
		l.file.Media.OnMissing = v
	}
}

var verifySettings = []plugin.Setting{
	{Name: "counts", Type: "string", Choices: []string{"exact"}},
	{Name: "readback", Type: "string", Choices: []string{"all", "none"}},
	{Name: "media", Type: "string", Choices: []string{"hash"}},
	{Name: "fail_on", Type: "strings", Choices: []string{"missing", "extra", "differ", "order"}},
}

func (l *loader) readVerify() {
	v := Verify{Counts: "exact", Readback: "all", Media: "hash", FailOn: []string{"missing", "extra", "differ", "order"}}
	if b := l.only("verify"); b != nil {
		l.file.places["verify"] = place{block: b.DefRange, settings: map[string]hcl.Range{}}
		got := l.decode(b, "verify", "A verify block", verifySettings)
		for name, target := range map[string]*string{"counts": &v.Counts, "readback": &v.Readback, "media": &v.Media} {
			if s := got.text(name); s != "" {
				*target = s
			}
		}
		if _, ok := got.values["fail_on"]; ok {
			v.FailOn = got.texts("fail_on")
		}
	}
	l.file.Verify = v
}

// readInstances decodes the source, transform or sink blocks by their plugins' settings.
func (l *loader) readInstances(kind string) []*Instance {
	var list []*Instance
	for _, b := range l.blocks[kind] {
		i := &Instance{Kind: kind, Plugin: b.Labels[0], Name: b.Labels[1]}
		if !l.named(b, 1) || !l.declare(i.Address(), b) {
			continue
		}
		list = append(list, i) // so that references to it are no second mistake
		mistakes := len(l.diags)
		if settings, ok := l.settingsOf(i, b); ok {
			l.readInstance(i, b, settings)
		}
		i.Incomplete = i.Incomplete || l.diags[mistakes:].HasErrors()
	}
	return list
}

// settingsOf asks for the plugin's settings and says which plugins there are when it is unknown.
func (l *loader) settingsOf(i *Instance, b *hcl.Block) ([]plugin.Setting, bool) {
	l.used["plugin."+i.Plugin] = true
	var known []string
	for name := range l.built {
		if kind, plug, _ := strings.Cut(name, "."); kind == i.Kind {
			known = append(known, plug)
		}
	}
	declared := false
	for _, p := range l.file.Plugins {
		known = append(known, p.Name)
		declared = declared || p.Name == i.Plugin
	}
	known = sortedStrings(known)
	if l.opts.Settings == nil || l.opts.Known != nil && !declared && !l.built[i.Kind+"."+i.Plugin] {
		noun := "plugin"
		if i.Kind == "transform" {
			noun = "kind"
		}
		hint := didYouMean(i.Plugin, known, "There are:") + " A third party's plugin needs a plugin block."
		l.fail(b.LabelRanges[0], strings.TrimSpace(hint), "There is no %s %s %q", i.Kind, noun, i.Plugin)
		return nil, false
	}
	settings, err := l.opts.Settings(i.Kind, i.Plugin)
	if err != nil {
		var f *fault.Error
		if !errors.As(err, &f) {
			err = fault.New(fault.Config, "describe", i.Plugin, didYouMean(i.Plugin, known, "There are:"), err)
		}
		d := l.file.Locate(i.Address(), err)
		for n := range d {
			d[n].at = &b.LabelRanges[0]
		}
		l.diags = append(l.diags, d...)
		return nil, false
	}
	return settings, true
}

func (l *loader) readInstance(i *Instance, b *hcl.Block, settings []plugin.Setting) {
	var blocks []string
	own := append([]plugin.Setting{}, settings...)
	if i.Kind == "sink" {
		blocks = []string{"loss", "package kind", "encrypt"}
		own = append([]plugin.Setting{{Name: "path", Type: "path", Required: true, Help: "the folder to write into"}}, without(own, "path")...)
	}
	got := l.decode(b, i.Address(), i.Kind+" "+i.Plugin, own, blocks...)
	i.Sensitive, i.Incomplete = sortedStrings(got.sensitive), got.incomplete
	if i.Kind == "sink" {
		i.Path = got.text("path")
		delete(got.values, "path")
		i.Loss = l.readLoss(i.Address(), got.blocks)
		i.Package = l.readPackage(i.Address(), got.blocks)
		i.Encrypt = l.readEncrypt(i.Address(), got.blocks)
	}
	config, err := json.Marshal(got.values)
	if err != nil {
		panic("pipeline: " + err.Error()) // strings, bools, integers, and lists and maps of strings only
	}
	i.Config = config
	for _, s := range settings {
		attr := got.attrs[s.Name]
		switch {
		case attr == nil || s.Type != "expression" && s.Type != "expressions":
		case l.opts.Known != nil && !l.built[i.Kind+"."+i.Plugin]:
			l.fail(attr.Range, "Ask the plugin's author for a setting of another type.", "%s: the setting %q is an expression, which only built-in transforms can take", i.Address(), s.Name)
		default:
			l.compileSetting(i, s, attr)
			for _, v := range l.values(attr.Expr) {
				i.Incomplete = i.Incomplete || !v.IsWhollyKnown()
			}
		}
	}
}

func without(list []plugin.Setting, name string) []plugin.Setting {
	var out []plugin.Setting
	for _, s := range list {
		if s.Name != name {
			out = append(out, s)
		}
	}
	return out
}

var lossSettings = []plugin.Setting{{Name: "allow", Type: "strings"}, {Name: "warn", Type: "strings"}, {Name: "fail", Type: "strings"}}

func (l *loader) readLoss(address string, blocks hcl.Blocks) *Loss {
	b := l.single(address, "loss", blocks)
	if b == nil {
		return nil
	}
	got := l.decode(b, address, "A loss block", lossSettings)
	loss := &Loss{Allow: got.texts("allow"), Warn: got.texts("warn"), Fail: got.texts("fail")}
	seen := map[string]string{}
	for _, s := range lossSettings {
		for _, name := range got.texts(s.Name) {
			if first, ok := seen[name]; ok {
				l.fail(got.attrs[s.Name].Expr.Range(), "Keep it in one of them.", "%s: the loss %q is in both %s and %s", address, name, first, s.Name)
			}
			seen[name] = s.Name
		}
	}
	return loss
}

// checkPaths refuses two sinks in one folder, or one in the other's: each owns its folder.
func (l *loader) checkPaths() {
	for n, a := range l.file.Sinks {
		for _, b := range l.file.Sinks[:n] {
			if a.Path == "" || b.Path == "" {
				continue
			}
			at := l.file.places[a.Address()].settings["path"]
			switch {
			case a.Path == b.Path:
				l.fail(at, "Give each sink a folder of its own.", "%s and %s write into one folder", b.Address(), a.Address())
			case inside(a.Path, b.Path) || inside(b.Path, a.Path):
				l.fail(at, "Give each sink a folder of its own, side by side.", "The folders of %s and %s lie inside each other", b.Address(), a.Address())
			}
		}
	}
}

func inside(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
