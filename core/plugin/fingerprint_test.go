package plugin

import (
	"strings"
	"testing"
)

func TestShardIDsAreValidAndDifferent(t *testing.T) {
	lists := [][]string{{"room", "general"}, {"room", "General"}, {"room", "a b"}, {"room", "a_b"}, {"room", "a/b"}, {"room-a", "b"}, {"room", "a-b"},
		{""}, {"", ""}, {"."}, {".."}, {"-"}, {"\x00"}, {"日本"}, {"中国"}, {strings.Repeat("x", 300)}, {strings.Repeat("x", 301)}, {"a", "b", "c"}, {"a", "b-c"}}
	seen := map[string][]string{}
	for _, names := range lists {
		id := ShardID(names...)
		if err := (Shard{ID: id}).Check(); err != nil {
			t.Errorf("%q: %v", names, err)
		}
		if other, ok := seen[strings.ToLower(id)]; ok {
			t.Errorf("%q and %q both give %s", names, other, id)
		}
		seen[strings.ToLower(id)] = names
	}
	if id := ShardID("room", "general"); id != "room-general" {
		t.Errorf("a plain name became %s", id)
	}
}

func TestManifestMistakesAreFound(t *testing.T) {
	good := Manifest{Name: "acme", Version: "1", Summary: "x", Source: &SourceTraits{Order: AnyOrder}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Manifest){
		"name":    func(m *Manifest) { m.Name = "Acme Chat" },
		"nothing": func(m *Manifest) { m.Source = nil },
		"version": func(m *Manifest) { m.Version = "" },
		"order":   func(m *Manifest) { m.Source = &SourceTraits{Order: "backwards"} },
		"help": func(m *Manifest) {
			m.Source = &SourceTraits{Order: AnyOrder, Settings: []Setting{{Name: "a", Type: "string"}}}
		},
		"twice": func(m *Manifest) {
			s := Setting{Name: "a", Type: "string", Help: "x"}
			m.Source = &SourceTraits{Order: AnyOrder, Settings: []Setting{s, s}}
		},
		"required default": func(m *Manifest) {
			m.Source = &SourceTraits{Order: AnyOrder, Settings: []Setting{{Name: "a", Type: "string", Help: "x", Required: true, Default: "y"}}}
		},
	} {
		m := good
		if spoil(&m); m.Check() == nil {
			t.Errorf("mistake in %s is not found", name)
		}
	}
}
