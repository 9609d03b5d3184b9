# read.py FOLDER EXPECTED.json: reads mails with Python's strict policy and their pages with its HTML parser, and finds
# every text and file again. It prints mails, entries, texts and files.
import email, email.policy, hashlib, json, pathlib, sys
from html.parser import HTMLParser

letters = json.load(open(sys.argv[2]))


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.heads, self.texts, self.tags, self.inside = 0, [], set(), None

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.heads += tag == "h3"
        if tag == "pre":
            self.inside = ""

    def handle_data(self, data):
        if self.inside is not None:
            self.inside += data

    def handle_endtag(self, tag):
        if tag == "pre":
            self.texts.append(self.inside)
            self.inside = None


mails, entries, said, files = 0, 0, [], []
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.eml")):
    mails += 1
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.strict)
    for part in mail.walk():
        assert not part.defects, (path, part.defects)
        for name, value in part.items():
            assert not getattr(value, "defects", None), (path, name, value.defects)
    assert len(mail["From"].addresses) == 1 and mail["Message-ID"], path
    page = Page()
    page.feed(mail.get_body(("html",)).get_content().replace("\r\n", "\n"))
    assert page.tags <= set("html head meta title body h1 p table tr th td h3 ul li pre".split()), (path, page.tags)
    assert page.heads == int(mail["X-Chat-Entries"]), path
    assert mail.get_body(("plain",)).get_content().strip(), path
    entries += page.heads
    said += page.texts
    files += [hashlib.sha256(p.get_content()).hexdigest() for p in mail.iter_attachments()]
texts = 0
for l in letters:
    if "text" in l:
        texts += 1
        said.remove(l["text"].rstrip("\n"))
want = sorted(d for l in letters for d in l.get("files", []))
assert sorted(files) == want, (files, want)
print(mails, entries, texts, len(files))
