#!/usr/bin/env python3
"""Checks an evidence bundle, and an archive against it, without Chatferry. Standard library only.

    python3 verify.py BUNDLE                    is the bundle whole and as it was written?
    python3 verify.py BUNDLE ARCHIVE [SALTS]    does the archive hold what the statement says?

SALTS is the run's file salts.tsv (found in .chatferry in the archive's folder or beside it). proof.md says
how everything is computed. Needs Python 3.11, "sort" and "zstd". Exit code 0: all agrees, 1: it does not.
"""
import csv, glob, hashlib, hmac, itertools, json, os, subprocess, sys

def sha(b): return hashlib.sha256(b).digest()

def check_manifest(top):
    """The digests that a manifest lists, by name, and what is wrong with the files."""
    listed, bad = {}, []
    for line in open(os.path.join(top, "manifest-sha256.txt"), encoding="utf-8"):
        digest, name = line.rstrip("\n").split("  ", 1)
        listed[name], path = digest, os.path.join(top, name)
        if not os.path.isfile(path): bad.append(name + " is missing")
        elif hashlib.file_digest(open(path, "rb"), "sha256").hexdigest() != digest: bad.append(name + " was changed")
    return listed, bad

def check_bundle(top):
    """Every payload file is listed with its digest, in the manifest and in the statement; the books add up."""
    listed, bad = check_manifest(top)
    for folder, _, names in os.walk(os.path.join(top, "data")):
        for name in (os.path.relpath(os.path.join(folder, n), top).replace(os.sep, "/") for n in names):
            if name not in listed: bad.append(name + " is in no manifest")
    if bad: return None, bad
    statement = json.load(open(os.path.join(top, "data/statement.json"), encoding="utf-8"))
    files = statement["predicate"]["files"]
    for name in sorted((set(files) | set(listed)) - {"data/statement.json"}):
        if files.get(name) != listed.get(name): bad.append(name + " is not the file that the statement names")
    for row in (row for name in ("books.csv", "entities.csv") if "data/" + name in listed
                for row in csv.DictReader(open(os.path.join(top, "data", name), encoding="utf-8", newline=""))):
        total = lambda *names: sum(int(row[k]) for k in names)
        if total("read", "added") != total("filtered", "rejected", "offered") or total("offered") != total("delivered", "duplicate", "no_place", "refused"):
            bad.append("the books of %s at %s do not add up" % (row["unit"], row["sink"]))
    return statement, bad

