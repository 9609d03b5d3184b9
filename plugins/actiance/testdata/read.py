# read.py FOLDER EXPECTED.json: reads the XML of an edition, in folders or in zips, and finds every message again.
# It prints conversations, messages, and files with their digests right.
import hashlib, json, pathlib, sys, zipfile
import xml.etree.ElementTree as ET
from datetime import datetime, timezone

folder = pathlib.Path(sys.argv[1])
letters = {l["key"]: l for l in json.load(open(sys.argv[2]))}


def dumps():
    for f in sorted((folder / "conversations").iterdir()):
        if f.suffix == ".zip":
            z = zipfile.ZipFile(f)
            assert z.testzip() is None, f
            yield z.read("actiance_export.xml"), z.read
        else:
            yield f.read_bytes(), lambda path: (folder / path).read_bytes()


rooms, files, found = 0, 0, set()
for text, read in dumps():
    for room in ET.fromstring(text).iter("Conversation"):
        rooms += 1
        people = {p.findtext("LoginName") for p in room.iter("ParticipantEntered")}
        assert people == {p.findtext("LoginName") for p in room.iter("ParticipantLeft")}
        pending = []
        for e in room:
            if e.tag == "Message":
                assert e.findtext("LoginName") in people
                key, kind = e.findtext("MessageId"), e.findtext("UpdatedType")
                want = letters.get(key)
                if kind in (None, "EditedNewMsg", "Deleted") and want:
                    assert not pending, key
                    found.add(key)
                    pending = list(want.get("files", []))
                    if "text" in want and kind != "Deleted":
                        assert e.findtext("Content") == want["text"].rstrip("\n"), key
                    if "utc" in want:
                        at = datetime.fromisoformat(want["utc"][:19]).replace(tzinfo=timezone.utc)
                        assert int(e.findtext("DateTimeUTC")) // 1000 == int(at.timestamp()), key
                elif want:
                    found.add(key)
            elif e.tag == "FileTransferEnded" and e.findtext("Status") == "Completed":
                assert hashlib.sha256(read(e.findtext("FileName"))).hexdigest() == pending.pop(0)
                files += 1
print(rooms, len(found), files)
