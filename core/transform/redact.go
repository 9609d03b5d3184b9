package transform

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const redactDoc = `Replaces what its detectors and patterns find by [redacted:rule] or by replacement.

detect: card (13 to 19 digits of a known network with a right Luhn sum), iban (length by country, mod 97),
phone (international, and the usual national forms of China, North America, Japan, Korea, Germany, Britain
and France), email, cn_id (18 characters with a right date and check). Full-width and foreign digits
count as digits, and markup inside a number does not hide it.
patterns: own regular expressions (RE2) by rule name; each is tried on one field at a time.

fields: message.text (the default) is everything of a message, its revisions and analyses that can hold
a copy of the text: rich text, cards, links, quotes, earlier versions, names and transcripts of
attachments, and the source's own values in Ext. Where the plain and the rich form of a text disagree
about what was found, the one that hides it is dropped. Other fields are person.name, person.emails,
person.phone, person.title, person.status, person.custom, conversation.name, conversation.topic,
conversation.purpose; with any of them the Ext values of that record are redacted too.

Keys of records, which may hold an address where the source uses such ids, are never changed; neither are the
bytes of attachments.

Ext "chatferry.redacted" holds the count of each rule and the digest of the original record's canonical
bytes. A plain digest of a record that held little else can be guessed back; give hash_key to
have HMAC-SHA-256 under that key instead. Then the digest of the raw source record goes too.`

type redactSettings struct {
	Detect      []string          `ferry:"detect" help:"detectors: card, iban, phone, email, cn_id"`
	Patterns    map[string]string `ferry:"patterns" help:"own regular expressions (RE2) by rule name"`
	Fields      []string          `ferry:"fields" help:"what is redacted; message.text when nothing is given"`
	Replacement string            `ferry:"replacement" help:"put in place of what is found; [redacted:rule] when nothing is given"`
	HashKey     string            `ferry:"hash_key,secret" help:"key for the digest of the original, so that it cannot be guessed back"`
}

var detectorNames = []string{"card", "iban", "phone", "email", "cn_id"}

var redactFields = []string{
	"message.text", "person.name", "person.emails", "person.phone", "person.title", "person.status", "person.custom",
	"conversation.name", "conversation.topic", "conversation.purpose",
}

func redactSettingList() []plugin.Setting {
	list := plugin.SettingsOf(redactSettings{})
	for i := range list {
		switch list[i].Name {
		case "detect":
			list[i].Choices = detectorNames
		case "fields":
			list[i].Choices = redactFields
		}
	}
	return list
}

type redactTransform struct {
	*counts
	detectors
	fields map[string]bool
	person bool // any field of people
	place  bool // any field of conversations
	key    []byte
}

func openRedact(config json.RawMessage, _ Env) (Transform, error) {
	s, err := plugin.DecodeConfig[redactSettings](config)
	if err != nil {
		return nil, err
	}
	t := &redactTransform{fields: map[string]bool{}, key: []byte(s.HashKey)}
	if len(s.Detect) == 0 && len(s.Patterns) == 0 {
		return nil, plugin.BadSetting("detect", "give detect or patterns", errors.New("nothing is to be found"))
	}
	if err := t.detect(s.Detect); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(s.Patterns) {
		re, err := regexp.Compile(s.Patterns[name])
		switch {
		case err != nil:
			return nil, plugin.BadSetting("patterns", "write a regular expression in RE2 syntax", fmt.Errorf("%s: %w", name, err))
		case slices.Contains(t.detectors.rules, name) || name == ruleUnreadable:
			return nil, plugin.BadSetting("patterns", "choose another name", fmt.Errorf("%q is the name of a detector", name))
		case re.MatchString(""):
			return nil, plugin.BadSetting("patterns", "write one that needs at least one character", fmt.Errorf("%s: matches the empty text", name))
		}
		t.patterns, t.patternRule = append(t.patterns, re), append(t.patternRule, len(t.detectors.rules))
		t.detectors.rules = append(t.detectors.rules, name)
	}
	t.unreadable = len(t.detectors.rules)
	t.detectors.rules = append(t.detectors.rules, ruleUnreadable)
	for _, rule := range t.detectors.rules {
		if s.Replacement != "" {
			t.replacements = append(t.replacements, s.Replacement)
		} else {
			t.replacements = append(t.replacements, "[redacted:"+rule+"]")
		}
	}
	if err := t.selfSafe(); err != nil {
		return nil, err
	}
	t.counts = newCounts(t.detectors.rules...)
	return t, t.choose(s.Fields)
}

// ruleUnreadable counts source JSON that could not be read and so could not be searched.
const ruleUnreadable = "unreadable"

