package html

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Output: func(t *testing.T, dir string) {
		if program, err := exec.LookPath("sha256sum"); err == nil {
			cmd := exec.Command(program, "-c", "--strict", "--quiet", manifestName)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("sha256sum -c: %v\n%s", err, out)
			}
		}
	}})
}

func TestChineseSiteConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "zone": "Asia/Shanghai", "title": "档案 <1>"}})
}

// attributes of pages that hold addresses.
var addresses = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

func TestEveryAddressOfTheSiteLeadsSomewhere(t *testing.T) {
	r := newRig(t)
	r.deliver(ferrytest.Corpus(t, r.root))
	files := r.files(".")
	outside, inside := 0, 0
	for name, text := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		if len(text) > maxPage {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		for _, m := range addresses.FindAllStringSubmatch(text, -1) {
			to := m[1]
			if strings.Contains(to, ":") {
				outside++
				if !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "mailto:") {
					t.Errorf("%s leads to %s", name, to)
				}
				continue
			}
			path, id, _ := strings.Cut(to, "#")
			target := name
			if path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), path))
			}
			there, ok := files[target]
			switch {
			case !ok:
				t.Errorf("%s leads to %s, which is not there", name, to)
			case id != "" && target != "search.html" && !strings.Contains(there, `id="`+id+`"`):
				t.Errorf("%s leads to %s, a place that %s does not have", name, to, target)
			}
			inside++
		}
	}
	if outside == 0 || inside < 200 {
		t.Errorf("found %d addresses outside and %d inside", outside, inside)
	}
}

func TestPagesCarryNoScriptsAndNoStylesOfTheirOwn(t *testing.T) {
	r := newRig(t)
	r.deliver(ferrytest.Corpus(t, r.root))
	inline := regexp.MustCompile(`(?i)<script(?: defer)?>|<style| style="| on[a-z]+="|javascript:[^<]*"`)
	n := 0
	for name, text := range r.files(".") {
		if strings.HasSuffix(name, ".html") {
			n++
			if !strings.Contains(text, `content="`+policy+`"`) {
				t.Errorf("%s has no policy", name)
			}
			if hit := inline.FindString(text); hit != "" {
				t.Errorf("%s has %q", name, hit)
			}
		}
	}
	if n < 20 {
		t.Errorf("%d pages", n)
	}
}

func TestThreadsStandInTheOrderOfTime(t *testing.T) {
	r := newRig(t)
	// Keys sort otherwise than times: 10 before 9.
	nine, ten := say("c", "9", "2020-01-01T00:00:00Z", "older"), say("c", "10", "2020-01-02T00:00:00Z", "newer")
	nine.Thread = nine.Key
	reply := say("c", "11", "2020-01-03T00:00:00Z", "reply to older")
	reply.Thread = nine.Key
	r.deliver([]ferrytest.Chapter{{Shard: plugin.Shard{ID: "d", Directory: true}, Records: []*message.Record{conversation("c")}}, chapter("u", ten, nine, reply)})
	page := r.files("c/" + digest("c"))["c/"+digest("c")+"/1.html"]
	at := func(s string) int { return strings.Index(page, ">"+s+"<") }
	if at("older") < 0 || at("older") > at("reply to older") || at("reply to older") > at("newer") {
		t.Errorf("older at %d, its reply at %d, newer at %d", at("older"), at("reply to older"), at("newer"))
	}
	if got, err := r.readBack(); err != nil || len(got) != 4 {
		t.Error(len(got), err)
	}
}

