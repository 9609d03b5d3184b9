package transform

import (
	"context"
	"encoding/json"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Plugin gives a built-in transform the shape of a third party's plugin, for tests and for hosts
// that know only plugins. A plugin has neither the pipeline's directory nor its expressions, so
// people and rewrite do not exist in this shape (ok is false), a filter knows people and
// conversations by key and id only and refuses departments, and rename does not reach mentions.
func Plugin(name string) (p plugin.Plugin, ok bool) {
	for _, k := range kinds() {
		if k.Name != name || name == "people" || name == "rewrite" {
			continue
		}
		var settings []plugin.Setting
		for _, s := range k.Settings {
			if s.Type != "expression" && s.Type != "expressions" {
				settings = append(settings, s)
			}
		}
		return plugin.Plugin{Name: k.Name, Version: "1", Summary: k.Summary, Doc: k.Doc, Transform: &plugin.TransformKind{
			Settings: settings,
			Open: func(_ context.Context, config json.RawMessage) (plugin.Transform, error) {
				t, err := k.open(config, Env{Block: name})
				if err != nil {
					return nil, err
				}
				return adapter{t}, nil
			},
		}}, true
	}
	return plugin.Plugin{}, false
}

type adapter struct{ Transform }

func (a adapter) Apply(ctx context.Context, r *message.Record, out *plugin.TransformOut) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Transform.Apply(r, out)
}

func (adapter) Close() error { return nil }
