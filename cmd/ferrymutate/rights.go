package main

// rightOperators give somebody what nobody delivered: a way in.
var rightOperators = []operator{
	{"a person is an administrator", "somebody who lets himself in", func(d *document) []want {
		p := d.people()[0]
		if p.o["roles"] = []any{"owner", "system_admin"}; d.bulk() {
			p.o["roles"] = "system_user system_admin"
		}
		return []want{record("differs", p.key, "roles")}
	}, nil},
	{"a person has a password", "somebody who lets himself in", func(d *document) []want {
		if !d.bulk() {
			return nil
		}
		p := d.people()[0]
		p.o["password"] = "Correct-Horse-7"
		return []want{record("differs", p.key, "roles")}
	}, noLogins},
	{"a team is open to everybody", "somebody who lets himself in", func(d *document) []want {
		for _, team := range d.records("team") {
			team["team"].(object)["type"] = "O"
			for _, k := range d.keys {
				if text(k.object, "type") == "workspace" {
					return []want{record("differs", text(k.object, "key"), "kind")}
				}
			}
		}
		return nil
	}, noLogins},
}

// noLogins is the reason that nobody logs in to a file.
var noLogins = func() map[string]reason {
	r := reason{"it is a file to read, not an import that makes accounts", func(d *document) bool { return len(d.records("team"))+len(d.records("user")) == 0 }}
	return map[string]reason{"archive": r, "html": r, "ndjson": r}
}()
