package transform

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/plugin"
)

// asPlugins are the transforms that work without the directory, and so by a plugin's interface too.
func asPlugins() []plugin.Plugin {
	var list []plugin.Plugin
	for _, name := range []string{"filter", "rename", "redact"} {
		p, ok := Plugin(name)
		if !ok {
			panic("transform " + name + " is no plugin")
		}
		list = append(list, p)
	}
	return list
}

func TestMain(m *testing.M) { ferrytest.Main(m, asPlugins()...) }

func TestConformance(t *testing.T) {
	config := map[string]map[string]any{
		"filter": {"exclude_types": []string{"join"}, "keywords": []string{"the"}},
		"rename": {"names": map[string]string{"#general": "everybody"}},
		"redact": {"detect": []string{"email", "phone"}},
	}
	for _, p := range asPlugins() {
		t.Run(p.Name, func(t *testing.T) { ferrytest.Transform(t, ferrytest.TransformCase{Plugin: p, Config: config[p.Name]}) })
	}
}
