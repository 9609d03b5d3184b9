package slackgen_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

// dump is an export read back with the standard library alone: name inside the dump → bytes.
type dump map[string][]byte

func readDump(t *testing.T, path, wrap string) dump {
	t.Helper()
	d := dump{}
	add := func(name string, data []byte) {
		if strings.HasPrefix(name, "__MACOSX") || strings.HasSuffix(name, ".DS_Store") {
			return
		}
		if wrap != "" {
			inside, ok := strings.CutPrefix(name, wrap+"/")
			if !ok {
				return // only zip-slip members stand outside
			}
			name = inside
		}
		if _, twice := d[name]; twice {
			name += "#2"
		}
		d[name] = data
	}
	if info, err := os.Stat(path); err != nil {
		t.Fatal(err)
	} else if info.IsDir() {
		err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(p)
			rel, _ := filepath.Rel(path, p)
			add(filepath.ToSlash(rel), data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			data = nil // damaged on purpose: the defects' own test looks closer
		}
		add(f.Name, data)
	}
	return d
}

func generate(t *testing.T, c slackgen.Config) (string, *slackgen.Truth) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.zip")
	truth, err := slackgen.Generate(path, c)
	if err != nil {
		t.Fatal(err)
	}
	return path, truth
}

func preset(t *testing.T, name string) slackgen.Config {
	t.Helper()
	c, ok := slackgen.PresetNamed(name)
	if !ok {
		t.Fatalf("no preset %s", name)
	}
	return c
}

// small are the presets that tests can afford to read back, with every record in the log.
func small(t *testing.T) map[string]slackgen.Config {
	list := map[string]slackgen.Config{}
	for _, p := range slackgen.Presets() {
		if p.Config.Messages <= 5000 {
			c := p.Config
			c.PerMessageTruth = true
			c.Messages = min(c.Messages, 1500)
			list[p.Name] = c
		}
	}
	odd := preset(t, "full")
	odd.Seed, odd.Dir, odd.Messages, odd.PerMessageTruth = 99, true, 1200, true
	list["folder"] = odd
	bench := preset(t, "bench-100k")
	bench.Messages, bench.DayFiles, bench.PerMessageTruth = 3000, 700, true
	list["bench, smaller"] = bench
	return list
}

var dayFile = regexp.MustCompile(`/\d{4}-\d\d-\d\d\.json(#2)?$`)

func TestSameConfigGivesSameBytes(t *testing.T) {
	all := small(t)
	for _, name := range []string{"uploads", "grid", "slackdump", "folder", "bench, smaller"} {
		c := all[name]
		a, ta := generate(t, c)
		b, tb := generate(t, c)
		if !reflect.DeepEqual(ta, tb) {
			t.Errorf("%s: two truths differ", name)
		}
		if c.Dir {
			if !reflect.DeepEqual(readDump(t, a, c.Wrap), readDump(t, b, c.Wrap)) {
				t.Errorf("%s: two folders differ", name)
			}
			continue
		}
		if x, y := digest(t, a), digest(t, b); x != y {
			t.Errorf("%s: zips differ", name)
		}
	}
}

func TestAnotherSeedGivesAnotherHistory(t *testing.T) {
	c := preset(t, "full")
	a, _ := generate(t, c)
	c.Seed++
	b, _ := generate(t, c)
	if digest(t, a) == digest(t, b) {
		t.Error("seeds 1 and 2 give the same bytes")
	}
}