func TestALongConversationIsCutIntoSmallPages(t *testing.T) {
	r := newRig(t)
	var list []*message.Message
	root := say("c", "k00000", "2020-01-01T00:00:00Z", "root")
	root.Thread = root.Key
	for i := range 1500 {
		m := say("c", fmt.Sprintf("k%05d", i+1), fmt.Sprintf("2020-01-%02dT%02d:%02d:00Z", 1+i/100, i/60%24, i%60), strings.Repeat("长 text & more ", i%90))
		if i < 700 {
			m.Thread = root.Key
		} else if i%3 == 0 {
			m.ReplyTo = fmt.Sprintf("k%05d", i-10)
		}
		list = append(list, m)
	}
	r.deliver([]ferrytest.Chapter{chapter("u", append([]*message.Message{root}, list...)...)})
	pages := 0
	for name, text := range r.files("c") {
		if len(text) > maxPage && strings.HasSuffix(name, ".html") {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		if strings.HasSuffix(name, ".html") && pageNumber(name) > 0 {
			pages++
		}
	}
	if pages < 8 {
		t.Errorf("%d pages", pages)
	}
	second := r.files("c")["c/"+digest("c")+"/2.html"]
	if !strings.Contains(second, "This thread began on an earlier page") || !strings.Contains(second, `href="1.html#`+anchor("k00000")) {
		t.Error("the second page does not say where its thread began")
	}
	if got, err := r.readBack(); err != nil || len(got) != 1501 {
		t.Error(len(got), err)
	}
}

func TestEveryChangeOfAFileIsFound(t *testing.T) {
	r := newRig(t)
	r.deliver(ferrytest.Corpus(t, r.root))
	whole, err := r.readBack()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range r.files(".") {
		path := filepath.Join(r.dir, name)
		changed := append([]byte(text), ' ') // an empty file becomes longer
		changed[(len(changed)-1)*2/3] ^= 1
		for what, b := range map[string][]byte{"changed": changed, "cut": []byte(text[:len(text)/2]), "gone": nil} {
			if b != nil && string(b) == text {
				continue // an empty file cannot be cut
			}
			os.Remove(path) // it may be a second name of the store's file
			if b != nil {
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := r.readBack()
			same := len(got) == len(whole)
			for key, rec := range got {
				same = same && whole[key] != nil && string(rec.Append(nil)) == string(whole[key].Append(nil))
			}
			if err == nil && same {
				t.Errorf("%s is %s, and nobody notices", name, what)
			}
		}
		os.Remove(path)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.readBack(); err != nil {
		t.Error(err)
	}
}

func TestAChangedMessageIsNamed(t *testing.T) {
	r := newRig(t)
	r.deliver([]ferrytest.Chapter{chapter("u", say("c", "k1", "2020-01-01T00:00:00Z", "one hundred"), say("c", "k2", "2020-01-01T00:01:00Z", "two"))})
	path := filepath.Join(r.dir, "c", digest("c"), "1.html")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), "one hundred", "one million", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := r.readBack()
	if err != nil || got["k1"] != nil || got["k2"] == nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestASecondDeliveryIsRefused(t *testing.T) {
	r := newRig(t)
	err := (&sink{}).Open(t.Context(), plugin.Run{Dir: r.dir, Work: r.work, Generation: 2})
	if fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
		t.Error(err)
	}
}

func TestAnUnknownZoneIsAMistakeInTheSetting(t *testing.T) {
	for _, zone := range []string{"Local", "Atlantis/Capital", "../etc/passwd"} {
		if _, err := open(t.Context(), config{Zone: zone, Language: "en"}); fault.ClassOf(err) != fault.Config {
			t.Errorf("%s: %v", zone, err)
		}
	}
}

// spoken finds the texts of the site in its source.
var spoken = regexp.MustCompile(`\b(?:t|count|mark|tag|section|table|tile|row|field|to)\((?:[^"()\n]*,\s*)*"([^"\n]*)"(?:, "([^"\n]*)")?`)

func TestEveryWordIsInEveryLanguage(t *testing.T) {
	words := append([]string{}, scriptWords...)
	for _, s := range sections {
		words = append(words, s.label)
	}
	for _, g := range groups {
		words = append(words, g.label)
	}
	for _, e := range events {
		words = append(words, e.words)
	}
	for _, w := range codes {
		words = append(words, w)
	}
	for _, w := range reasons {
		words = append(words, w)
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range spoken.FindAllStringSubmatch(string(b), -1) {
			words = append(words, m[1], m[2])
		}
	}
	marks := map[string]bool{"": true, "pin": true, "prev": true, "next": true, "q": true, "from": true, "in": true, "after": true, "before": true}
	for _, w := range words {
		if _, ok := chinese[w]; !ok && !marks[w] && !strings.HasSuffix(w, "Z") {
			t.Errorf("%q has no Chinese", w)
		}
	}
	if len(words) < 120 {
		t.Errorf("only %d texts found", len(words))
	}
	for k, w := range chinese {
		if strings.Count(k, "%s") > 0 && strings.Count(w, "%s") != 1 {
			t.Errorf("%q is wrong in Chinese", k)
		}
	}
}
