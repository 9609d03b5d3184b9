package slackgen

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// breakers make the defects that have a conversation of their own.
var breakers = map[string]func(b *broken) error{
	"zip-slip": zipSlip, "zip-symlink": zipSymlink, "zip-bomb": zipBomb, "lying-size": lyingSize,
	"bad-checksum": badChecksum, "encrypted-member": encryptedMember, "duplicate-members": duplicateMembers,
	"same-folder":  sameFolder,
	"not-json":     notJSON("<!DOCTYPE html>\n<html><body>Sign in to Ferry | Slack</body></html>\n"),
	"not-an-array": notJSON(`{"ok": false, "error": "invalid_auth"}`),
	"cut-record":   cutRecord, "empty-file": emptyFile, "bom": withBOM, "utf-16": inUTF16,
	"empty-array":    func(b *broken) error { return b.bytes(1, []byte("[]")) },
	"trailing-comma": trailingComma, "concatenated-arrays": concatenated,
	"bad-record": func(b *broken) error {
		return b.around(b.literal(rejected, "not_json", `{"type": "message", "ts": "%s", text: 'no quotes', "user": }`))
	},
	"not-an-object": func(b *broken) error {
		return b.around(part{json: "42", fate: rejected, reason: "not_json"}, part{json: `"a string"`, fate: rejected, reason: "not_json"},
			part{json: "null", fate: rejected, reason: "not_json"})
	},
	"bare-post":       barePost,
	"ts-empty":        badTS(`""`),
	"ts-letters":      badTS(`"yesterday"`),
	"ts-negative":     badTS(`"-12.000100"`),
	"ts-huge":         badTS(`"99999999999999999999.000100"`),
	"ts-missing":      badTS(""),
	"ts-short-tail":   oddTS(".00002"),
	"ts-no-fraction":  oddTS(""),
	"deep-nesting":    deepNesting,
	"huge-string":     hugeString,
	"many-reactions":  manyReactions,
	"invalid-utf8":    strange("caf\xe9 \xff\xfe \xc0\xaf \xed\xa0\x80 end"),
	"lone-surrogates": strange(`before \ud83d after \ude00 and \ud83d\u0041`),
	"control-characters": strange(`nul \u0000 bell \u0007 csi \u001b[2J osc \u001b]52;c;aGk=\u0007 c1 \u009b31m bidi ` +
		`\u202emoc.live\u202c isolate \u2067x\u2069 del \u007f line \u2028 para \u2029`),
	"hostile-text":        hostileText,
	"duplicate-keys":      duplicateKeys,
	"duplicate-same":      duplicateSame,
	"duplicate-different": duplicateDifferent,
	"unknown-subtype":     unknownSubtype,
	"unknown-fields":      unknownFields,
	"null-fields":         nullFields,
	"reply-count-lies":    replyCountLies,
	"dangling":            dangling,
	"thread-cycle":        threadCycle,
	"missing-day":         missingDay,
	"capped":              cappedRoom,
	"clock-epoch":         wrongClock("CLK-EPOCH", 100, 1e6+200, 86400e6+300),
	"clock-future":        wrongClock("CLK-FUTURE", 4102444800e6+100, 4102444861e6+200),
	"clock-minutes":       wholeMinutes,
	"orphan-thread":       orphanThread,
}

func badTS(value string) func(b *broken) error {
	return func(b *broken) error {
		p := part{fate: rejected, reason: "bad_time", json: `{"type": "message", "user": "` + b.user() + `", "text": "No time."`}
		if value != "" {
			p.json += `, "ts": ` + value
		}
		p.json += "}"
		return b.around(p)
	}
}

// oddTS is a time that is no usual ts and still is one.
func oddTS(tail string) func(b *broken) error {
	return func(b *broken) error {
		ts := strconv.FormatInt(b.next/1e6+90, 10) + tail
		p := part{ts: ts, author: b.user(), text: "An odd time."}
		p.json = `{"type": "message", "user": "` + p.author + `", "text": "An odd time.", "ts": "` + ts + `"}`
		return b.around(p)
	}
}

// strange is a text given as the inside of a JSON string. The log has no text for it, because
// what it decodes to is the reader's question.
func strange(inside string) func(b *broken) error {
	return func(b *broken) error {
		p := b.literal(arrives, "", `{"type": "message", "ts": "%s", "user": "%s", "text": "%s"}`, "", inside)
		p.json = strings.Replace(p.json, `"user": ""`, `"user": "`+p.author+`"`, 1)
		return b.around(p)
	}
}

