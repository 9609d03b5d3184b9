package mattermost

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/chatferry/chatferry/core/message"

	"github.com/chatferry/chatferry/core/projection"
	"github.com/chatferry/chatferry/core/scan"
)

// timeOf is a time of deactivation or archiving; 1 stands for one that is not known.
func timeOf(ms int64) *message.Time {
	if ms <= 1 {
		return nil
	}
	return &message.Time{UTC: projection.FormatMillis(ms)}
}

// user yields the people an account came from, and their memberships that the line holds.
func (r *readback) user(u *userLine) error {
	name := value(u.name)
	avatar := r.picture(u.image)
	if !r.accounts[name] {
		return r.yield(message.Of(&message.Person{Kind: "unknown", Name: value(u.nickname), Target: &message.Target{Account: name, Email: value(u.email)}}))
	}
	var k *keyLine
	for {
		var err error
		if k, err = r.keys(); err != nil {
			return r.damaged(err)
		}
		if k.Account == name {
			break
		}
	}
	rights := r.rights(u, k)
	if len(rights) > 0 && len(k.Persons) == 0 {
		r.valid.fail("user: it has rights that were not delivered: %s", strings.Join(rights, ", "))
	}
	for _, p := range k.Persons {
		email := value(u.email)
		if u.email == nil {
			email = p.Email
		}
		out := &message.Person{Key: p.Key, ID: p.ID, Kind: p.Kind, Target: &message.Target{Account: name, Email: email, Action: p.Action}, Roles: rights}
		if p.Action != actionMerge && p.Action != actionExisting {
			out.Name, out.FirstName, out.LastName, out.Title, out.Locale = value(u.nickname), value(u.first), value(u.last), value(u.position), value(u.locale)
			out.Deactivated, out.ActiveUntil = u.deleteAt > 0 && !k.Parked, timeOf(u.deleteAt)
			out.Avatar = avatar
		}
		if err := r.yield(message.Of(out)); err != nil {
			return err
		}
	}
	return r.memberships(u, k)
}

func (r *readback) memberships(u *userLine, k *keyLine) error {
	in := map[string]bool{}
	for _, t := range u.teams {
		in[value(t.name)] = true
		for _, c := range t.channels {
			in[value(t.name)+"/"+value(c.name)] = true
		}
	}
	for _, m := range k.Members {
		c := r.byKey[m[1]]
		if c == nil || c.Type == "workspace" && !in[c.Team] || c.Type == "conversation" && c.Name != "" && !in[placeID(c)] {
			continue // not there: it will be missed
		}
		if err := r.yield(message.Of(&message.Membership{Key: m[0], Conversation: m[1], Person: k.Account})); err != nil {
			return err
		}
	}
	return nil
}

// thread yields a post and its replies.
func (r *readback) thread(p *postLine) error {
	id := value(p.team) + "/" + value(p.channel)
	if len(p.members) > 0 {
		id = membersID(p.members)
	}
	key := ""
	if k := r.convs[id]; k != nil {
		key = k.Key
	}
	if key != r.conv {
		r.conv = key
		r.media.forget()
	}
	root, err := r.post(p, key, "")
	if err != nil {
		return r.damaged(err)
	}
	// A thread too long for one line goes on in the next one, below its first post again.
	again := ""
	if len(p.replies) > 0 && root.Key != "" {
		again = string(message.Of(root).Append(nil))
	}
	if again == "" || again != r.root {
		if err := r.yield(message.Of(root)); err != nil {
			return err
		}
	}
	r.root = again
	for i := range p.replies {
		m, err := r.post(&p.replies[i], key, root.Key)
		if err != nil {
			return r.damaged(err)
		}
		if err := r.yield(message.Of(m)); err != nil {
			return err
		}
	}
	return nil
}

func (r *readback) post(p *postLine, conv, thread string) (*message.Message, error) {
	m := &message.Message{Conversation: conv, Kind: message.KindText, Thread: thread, Author: value(p.user), Text: value(p.message),
		Sent: message.Time{UTC: projection.FormatMillis(p.createAt)}}
	if m.Text != "" {
		m.Format = "markdown"
	}
	files, err := readProps(m, p.props)
	if err != nil {
		return nil, err
	}
	m.Kind = shownKind(m.Kind, p.typ)
	if p.editAt > 0 {
		m.Edited = &message.Edit{At: &message.Time{UTC: projection.FormatMillis(p.editAt)}}
	}
	if p.pinned {
		m.Pins = []message.Pin{{}}
	}
	for _, by := range p.flagged {
		m.Flagged = append(m.Flagged, message.Receipt{By: by})
	}
	for i := range p.reactions {
		x := &p.reactions[i]
		n := len(m.Reactions)
		if n == 0 || m.Reactions[n-1].Emoji != value(x.emoji) {
			m.Reactions = append(m.Reactions, message.Reaction{Emoji: value(x.emoji)})
			n++
		}
		last := &m.Reactions[n-1]
		last.By, last.At = append(last.By, value(x.user)), append(last.At, projection.FormatMillis(x.at))
	}
	r.files(m, p, files)
	return m, nil
}

