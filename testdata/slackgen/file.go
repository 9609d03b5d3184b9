package slackgen

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/adler32"
	"hash/crc32"
	"strconv"
	"strings"
)

// States of a file reference, as Truth.Attachments counts them.
const (
	StatePresent  = "present"         // bytes are in the dump
	StateHosted   = "hosted"          // a URL with a token, no bytes
	StateDeleted  = "tombstone"       // deleted: id and mode only
	StateLimit    = "hidden_by_limit" // withheld by the free plan
	StateExternal = "external"        // kept by another service
	StateDenied   = "access_denied"
	StateNotFound = "file_not_found"
)

// FileState tells the model's attachment state (message.Media...) that a state of the truth means.
func FileState(state string) string {
	switch state {
	case StatePresent:
		return "present"
	case StateDeleted:
		return "deleted"
	case StateLimit:
		return "withheld"
	case StateDenied:
		return "forbidden"
	case StateNotFound:
		return "missing"
	}
	return "remote"
}

// file is one file reference.
type file struct {
	id    string
	state string
	mode  string
	name  string
	mime  string
	typ   string
	size  int
	seed  uint64
	owner string
	shape int  // index into fileShapes
	scene bool // its picture is one to look at
}

var fileShapes = []struct{ name, mime, typ, pretty, mode string }{
	{"pier.png", "image/png", "png", "PNG", "hosted"},
	{"Ruderplan 2024.txt", "text/plain", "text", "Plain Text", "hosted"},
	{"时刻表.csv", "text/csv", "csv", "CSV", "hosted"},
	{"timetable.pdf", "application/pdf", "pdf", "PDF", "hosted"},
	{"wash.go", "text/plain", "go", "Go", "snippet"},
	{"Minutes", "application/vnd.slack-docs", "space", "Post", "space"},
	{"Handbook", "application/vnd.slack-docs", "quip", "Canvas", "quip"},
	{"Crew list", "application/vnd.slack-list", "list", "List", "list"},
	{"Re berth fees", "text/html", "email", "Email", "email"},
	{"Safety canvas", "application/vnd.slack-docs", "quip", "Canvas", "canvas"},
	{"horn.m4a", "audio/mp4", "m4a", "MPEG 4 Audio", "hosted"},
}

// newFile makes the j-th file of the current record.
func (g *gen) newFile(shape, j int, state string) file {
	return g.fileAt(shape, g.it.ordinal*8+uint64(j), state)
}

func (g *gen) fileAt(shape int, n uint64, state string) file {
	s := fileShapes[shape]
	f := file{id: slackID("F", g.c.Seed+2, n), state: state, mode: s.mode, name: s.name, mime: s.mime, typ: s.typ,
		seed: mix(g.c.Seed ^ n<<8), owner: g.m.user, shape: shape, scene: g.c.Scenes}
	f.size = len(f.bytes())
	bytesKept := s.mode == "hosted" || s.mode == "snippet" || s.mode == "email"
	if state == StateHosted && g.c.Uploads != NoUploads && bytesKept && n%5 != 3 {
		f.state = StatePresent
	}
	return f
}

func (f *file) path(g *gen) string {
	if f.state != StatePresent {
		return ""
	}
	if g.c.Uploads == Attachments {
		return g.room.folder() + "/attachments/" + f.id + "-" + f.name
	}
	return "__uploads/" + f.id + "/" + f.name
}

// magic are the first bytes that tell a type; nothing behind them is more than text.
var magic = map[string]string{"pdf": "%PDF-1.4\n%", "m4a": "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00"}

// bytes is the file's content: a picture for PNG, lines of text for all others.
func (f *file) bytes() []byte {
	switch {
	case f.typ == "png" && f.scene:
		return scene(f.seed)
	case f.typ == "png":
		return picture(f.seed, 24)
	}
	lines := 3 + int(f.seed%40)
	b := []byte(magic[f.typ])
	for i := range lines {
		b = append(b, english[int(mix(f.seed+uint64(i))%uint64(len(english)))]...)
		b = append(b, '\n')
	}
	return b
}

func (f *file) sha() string {
	s := sha256.Sum256(f.bytes())
	return hex.EncodeToString(s[:])
}