def load_salts(path):
    rows = (line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8"))
    return {json.loads(name): bytes.fromhex(digits) for name, digits in rows}

def dump(x): return json.dumps(x, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")

def leaf(line, salts):
    """The names on a record's way in the tree, its own last, and its leaf."""
    r = json.loads(line)
    r.pop("raw", None)
    kind, key, conv, subject, at = r["type"], r["key"], "", "", ""
    if kind == "message": conv, subject, at = r["conversation"], r.get("author", ""), r["sent"]["utc"]
    elif kind == "revision": conv, subject, at = r["conversation"], r.get("by", ""), r.get("at", {}).get("utc", "")
    elif kind == "membership": conv, subject = r["conversation"], r["person"]
    elif kind == "conversation": conv = key
    elif kind == "person": subject = key
    salt = hmac.new(salts.get(subject, bytes(32)), key.encode("utf-8"), hashlib.sha256).digest()[:16]
    value = sha(b"\0cf/" + kind.encode() + b"/1\n" + salt + sha(dump(r))).hex()
    prefix = sha(conv.encode("utf-8"))[:1].hex()
    return [kind.encode(), prefix.encode(), dump(conv), at[:7].encode(), at[:10].encode(), dump(key)], value.encode()

class Tree:
    """Rolls up sorted leaves. Only the open node of each level is kept: see proof.md, 3."""
    def __init__(self): self.open, self.counts, self.parts, self.rows = [], [0] * 6, [[] for _ in range(6)], {}

    def child(self, depth, name, count, value):
        parts, h, size = self.parts[depth], sha(b"\0" + name + b"\n%d\n" % count + value), 1
        while parts and parts[-1][1] == size: h, size = sha(b"\1" + parts.pop()[0] + h), 2 * size
        parts.append((h, size))
        self.counts[depth] += count

    def value(self, depth):
        parts, self.parts[depth] = self.parts[depth], []
        h = parts.pop()[0] if parts else sha(b"")
        while parts: h = sha(b"\1" + parts.pop()[0] + h)
        return h.hex().encode()

    def close(self, keep):
        while len(self.open) > keep:
            depth = len(self.open)
            count, value = self.counts[depth], self.value(depth)
            if depth == 3: self.rows[b"\t".join(self.open)] = b"%d\t%s" % (count, value)
            self.counts[depth] = 0
            self.child(depth - 1, self.open.pop(), count, value)

    def add(self, names, value):
        same = 0
        while same < len(self.open) and self.open[same] == names[same]: same += 1
        self.close(same)
        self.open += names[same:5]
        self.child(5, names[5], 1, value)

    def root(self):
        self.close(0)
        return self.value(0).decode()

def in_order(rows):
    p = subprocess.Popen(["sort"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, LC_ALL="C"))
    for row in rows: p.stdin.write(b"\t".join(row) + b"\n")  # sort reads all before it writes
    p.stdin.close()
    for line in p.stdout: yield line[:-1].split(b"\t")
    if p.wait(): sys.exit("sort failed")

def tree_of(lines, salts):
    """The tree over (generation, line) pairs; of several versions of a record the last one counts."""
    def versions():
        for generation, line in lines:
            names, value = leaf(line, salts)
            yield [names[0], names[5], b"%06d" % generation] + names[1:5] + [value]

    def last():
        for _, rows in itertools.groupby(in_order(versions()), lambda row: row[:2]):
            rows = list(rows)
            for row in rows:
                if row[2] == rows[-1][2]: yield row[:1] + row[3:7] + row[1:2] + row[7:]

    tree = Tree()
    for row in in_order(last()): tree.add(row[:6], row[6])
    return tree

def archive_lines(top):
    for path in sorted(glob.glob(os.path.join(glob.escape(top), "records", "*", "*.ndjson.zst"))):
        p = subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE)
        for line in p.stdout: yield int(os.path.basename(os.path.dirname(path))), line
        if p.wait(): sys.exit(path + " cannot be unpacked")

def check_archive(bundle, statement, archive, salts):
    want = next(s for s in statement["predicate"]["sinks"] if s["plugin"] == "archive")
    tree, (_, bad) = tree_of(archive_lines(archive), load_salts(salts)), check_manifest(archive)
    root, want_root = tree.root(), want["expected_root"]
    print("root of the archive  ", root, "\nroot in the statement", want_root)
    with open(os.path.join(bundle, "data/tree", want["name"], "expected-conversations.tsv"), "rb") as f:
        rows = {b"\t".join(c[:3]): b"\t".join(c[3:]) for c in (line[:-1].split(b"\t") for line in f)}
    names = sorted(n for n in set(rows) | set(tree.rows) if rows.get(n) != tree.rows.get(n))
    return bad + (["the roots differ"] if root != want_root else []) + ["differs: " + n.decode("utf-8") for n in names]

def main(bundle, archive=None, salts=None):
    try:
        statement, bad = check_bundle(bundle)
        if archive and not bad:
            found = [p for p in (os.path.join(archive, up, ".chatferry", "salts.tsv") for up in ("", "..")) if os.path.exists(p)]
            bad = check_archive(bundle, statement, archive, salts or found[0])
    except (OSError, ValueError, KeyError, IndexError) as e:
        bad = ["a file cannot be read as what it should be: %r" % e]
    print(*(["BAD " + what for what in bad] or ["OK"]), sep="\n")
    return 1 if bad else 0

if __name__ == "__main__": sys.exit(main(*sys.argv[1:]) if 2 <= len(sys.argv) <= 4 else __doc__)