// selfSafe: a replacement that is itself found would be replaced again and again.
func (t *redactTransform) selfSafe() error {
	w := &work{detectors: &t.detectors, use: &t.use}
	for _, r := range t.replacements {
		if len(w.find(r)) > 0 {
			return plugin.BadSetting("replacement", "choose a replacement that no detector or pattern finds", errors.New("would itself be redacted"))
		}
	}
	return nil
}

func (t *redactTransform) detect(names []string) error {
	for _, name := range names {
		n := len(t.detectors.rules)
		switch name {
		case "card":
			t.use.card, t.use.cardRule = true, n
		case "iban":
			t.use.iban, t.use.ibanRule = true, n
		case "phone":
			t.use.phone, t.use.phoneRule = true, n
		case "email":
			t.use.email, t.use.emailRule = true, n
		case "cn_id":
			t.use.cnID, t.use.cnIDRule = true, n
		default:
			return plugin.BadSetting("detect", choice(name, detectorNames), fmt.Errorf("%q is not a detector", name))
		}
		if slices.Contains(t.detectors.rules, name) {
			return plugin.BadSetting("detect", "keep one of them", fmt.Errorf("%q is there twice", name))
		}
		t.use.any = true
		t.detectors.rules = append(t.detectors.rules, name)
	}
	return nil
}

func choice(v string, known []string) string {
	hint := "choose from " + strings.Join(known, ", ")
	if near := filter.Closest(v, slices.Values(known)); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q? %s", near[0], hint)
	}
	return hint
}

func (t *redactTransform) choose(names []string) error {
	if len(names) == 0 {
		names = []string{"message.text"}
	}
	for _, name := range names {
		if !slices.Contains(redactFields, name) {
			return plugin.BadSetting("fields", choice(name, redactFields), fmt.Errorf("%q cannot be redacted", name))
		}
		t.fields[name] = true
		t.person = t.person || strings.HasPrefix(name, "person.")
		t.place = t.place || strings.HasPrefix(name, "conversation.")
	}
	return nil
}

func (t *redactTransform) Apply(r *message.Record, out *plugin.TransformOut) error {
	out.Emit(r)
	if !t.concerns(r) {
		return nil
	}
	w := works.Get().(*work)
	defer w.release()
	w.detectors, w.use, w.owner, w.record, w.changed = &t.detectors, &t.use, t, r, false
	w.hits = w.hits[:0]
	for range t.detectors.rules {
		w.hits = append(w.hits, 0)
	}
	t.record(w, r)
	if !w.changed {
		return nil
	}
	for rule, n := range w.hits {
		t.note(out, rule, n)
	}
	t.mark(r, w.hits, w.digest)
	if raw := *r.RawSource(); raw != nil && len(t.key) > 0 {
		raw.SHA256 = ""
	}
	return nil
}

func (t *redactTransform) concerns(r *message.Record) bool {
	switch r.Type {
	case message.TypePerson:
		return t.person
	case message.TypeConversation:
		return t.place
	case message.TypeMessage, message.TypeRevision, message.TypeAnalysis:
		return t.fields["message.text"]
	}
	return false
}

// digest is taken of the record as it came.
func (t *redactTransform) digest(r *message.Record) string {
	var h hash.Hash
	if len(t.key) > 0 {
		h = hmac.New(sha256.New, t.key)
	} else {
		h = sha256.New()
	}
	h.Write(r.Append(nil))
	return hex.EncodeToString(h.Sum(nil))
}

// redactedNote is the value of Ext "chatferry.redacted".
type redactedNote struct {
	HMAC   string         `json:"hmac_sha256,omitempty"`
	Rules  map[string]int `json:"rules"`
	SHA256 string         `json:"sha256,omitempty"`
}

// mark notes in Ext what was done. After an earlier redaction its digest stays: that was the original.
func (t *redactTransform) mark(r *message.Record, hits []int, digest string) {
	const key = ownExt + "redacted"
	ext := extOf(r)
	var n redactedNote
	if old, ok := (*ext)[key]; !ok || json.Unmarshal([]byte(old), &n) != nil || n.SHA256 == "" && n.HMAC == "" {
		n = redactedNote{SHA256: digest}
		if len(t.key) > 0 {
			n = redactedNote{HMAC: digest}
		}
	}
	if n.Rules == nil {
		n.Rules = map[string]int{}
	}
	for i, c := range hits {
		if c > 0 {
			n.Rules[t.detectors.rules[i]] += c
		}
	}
	if *ext == nil {
		*ext = map[string]string{}
	}
	b, err := json.Marshal(n)
	if err != nil {
		panic("transform: " + err.Error()) // texts and integers only
	}
	(*ext)[key] = string(b)
}
