package csv

import (
	"bytes"
	"encoding/json"

	"github.com/chatferry/chatferry/core/table"
)

// packageName is the description of the set: a Tabular Data Package.
const packageName = "datapackage.json"

// sum is what a file must be.
type sum struct {
	size   int64
	digest string
}

// The members of a Tabular Data Package that are used here.
type (
	dataPackage struct {
		Profile   string     `json:"profile"`
		Name      string     `json:"name"`
		Resources []resource `json:"resources"`
	}
	resource struct {
		Profile     string          `json:"profile"`
		Name        string          `json:"name"`
		Path        string          `json:"path"`
		Description string          `json:"description"`
		Format      string          `json:"format"`
		MediaType   string          `json:"mediatype"`
		Encoding    string          `json:"encoding"`
		Bytes       int64           `json:"bytes"`
		Hash        string          `json:"hash"`
		Dialect     resourceDialect `json:"dialect"`
		Schema      resourceSchema  `json:"schema"`
	}
	resourceDialect struct {
		Delimiter      string `json:"delimiter"`
		LineTerminator string `json:"lineTerminator"`
		QuoteChar      string `json:"quoteChar"`
		DoubleQuote    bool   `json:"doubleQuote"`
		Header         bool   `json:"header"`
	}
	resourceSchema struct {
		Fields        []field      `json:"fields"`
		MissingValues []string     `json:"missingValues"`
		PrimaryKey    []string     `json:"primaryKey"`
		ForeignKeys   []foreignKey `json:"foreignKeys,omitempty"`
	}
	field struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		Format      string `json:"format,omitempty"`
		Description string `json:"description"`
		Derived     bool   `json:"derived,omitempty"`
	}
	foreignKey struct {
		Fields    []string  `json:"fields"`
		Reference reference `json:"reference"`
	}
	reference struct {
		Resource string   `json:"resource"`
		Fields   []string `json:"fields"`
	}
)

// types are the names and formats of a Table Schema. Times have fractions, which its default has not.
var types = map[table.Type][2]string{
	table.Text: {"string"}, table.Int: {"integer"}, table.Bool: {"boolean"}, table.Time: {"datetime", "any"},
	table.Day: {"date"}, table.Local: {"datetime", "%Y-%m-%d %H:%M:%S"}, table.JSON: {"array"},
}

// describe is the description of a set of files.
func (f *format) describe(sums map[*table.Table]sum) []byte {
	p := dataPackage{Profile: "tabular-data-package", Name: "chat-history"}
	for _, t := range table.Tables() {
		r := resource{
			Profile: "tabular-data-resource", Name: t.Name, Path: name(t), Description: t.About, Format: "csv", MediaType: "text/csv", Encoding: "utf-8",
			Bytes: sums[t].size, Hash: "sha256:" + sums[t].digest,
			Dialect: resourceDialect{string(f.dialect.comma), f.dialect.end, `"`, true, true},
			Schema:  resourceSchema{MissingValues: []string{""}, PrimaryKey: t.Key},
		}
		if t.Parent != "" {
			r.Schema.ForeignKeys = append(r.Schema.ForeignKeys, foreignKey{[]string{"message_no"}, reference{t.Parent, []string{"no"}}})
		}
		for _, c := range t.Columns {
			typ := types[c.Type]
			if c.Name == "rest" {
				typ[0] = "object"
			}
			r.Schema.Fields = append(r.Schema.Fields, field{c.Name, typ[0], typ[1], c.About, c.Derived()})
			if c.Ref != "" {
				own := c.Ref
				if own == t.Name {
					own = "" // as the standard names the table itself
				}
				r.Schema.ForeignKeys = append(r.Schema.ForeignKeys, foreignKey{[]string{c.Name}, reference{own, []string{"key"}}})
			}
		}
		p.Resources = append(p.Resources, r)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(p); err != nil {
		panic(err) // strings and numbers always encode
	}
	return b.Bytes()
}