// picture is a PNG of side × side pixels in stored blocks: its bytes depend on no compressor.
func picture(seed uint64, side int) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	be := binary.BigEndian
	head := be.AppendUint32(be.AppendUint32(nil, uint32(side)), uint32(side))
	b = appendChunk(b, "IHDR", append(head, 8, 2, 0, 0, 0))
	var rows []byte
	for y := range side {
		rows = append(rows, 0)
		for x := range side {
			sea := y > side*2/3
			hull := !sea && y > side/2 && x > side/4 && x < side*3/4
			c := mix(seed)
			switch {
			case hull:
				rows = append(rows, byte(c), byte(c>>8), byte(c>>16))
			case sea:
				rows = append(rows, 30, byte(90+(x*7+y*5)%40), 170)
			default:
				rows = append(rows, 200, 225, byte(255-y))
			}
		}
	}
	z := []byte{0x78, 0x01, 1}
	z = binary.LittleEndian.AppendUint16(z, uint16(len(rows)))
	z = binary.LittleEndian.AppendUint16(z, ^uint16(len(rows)))
	z = be.AppendUint32(append(z, rows...), adler32.Checksum(rows))
	return appendChunk(appendChunk(b, "IDAT", z), "IEND", nil)
}

func appendChunk(b []byte, kind string, data []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	at := len(b)
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[at:]))
}

func (g *gen) writeFiles(w *writer, m *mess) {
	if len(m.files) == 0 {
		return
	}
	if m.oldFile {
		g.writeFile(w, "file", &m.files[0])
		w.flag("upload", true)
		w.flag("display_as_bot", false)
		w.raw("bot_id", "null")
		return
	}
	w.array("files")
	for i := range m.files {
		g.writeFile(w, "", &m.files[i])
	}
	w.endArray()
	w.flag("upload", false)
	w.flag("display_as_bot", false)
}

// writeFile writes one file object the way its state leaves it.
func (g *gen) writeFile(w *writer, key string, f *file) {
	w.object(key)
	defer w.endObject()
	w.str("id", f.id)
	switch f.state {
	case StateDeleted, StateLimit:
		w.str("mode", f.state)
		if f.state == StateLimit {
			w.num("date_delete", 0)
		}
		return
	case StateDenied, StateNotFound:
		w.str("mode", "hosted")
		w.str("name", "")
		w.str("file_access", f.state)
		return
	}
	created := g.it.us/1e6 - 3
	w.num("created", created)
	w.num("timestamp", created)
	w.str("name", f.name)
	w.str("title", f.name)
	w.str("mimetype", f.mime)
	w.str("filetype", f.typ)
	w.str("pretty_type", fileShapes[f.shape].pretty)
	w.str("user", f.owner)
	w.str("user_team", g.teams[0])
	w.flag("editable", f.mode == "snippet" || f.mode == "space")
	w.num("size", int64(f.size))
	w.flag("is_public", true)
	w.flag("public_url_shared", false)
	if f.state == StateExternal {
		w.str("mode", "external")
		w.flag("is_external", true)
		w.str("external_type", "gdrive")
		w.str("url_private", "https://docs.example.com/document/d/"+f.id+"/edit")
		return
	}
	g.fileURLs(w, f)
}

func (g *gen) fileURLs(w *writer, f *file) {
	w.str("mode", f.mode)
	w.flag("is_external", false)
	w.str("external_type", "")
	slug := asciiLower(f.name) + "." + f.typ
	base := "https://files.slack.com/files-pri/" + g.teams[0] + "-" + f.id + "/"
	w.str("url_private", base+slug+g.token)
	w.str("url_private_download", base+"download/"+slug+g.token)
	w.str("permalink", "https://ferry.slack.com/files/"+f.owner+"/"+f.id+"/"+slug)
	w.str("permalink_public", "https://slack-files.com/"+g.teams[0]+"-"+f.id+"-"+strings.ToLower(f.id[3:]))
	w.str("file_access", "visible")
	switch {
	case f.typ == "png":
		for _, s := range [...]int{64, 80, 360} {
			w.str("thumb_"+strconv.Itoa(s), "https://files.slack.com/files-tmb/"+g.teams[0]+"-"+f.id+"/"+slug+g.token)
		}
		w.num("original_w", 24)
		w.num("original_h", 24)
	case f.mode == "snippet":
		w.str("preview", english[0]+"\n"+english[1])
		w.num("lines", 3)
	case f.mode == "email":
		w.str("subject", f.name)
		w.str("plain_text", english[2])
		w.array("from")
		w.object("")
		w.str("address", "berths@harbour.example")
		w.str("name", "Harbour office")
		w.endObject()
		w.endArray()
	}
}
