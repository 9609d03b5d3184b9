# read.py FOLDER SCHEMA EXPECTED.json: reads slices with Python's strict policy and zipfile, validates each manifest
# with jsonschema, and counts events, people and files again. It prints slices, records, contexts and files.
import email, email.policy, hashlib, io, json, pathlib, sys, zipfile

import jsonschema

folder, schema, expected = sys.argv[1:]
validator = jsonschema.Draft7Validator(json.load(open(schema)), format_checker=jsonschema.FormatChecker())
letters = {l["key"]: l for l in json.load(open(expected))}
slices = contexts = files = 0
found = {}
for path in sorted(pathlib.Path(folder).rglob("*.rsmf")):
    slices += 1
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.strict)
    for part in mail.walk():
        assert not part.defects, (path, part.defects)
        for name, value in part.items():
            assert not getattr(value, "defects", None), (path, name, value.defects)
    attached = list(mail.iter_attachments())
    assert len(attached) == 1 and attached[0].get_filename() == "rsmf.zip", path
    assert attached[0]["Content-Transfer-Encoding"] == "base64" and len(mail["From"].addresses) == 1, path
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    box = zipfile.ZipFile(io.BytesIO(attached[0].get_content()))
    assert box.testzip() is None and len(set(box.namelist())) == len(box.namelist()), path
    manifest = json.loads(box.read("rsmf_manifest.json"))
    errors = list(validator.iter_errors(manifest))
    assert not errors, (path, errors[0])
    people = {p["id"] for p in manifest["participants"]}
    assert len(people) == len(manifest["participants"]), path
    events = manifest["events"]
    ids = {e["id"] for e in events}
    assert len(ids) == len(events) == int(mail["X-RSMF-EventCount"]), path
    assert mail["X-RSMF-Version"] == manifest["version"] and mail["X-RSMF-EventCollectionID"] == manifest["eventcollectionid"], path
    times = [e["timestamp"] for e in events if "timestamp" in e]
    assert not times or (mail["X-RSMF-BeginDate"], mail["X-RSMF-EndDate"]) == (times[0], times[-1]), path
    here, own, marked = set(), 0, 0
    for e in events:
        custom = {c["name"] for c in e.get("custom", [])}
        assert "participant" not in e or e["participant"] in people, (path, e["id"])
        assert "parent" not in e or e["parent"] in ids, (path, e["id"])
        digests = []
        for a in e.get("attachments", []):
            content = box.read(a["id"])
            assert len(content) == a["size"], (path, a)
            digests.append(hashlib.sha256(content).hexdigest())
            here.add(a["id"])
        if "Context" in custom:
            marked += 1
            continue
        if custom & {"Same event", "Told by"}:
            continue
        own += 1
        files += len(digests)
        want = letters[e["id"]]
        assert e["id"] not in found, e["id"]
        found[e["id"]] = path
        assert digests == want.get("files", []), e["id"]
        assert "utc" not in want or e["timestamp"] == want["utc"], e["id"]
        if "text" in want and e["type"] == "message":
            assert e["body"] == want["text"].rstrip("\n"), (e["id"], e["body"][:60])
            for line in want["text"].rstrip("\n").split("\n"):
                assert line in text, (path, e["id"], line[:60])
    contexts += marked
    assert (own, marked, len(here)) == tuple(int(mail["X-RSMF-" + n]) for n in ("RecordCount", "ContextCount", "AttachmentCount")), path
print(slices, len(found), contexts, files)
