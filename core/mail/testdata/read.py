# read.py FOLDER EXPECTED.json: reads mails in files (.eml) or mailboxes (.mbox) with Python's strict policy, and
# compares each with the message it was made of.
import email, email.policy, hashlib, json, mailbox, pathlib, sys
from email.utils import parsedate_to_datetime
from datetime import datetime, timezone

strict = email.policy.strict


def mails(folder):
    for f in sorted(pathlib.Path(folder).rglob("*.eml")):
        raw = f.read_bytes()
        assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"), f"{f}: line ends"
        assert all(len(l) <= 998 for l in raw.split(b"\r\n")), f"{f}: a long line"
        assert all(c < 127 for c in raw), f"{f}: not ASCII"
        yield email.message_from_bytes(raw, policy=strict)
    for f in sorted(pathlib.Path(folder).rglob("*.mbox")):
        for m in mailbox.mbox(f):
            yield email.message_from_bytes(m.as_bytes(), policy=strict)


want = {e["key"]: e for e in json.load(open(sys.argv[2]))}
seen, texts, files, ids, replies = set(), 0, 0, {}, []
for m in mails(sys.argv[1]):
    key = m["X-Chat-Key"]
    e = want[key]
    assert key not in seen, f"{key} comes twice"
    seen.add(key)
    for part in m.walk():
        assert not part.defects, (key, part.defects)
        for name, value in part.items():
            assert not value.defects, (key, name, value.defects)
    for name in "From", "To":
        for a in m[name].addresses:
            assert a.domain.endswith(".invalid"), (key, a)
    ids[key] = m["Message-ID"]
    if e.get("utc"):
        at = datetime.fromisoformat(e["utc"][:19]).replace(tzinfo=timezone.utc)
        got = parsedate_to_datetime(m["Date"])
        if got.tzinfo is None:  # -0000
            got = got.replace(tzinfo=timezone.utc)
        assert got == at, (key, m["Date"], e["utc"])
    if e.get("thread"):
        replies.append((key, e["thread"], m["In-Reply-To"], m["References"]))
    parts = [p for p in m.walk() if not p.is_multipart()]
    body = parts[0].get_content().replace("\r\n", "\n")
    if "text" in e:
        assert body.rstrip("\n") == e["text"].rstrip("\n"), (key, body, e["text"])
        texts += 1
    got = [hashlib.sha256(p.get_payload(decode=True)).hexdigest() for p in parts if p.get_content_disposition() == "attachment"]
    assert got == (e.get("files") or []), (key, "attachments")
    files += len(got)
    for p in parts:
        if p.get_content_disposition() == "attachment":
            name = p.get_filename()
            assert name and "/" not in name and "\\" not in name and len(name.encode()) <= 200, (key, name)
assert seen == set(want), (len(seen), len(want))
for key, thread, answers, refs in replies:
    if thread in ids:
        assert ids[thread] in refs and answers, (key, thread)
print(len(seen), texts, files, len(replies))
