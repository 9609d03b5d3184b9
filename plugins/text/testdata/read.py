# read.py FOLDER LETTERS.json: reads the files of conversations by what README.md says of their lines, and looks for
# each message by its time and its text.
import collections, json, pathlib, re, sys
from datetime import datetime, timezone

head = re.compile(r"(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d)( UTC)?  (.*)$")
day = re.compile(r"\w+, (\d+ \w+ \d{4}) \(UTC\)$")
shown, heads, files = collections.Counter(), 0, 0
for f in sorted(pathlib.Path(sys.argv[1]).rglob("*.txt")):
    text = f.read_bytes().decode("utf-8", errors="strict")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066\u2067]", text), f
    files, today, at, body = files + 1, None, None, []

    def end():
        if at:
            shown[(at, "\n".join(body).rstrip("\n"))] += 1

    for line in text.split("\n"):
        line = line.removeprefix("  | ") if line.startswith("  | ") else "" if line == "  |" else line
        if m := day.match(line):
            today = datetime.strptime(m[1], "%d %B %Y").strftime("%Y-%m-%d")
        elif m := head.match(line):
            end()
            at, body, heads = f"{m[1] or today}T{m[2]}", [], heads + 1
        elif line.startswith("    "):
            body.append(line[4:])
        elif line == "" and body:
            body.append("")
    end()
texts = 0
for e in json.load(open(sys.argv[2])):
    if "text" in e:
        want = (e["utc"][:19], e["text"].rstrip("\n"))
        assert shown[want] > 0, want
        shown[want] -= 1
        texts += 1
print(files, heads, texts)
