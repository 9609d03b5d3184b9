package pipeline

import (
	"sort"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var pipelineSettings = []plugin.Setting{
	{Name: "from", Type: raw, Required: true, Help: "the sources, such as [source.slack.acme]"},
	{Name: "through", Type: raw},
	{Name: "to", Type: raw, Required: true, Help: "the sinks, such as [sink.archive.main]"},
	{Name: "shards", Type: "number"},
	{Name: "retries", Type: "number"},
	{Name: "validate", Type: "string", Choices: []string{"sample", "all"}},
	{Name: "work", Type: "path"},
}

const (
	defaultRetries = 3
	maxShards      = 256
	maxRetries     = 100
)

func (l *loader) readPipelines() {
	if len(l.blocks["pipeline"]) == 0 {
		l.fail(hcl.Range{}, "Add a pipeline block with from = [source.PLUGIN.NAME] and to = [sink.PLUGIN.NAME].", "There is no pipeline block, so nothing would flow")
		return
	}
	for _, b := range l.blocks["pipeline"] {
		name := b.Labels[0]
		if !l.named(b, 0) || !l.declare("pipeline."+name, b) {
			continue
		}
		l.file.Pipelines = append(l.file.Pipelines, l.readPipeline(b, name))
	}
}

func (l *loader) readPipeline(b *hcl.Block, name string) *Pipeline {
	address := "pipeline." + name
	got := l.decode(b, address, "A pipeline block", pipelineSettings)
	p := &Pipeline{Name: name, Retries: defaultRetries, Validate: "sample", Work: got.text("work")}
	p.From = l.references(b, address, got.attrs["from"], "source")
	p.Through = l.references(b, address, got.attrs["through"], "transform")
	p.To = l.references(b, address, got.attrs["to"], "sink")
	p.Shards = l.within(got, address, "shards", 0, 1, maxShards)
	p.Retries = l.within(got, address, "retries", p.Retries, 0, maxRetries)
	if v := got.text("validate"); v != "" {
		p.Validate = v
	}
	return p
}

func (l *loader) within(got decoded, address, name string, def, least, most int) int {
	if _, ok := got.values[name]; !ok {
		return def
	}
	n := got.number(name)
	if n < least || n > most {
		l.fail(got.attrs[name].Expr.Range(), "Leave it out to let the program choose.", "%s: %s must be from %d to %d", address, name, least, most)
		return def
	}
	return n
}

// references reads a list of blocks of one kind.
func (l *loader) references(b *hcl.Block, address string, attr *hcl.Attribute, kind string) []*Instance {
	if attr == nil {
		return nil
	}
	exprs, diags := hcl.ExprList(attr.Expr)
	if diags.HasErrors() {
		exprs = []hcl.Expression{attr.Expr} // one reference without brackets will do
	}
	if len(exprs) == 0 && attr.Name != "through" {
		l.fail(attr.Range, "Name at least one "+kind+".", "%s: %s is empty", address, attr.Name)
	}
	var list []*Instance
	seen := map[string]bool{}
	for _, e := range exprs {
		i := l.reference(address, attr.Name, e, kind)
		if i == nil {
			continue
		}
		if seen[i.Address()] {
			l.fail(e.Range(), "Delete one of them.", "%s: %s is named twice in %s", address, i.Address(), attr.Name)
			continue
		}
		seen[i.Address()] = true
		list = append(list, i)
	}
	return list
}

func (l *loader) reference(address, argument string, e hcl.Expression, kind string) *Instance {
	form := "Write it without quotes, as " + kind + ".PLUGIN.NAME."
	if _, quoted := e.(*hclsyntax.TemplateExpr); quoted {
		l.fail(e.Range(), form, "%s: %s takes references, not text", address, argument)
		return nil
	}
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() {
		l.fail(e.Range(), form, "%s: this is not a reference to a %s", address, kind)
		return nil
	}
	given := t.RootName()
	for _, step := range t[1:] {
		if a, ok := step.(hcl.TraverseAttr); ok {
			given += "." + a.Name
		} else {
			given += "[...]"
		}
	}
	var list []*Instance
	switch kind {
	case "source":
		list = l.file.Sources
	case "transform":
		list = l.file.Transforms
	default:
		list = l.file.Sinks
	}
	var addresses []string
	for _, i := range list {
		if i.Address() == given {
			l.used[given] = true
			return i
		}
		addresses = append(addresses, i.Address())
	}
	if root := t.RootName(); root != kind && (root == "source" || root == "transform" || root == "sink") {
		l.fail(e.Range(), "from takes sources, through takes transforms, to takes sinks.", "%s: %s takes no %s", address, argument, root)
		return nil
	}
	hint := didYouMean(given, addresses, "There are:")
	if len(addresses) == 0 {
		hint = "Add a " + kind + " block first."
	}
	l.fail(e.Range(), hint, "%s: there is no %s", address, given)
	return nil
}

func sortedStrings(list []string) []string {
	sort.Strings(list)
	return list
}