func digest(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestEverySubtypeOfTheDossierAppears(t *testing.T) {
	_, truth := generate(t, preset(t, "full"))
	for _, s := range slackgen.Subtypes() {
		if truth.BySubtype[s] == 0 {
			t.Errorf("subtype %q does not appear", s)
		}
	}
	for _, s := range strings.Fields(`bot_message me_message file_share file_comment file_mention thread_broadcast slackbot_response
		reply_broadcast reminder_add bot_add bot_remove bot_enable bot_disable document_mention app_conversation_join assistant_app_thread
		channel_join channel_leave channel_topic channel_purpose channel_name channel_archive channel_unarchive channel_posting_permissions
		channel_convert_to_private channel_convert_to_public channel_canvas_updated group_join group_leave group_topic group_purpose
		group_name group_archive group_unarchive joiner_notification joiner_notification_for_inviter pinned_item unpinned_item
		huddle_thread sh_room_created sh_room_shared tombstone ekm_access_denied message_changed message_deleted message_replied`) {
		if truth.BySubtype[s] == 0 {
			t.Errorf("subtype %q of the dossier does not appear", s)
		}
	}
	for _, s := range []string{slackgen.StateHosted, slackgen.StateDeleted, slackgen.StateLimit, slackgen.StateExternal, slackgen.StateDenied, slackgen.StateNotFound} {
		if truth.Attachments[s] == 0 {
			t.Errorf("no file is %s", s)
		}
	}
	for _, kind := range []string{"public", "private", "direct", "group"} {
		if truth.Conversations[kind] == 0 {
			t.Errorf("no conversation is %s", kind)
		}
	}
	if truth.OrphanReply == 0 || truth.MPIMOverEight == 0 || truth.Edited == 0 || truth.Pinned == 0 || truth.ReactionAll <= truth.ReactionBy {
		t.Errorf("a feature is missing: %+v", truth)
	}
}

func TestHardTextsAppear(t *testing.T) {
	c := preset(t, "full")
	c.PerMessageTruth = true
	_, truth := generate(t, c)
	long, empty, twins, same := 0, 0, 0, 0
	last := map[string]*slackgen.MessageTruth{}
	for _, m := range truth.Log {
		if utf8.RuneCountInString(m.Text) > 16_383 {
			long++
		}
		if m.Text == "" && m.Subtype == "" {
			empty++
		}
		if p := last[m.Folder]; p != nil && p.TS[:14] == m.TS[:14] {
			twins++
			if p.Text == m.Text {
				same++
			}
		}
		last[m.Folder] = m
	}
	if long == 0 || empty == 0 || twins == 0 || same == 0 {
		t.Errorf("over 16,383 runes: %d, empty: %d, same millisecond: %d, same text too: %d", long, empty, twins, same)
	}
}

// Slack writes names as UTF-8 and does not say so.
func TestZipNamesCarryNoUTF8Flag(t *testing.T) {
	path, _ := generate(t, preset(t, "full"))
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	raw := 0
	for _, f := range z.File {
		if f.Flags != 0 {
			t.Fatalf("%q has flags %#x", f.Name, f.Flags)
		}
		if f.NonUTF8 && utf8.ValidString(f.Name) {
			raw++
		}
	}
	if raw == 0 {
		t.Error("no name outside ASCII")
	}
}

func TestUploadsHaveTheBytesOfTheTruth(t *testing.T) {
	for _, name := range []string{"uploads", "slackdump", "sample"} {
		c := preset(t, name)
		c.PerMessageTruth = true
		path, truth := generate(t, c)
		d := readDump(t, path, c.Wrap)
		if truth.Attachments[slackgen.StatePresent] == 0 {
			t.Errorf("%s: no bytes", name)
		}
		seen := map[string]bool{}
		for _, m := range truth.Log {
			for _, f := range m.Files {
				if f.Path == "" {
					continue
				}
				seen[f.Path] = true
				sum := sha256.Sum256(d[f.Path])
				if hex.EncodeToString(sum[:]) != f.SHA256 || len(d[f.Path]) != f.Size {
					t.Errorf("%s: %s is not what the truth says", name, f.Path)
				}
			}
		}
		for file := range d {
			if (strings.Contains(file, "/attachments/") || strings.HasPrefix(file, "__uploads/")) && !seen[file] {
				t.Errorf("%s: %s belongs to no message", name, file)
			}
		}
	}
}

func TestTruthSurvivesItsFile(t *testing.T) {
	c := preset(t, "sample")
	c.PerMessageTruth = true
	_, truth := generate(t, c)
	path := filepath.Join(t.TempDir(), "truth.json")
	if err := truth.Write(path); err != nil {
		t.Fatal(err)
	}
	again, err := slackgen.ReadTruth(path)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(truth)
	b, _ := json.Marshal(again)
	if !bytes.Equal(a, b) {
		t.Error("the truth changed on its way through the file")
	}
}

// The demo is checked in: this tells when the generator has changed and it must be made anew.
func TestSampleIsWhatThePresetMakes(t *testing.T) {
	path, _ := generate(t, preset(t, "sample"))
	made, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) > 300<<10 {
		t.Errorf("the sample has %d bytes, more than 300 KB", len(made))
	}
	shipped, err := os.ReadFile("../sample/ferry-export.zip")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, shipped) {
		t.Error("testdata/sample/ferry-export.zip differs: run slackgen -preset sample (see testdata/sample/README.md)")
	}
}

func TestMistakesInTheConfigAreRefused(t *testing.T) {
	for name, c := range map[string]slackgen.Config{
		"few users":      {Users: 3},
		"dialect":        {Dialect: "telegram"},
		"uploads":        {Uploads: "cloud"},
		"cut":            {Cut: 1.5},
		"unknown defect": {Defects: []slackgen.Defect{{Name: "gremlin"}}},
		"zip in folder":  {Dir: true, Defects: []slackgen.Defect{{Name: "zip-slip"}}},
	} {
		if _, err := slackgen.Generate(filepath.Join(t.TempDir(), "x"), c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