// files joins what the properties say of files with those that are attached.
func (r *readback) files(m *message.Message, p *postLine, files []message.Attachment) {
	paths := p.files
	for i := range files {
		a := &files[i]
		if a.State == message.MediaPresent {
			if len(paths) == 0 {
				a.State, a.Reason = message.MediaMissing, "not attached"
				continue
			}
			path := paths[0]
			paths = paths[1:]
			if sha, ok := r.media.digest(path); ok {
				a.SHA256 = sha
			} else {
				a.State, a.Reason = message.MediaMissing, "not in the archive"
			}
		}
	}
	for _, path := range paths { // attached by somebody else
		a := message.Attachment{State: message.MediaMissing, Name: path[strings.LastIndexByte(path, '/')+1:]}
		if sha, ok := r.media.digest(path); ok {
			a.State, a.SHA256 = message.MediaPresent, sha
		}
		files = append(files, a)
	}
	m.Attachments = files
}

// readProps takes from a post's properties what we put there.
func readProps(m *message.Message, props string) (files []message.Attachment, err error) {
	if props == "" || props == "null" {
		return nil, nil
	}
	s := scan.New(props)
	var webhook bool
	var as string
	for s.Object(); s.Next(); {
		switch {
		case s.Key() == "chatferry" && s.Kind() == scan.Obj:
			files = ourProps(s, m)
		case s.Key() == "from_webhook":
			webhook = s.Raw() == `"true"` // as the server asks
		case s.Key() == "override_username" && s.Kind() == scan.Str:
			as = s.String()
		default:
			s.Skip()
		}
	}
	if webhook {
		m.ShownAs = &message.ShownAs{Name: as}
	}
	if m.ID == "" && m.Key != "" {
		m.ID = lastPart(m.Key)
	}
	return files, s.End()
}

func ourProps(s *scan.Scanner, m *message.Message) (files []message.Attachment) {
	var part message.Part
	for s.Object(); s.Next(); {
		switch s.Key() {
		case "key":
			m.Key = s.String()
		case "id":
			m.ID = s.String()
		case "kind":
			m.Kind = s.String()
		case "subtype":
			m.Subtype = s.String()
		case "thread":
			m.Thread = s.String()
		case "shift_ms":
			m.Sent.ShiftMS = s.Int()
		case "part":
			part.Number = s.Int()
		case "of":
			part.Of = s.Int()
		case "parent":
			part.Parent = s.String()
		case "no_author":
			if s.Bool() && m.Author == unknownAuthor {
				m.Author = ""
			}
		case "files":
			for s.Array(); s.Next(); {
				files = append(files, ourFile(s))
			}
		default:
			s.Skip()
		}
	}
	if part.Number > 0 {
		m.Part = &part
	}
	return files
}

func ourFile(s *scan.Scanner) (a message.Attachment) {
	for s.Object(); s.Next(); {
		switch s.Key() {
		case "state":
			a.State = s.String()
		case "id":
			a.ID = s.String()
		case "name":
			a.Name = s.String()
		case "size":
			a.Size = s.String()
		case "reason":
			a.Reason = s.String()
		case "sha256":
			a.SHA256 = s.String()
		default:
			s.Skip()
		}
	}
	return a
}

// media finds the archive's files in the order in which they stand there, which is the order in
// which lines first name them.
type media struct {
	z     *zipReader
	ahead []entry
	seen  map[string]string // of this conversation: path → digest
}

// lookAhead is how many entries that nobody named may stand between two that are.
const lookAhead = 256

func newMedia(path string) (*media, error) {
	z, err := openZip(path)
	return &media{z: z, seen: map[string]string{}}, err
}

func (m *media) forget() { clear(m.seen) }

// digest is the SHA-256 of the file at path below data/, from its bytes.
func (m *media) digest(path string) (string, bool) {
	if sha, ok := m.seen[path]; ok {
		return sha, true
	}
	e, ok := m.find(dataDir + path)
	if !ok {
		return "", false
	}
	in, done, err := inflate(m.z, e)
	if err != nil {
		return "", false
	}
	h := sha256.New()
	n, err := io.Copy(h, in)
	if err != nil || uint64(n) != e.raw || done() != nil {
		return "", false
	}
	sha := hex.EncodeToString(h.Sum(nil))
	m.seen[path] = sha
	return sha, true
}

func (m *media) find(name string) (entry, bool) {
	for i := 0; i < lookAhead; i++ {
		if i == len(m.ahead) {
			e, err := m.z.next()
			if err != nil {
				return entry{}, false
			}
			m.ahead = append(m.ahead, e)
		}
		if e := m.ahead[i]; e.name == name {
			m.ahead = append(m.ahead[:0], m.ahead[i+1:]...)
			return e, true
		}
	}
	return entry{}, false
}
