package rsmf

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

// sheet is a slice as a reader of the format sees it.
type sheet struct {
	name     string
	header   netmail.Header
	text     string
	raw      string
	manifest struct {
		Version       string         `json:"version"`
		Collection    string         `json:"eventcollectionid"`
		Participants  []participant  `json:"participants"`
		Conversations []conversation `json:"conversations"`
		Events        []event        `json:"events"`
	}
	files map[string]int64 // in the zip, besides the manifest
}

// sheets reads all slices of an edition, each valid by the schema and by what its parts say of each other.
func sheets(t *testing.T, e *ferrytest.Edition) (list []*sheet) {
	t.Helper()
	schema := compile(t)
	for _, name := range e.Files() {
		if strings.HasSuffix(name, ".rsmf") {
			s := readSheet(t, e, name, schema)
			s.check(t)
			list = append(list, s)
		}
	}
	return list
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	s, err := c.Compile("testdata/manifest.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readSheet(t *testing.T, e *ferrytest.Edition, name string, schema *jsonschema.Schema) *sheet {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	s := &sheet{name: name, header: m.Header, files: map[string]int64{}, raw: string(b)}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for n := 0; ; n++ {
		p, err := parts.NextRawPart()
		if err == io.EOF && n == 2 {
			break
		}
		if err != nil || n > 1 {
			t.Fatalf("%s: part %d: %v", name, n, err)
		}
		content, err := io.ReadAll(decoded(p, p.Header.Get("Content-Transfer-Encoding")))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n == 0 {
			s.text = strings.ReplaceAll(string(content), "\r\n", "\n")
			continue
		}
		if p.FileName() != "rsmf.zip" || p.Header.Get("Content-Transfer-Encoding") != "base64" || !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment;") {
			t.Fatalf("%s: %v", name, p.Header)
		}
		s.unzip(t, content, schema)
	}
	return s
}

func decoded(in io.Reader, encoding string) io.Reader {
	switch encoding {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, in)
	case "quoted-printable":
		return quotedprintable.NewReader(in)
	}
	return in
}

func (s *sheet) unzip(t *testing.T, content []byte, schema *jsonschema.Schema) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	for i, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatalf("%s: %s: %v", s.name, f.Name, err)
		}
		if i > 0 {
			s.files[f.Name] = int64(len(b))
			continue
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil || f.Name != "rsmf_manifest.json" {
			t.Fatalf("%s: %s: %v", s.name, f.Name, err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %#v", s.name, err)
		}
		if err := json.Unmarshal(b, &s.manifest); err != nil {
			t.Fatal(err)
		}
	}
}

// check compares the parts of a slice with each other.
func (s *sheet) check(t *testing.T) {
	t.Helper()
	bad := func(format string, args ...any) { t.Errorf("%s: %s", s.name, fmt.Sprintf(format, args...)) }
	people, events, used := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range s.manifest.Participants {
		if people[p.ID] {
			bad("participant %s is there twice", p.ID)
		}
		people[p.ID] = true
		used[p.Avatar] = true
	}
	place := s.manifest.Conversations[0]
	used[place.Icon] = true
	for _, k := range append(place.Participants, place.Custodian) {
		if k != "" && !people[k] {
			bad("member %s is no participant", k)
		}
	}
	last := ""
	for i := range s.manifest.Events {
		v := &s.manifest.Events[i]
		if events[v.ID] {
			bad("event %s is there twice", v.ID)
		}
		events[v.ID] = true
		v.people(func(k string) {
			if k != "" && !people[k] {
				bad("%s of event %s is no participant", k, v.ID)
			}
		})
		for _, a := range v.Attachments {
			used[a.ID] = true
			if n, ok := s.files[a.ID]; !ok || n != a.Size {
				bad("attachment %s of event %s has %d bytes", a.ID, v.ID, n)
			}
		}
		if x, y := message.MomentOf(v.Timestamp), message.MomentOf(last); v.Timestamp != "" && bytes.Compare(x[:], y[:]) < 0 {
			bad("event %s comes before %s", v.ID, last)
		}
		last = v.Timestamp
		if v.Conversation != place.ID {
			bad("event %s is in %s", v.ID, v.Conversation)
		}
	}
	for i := range s.manifest.Events {
		if v := &s.manifest.Events[i]; v.Parent != "" && (!events[v.Parent] || v.Parent == v.ID) {
			bad("event %s has a parent that is not here: %s", v.ID, v.Parent)
		}
	}
	for name := range s.files {
		if !used[name] {
			bad("nothing refers to %s", name)
		}
	}
	for name := range used {
		if _, ok := s.files[name]; name != "" && !ok {
			bad("%s is not in the zip", name)
		}
	}
	s.checkHeader(bad)
}

func (s *sheet) checkHeader(bad func(string, ...any)) {
	list := s.manifest.Events
	contexts := len(s.having("Context"))
	first, last := "", ""
	for i := range list {
		if list[i].Timestamp != "" {
			if first == "" {
				first = list[i].Timestamp
			}
			last = list[i].Timestamp
		}
	}
	pictures := 0
	for name := range s.files {
		if strings.HasPrefix(name, "picture-") {
			pictures++
		}
	}
	want := map[string]string{"Version": s.manifest.Version, "EventCount": strconv.Itoa(len(list)), "BeginDate": first, "EndDate": last, "Generator": "Chatferry"}
	if s.manifest.Version == "2.0.0" {
		want["AttachmentCount"], want["ContextCount"] = strconv.Itoa(len(s.files)-pictures), strconv.Itoa(contexts)
		want["EventCollectionID"], want["Application"] = s.manifest.Collection, s.manifest.Conversations[0].Platform
	}
	for name, value := range want {
		if got := s.header.Get("X-RSMF-" + name); got != value {
			bad("header %s is %q, not %q", name, got, value)
		}
	}
}

// having gives the events with a custom pair.
func (s *sheet) having(name string) (list []*event) {
	for i := range s.manifest.Events {
		if v := &s.manifest.Events[i]; v.pair(name) != "" {
			list = append(list, v)
		}
	}
	return list
}

func (v *event) pair(name string) string {
	for _, c := range v.Custom {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