func barePost(b *broken) error {
	return b.around(part{fate: rejected, reason: "bad_time", json: `{"id": "F0OLDPOST1", "created": 1420070400, "timestamp": 1420070400, ` +
		`"name": "Old_post", "title": "Old post", "mimetype": "application/vnd.slack-docs", "filetype": "space", "mode": "space", "user": "` +
		b.user() + `", "preview": "<p>Text</p>"}`})
}

func deepNesting(b *broken) error {
	n := int(b.d.Size)
	return b.around(b.literal(rejected, "too_deep", `{"type": "message", "ts": "%s", "text": "deep", "blocks": %s}`, strings.Repeat("[", n)+strings.Repeat("]", n)))
}

// hugeString streams a text of Size bytes: it is never in memory.
func hugeString(b *broken) error {
	before, after := b.good("Before the damage."), b.good("After the damage.")
	huge := b.literal(optional, "too_large", `{"type": "message", "ts": "%s", "text": "`)
	g := b.g
	if err := g.create(b.file(1)); err != nil {
		return err
	}
	head, tail := "["+before.json+","+huge.json, `"},`+after.json+"]"
	line := []byte(strings.Join(english[:8], " ") + " ")
	chunk := bytes.Repeat(bytes.ReplaceAll(line, []byte(`"`), nil), 1<<20/len(line))
	if _, err := g.out.Write([]byte(head)); err != nil {
		return err
	}
	for left := b.d.Size; left > 0; {
		n := min(left, int64(len(chunk)))
		if _, err := g.out.Write(chunk[:n]); err != nil {
			return err
		}
		left -= n
	}
	if _, err := g.out.Write([]byte(tail)); err != nil {
		return err
	}
	b.count(b.file(1), int64(len(head)+len(tail))+b.d.Size, before, huge, after)
	return g.out.CloseEntry()
}

func manyReactions(b *broken) error {
	n := int(b.d.Size)
	p := b.with("Everybody likes this.", func(w *writer) {
		w.array("reactions")
		w.object("")
		w.str("name", "tada")
		w.array("users")
		for i := range n {
			w.str("", slackID("U", b.g.c.Seed+9, uint64(i)))
		}
		w.endArray()
		w.num("count", int64(n))
		w.endObject()
		w.endArray()
	})
	t := b.g.t
	t.Reacted, t.Reactions, t.ReactionBy, t.ReactionAll = t.Reacted+1, t.Reactions+1, t.ReactionBy+n, t.ReactionAll+n
	return b.around(p)
}

func hostileText(b *broken) error {
	return b.around(
		b.good(`<script>alert(1)</script> &lt;img src=x onerror=alert(1)&gt; <javascript:alert(1)|click> <data:text/html,x|me>`),
		b.good(`=HYPERLINK("http://evil.example","x") +cmd|' /C calc'!A0 @SUM(1) -1`),
		b.with("Look at this file.", func(w *writer) {
			w.array("files")
			for i, name := range []string{"../../../../etc/cron.d/x", `C:\CON`, "\u202egpj.exe", strings.Repeat("長", 200), "<svg onload=alert(1)>.svg"} {
				w.object("")
				w.str("id", fmt.Sprintf("F0HOSTILE%d", i))
				w.str("mode", "hosted")
				w.str("name", name)
				w.str("title", name)
				w.num("size", 10)
				w.str("url_private", "http://169.254.169.254/latest/meta-data/?t=xoxe-canary")
				w.endObject()
			}
			w.endArray()
			b.g.t.Attachments[StateHosted] += 5
			b.g.t.ByKind["file"]++
			b.g.t.ByKind["text"]--
		}))
}

func duplicateKeys(b *broken) error {
	return b.around(b.literal(optional, "not_json", `{"type": "message", "ts": "%s", "text": "one", "text": "two"}`))
}

func duplicateSame(b *broken) error {
	p := b.good("Said once, written twice.")
	q := p
	q.fate = duplicate
	return b.around(p, q)
}

func duplicateDifferent(b *broken) error {
	p := b.good("The first of two.")
	q := p
	q.fate, q.json = conflict, strings.Replace(p.json, "The first of two.", "The second of two.", 1)
	return b.around(p, q)
}

func unknownSubtype(b *broken) error {
	var list []part
	for _, s := range []string{"quantum_wave", "channel_teleport", "canvas_shared", "Δ-event"} {
		p := b.with("Nobody knows this kind.", func(w *writer) {
			w.str("subtype", s)
			w.object("payload")
			w.num("n", 9007199254740993)
			w.endObject()
		})
		p.subtype = s
		list = append(list, p)
	}
	return b.around(list...)
}

func unknownFields(b *broken) error {
	return b.around(b.with("Fields from the future.", func(w *writer) {
		w.raw("x_number", "12345678901234567890.5e-3")
		w.raw("x_nested", `{"a": [1, {"b": null}, "c"], "é": true}`)
		w.str("", "")
		w.b = w.b[:len(w.b)-2]
		w.b = append(w.b, `"": "empty name"`...)
	}))
}

func nullFields(b *broken) error {
	p := b.literal(arrives, "", `{"type": "message", "ts": "%s", "user": null, "text": null, "subtype": null, "blocks": null, "attachments": null, "files": null, `+
		`"file": null, "reactions": null, "edited": null, "thread_ts": null, "replies": null, "user_profile": null, "bot_id": null, "icons": null, "root": null, "comment": null}`)
	p.author = ""
	return b.around(p)
}

func replyCountLies(b *broken) error {
	at := b.next + 2*61e6 + 200 // after the record before the damage comes this one
	before := b.good("Before the damage.")
	root := b.with("A thread.", func(w *writer) {
		w.ts("thread_ts", at)
		w.num("reply_count", 9)
		w.num("reply_users_count", 7)
		w.str("latest_reply", "1999999999.000100")
		w.list("reply_users", "U0NOBODY")
	})
	root.thread = tsString(at)
	b.g.t.Threads++
	b.r.truth.Threads++
	return b.day(1, before, root, b.reply(at, "One."), b.reply(at, "Two."))
}

func (b *broken) reply(root int64, text string) part {
	p := b.with(text, func(w *writer) { w.ts("thread_ts", root) })
	p.thread, p.reply = tsString(root), true
	return p
}

func dangling(b *broken) error {
	p := b.literal(arrives, "", `{"type": "message", "ts": "%s", "user": "U0GHOST001", "text": "<@U0NOBODY> in <#C0NOWHERE|gone> and <!subteam^S0NONE>", `+
		`"reactions": [{"name": "no-such-emoji", "users": ["U0NOBODY"], "count": 1}], "parent_user_id": "U0NOBODY"}`)
	p.author, p.text = "U0GHOST001", "<@U0NOBODY> in <#C0NOWHERE|gone> and <!subteam^S0NONE>"
	q := b.reply(1, "My first message never was.")
	q.json = strings.Replace(q.json, tsString(1), "1500000000.999999", 1)
	q.thread = "1500000000.999999"
	t := b.g.t
	t.OrphanReply++
	t.Reacted, t.Reactions, t.ReactionBy, t.ReactionAll = t.Reacted+1, t.Reactions+1, t.ReactionBy+1, t.ReactionAll+1
	return b.around(p, q)
}

// threadCycle is two messages, each of which claims to answer the other.
func threadCycle(b *broken) error {
	first, second := b.next+2*(61e6+100), b.next+3*(61e6+100)
	before := b.good("Before the damage.")
	return b.day(1, before, b.reply(second, "You first."), b.reply(first, "No, you."), b.good("After the damage."))
}

// sameFolder lists a second channel of the same name: its folder is the first one's.
func sameFolder(b *broken) error {
	twin := b.g.addRoom("public", "C", b.r.name)
	twin.members, twin.archived = []int{0, 1}, true
	twin.truth = &RoomTruth{} // stands in the list, has no folder of its own
	b.r.truth.Also = []string{twin.id}
	b.g.t.Memberships += 2
	return b.around()
}

// sameNames adds three people whom only the id tells apart.
func (g *gen) sameNames(w *writer) {
	for i := range 3 {
		p := person{index: 100 + i, id: slackID("U", g.c.Seed+8, uint64(i)), handle: "sam.same", given: "Sam", family: "Same",
			real: "Sam Same", display: "Sam", email: "sam.same@ferry.example", listed: true}
		g.userEntry(w, &p)
		g.countPerson(&p)
	}
}
