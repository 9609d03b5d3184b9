// Search without a server. The index is cut into small files; a search loads those that can hold its words,
// and then the data of the pages that it shows. terms and texts do what words.go does. On a person's page there is
// no form: all messages of that person are the search.
"use strict";

(function () {
  var t = ferry.t, el = ferry.el;
  var $ = function (s) { return document.querySelector(s); };
  if (!$("#hits")) return;
  var own = $("#hits").dataset.from;
  var perPage = 256, first = 5, step = 20; // results: each may stand on a page of its own
  var digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  var value = new Int8Array(128);
  for (var i = 0; i < 64; i++) value[digits.charCodeAt(i)] = i;
  var unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Bopomofo}]/u;
  var letter = /[\p{L}\p{Nd}\p{M}]/u;

  // terms cuts a text into runs: words, and stretches of a script without spaces.
  function runs(s) {
    var out = [], word = "", kind = 0;
    for (var c of s.normalize("NFKC").toLowerCase().replace(/ς/g, "σ")) {
      var k = unspaced.test(c) ? 2 : letter.test(c) ? 1 : 0;
      if (k !== kind && word) { out.push({ text: word, pairs: kind === 2 }); word = ""; }
      kind = k;
      if (k) word += c;
    }
    if (word) out.push({ text: word, pairs: kind === 2 });
    return out;
  }
  function pairs(s) {
    var c = Array.from(s), out = [];
    if (c.length === 1) return c;
    for (var i = 0; i + 1 < c.length; i++) out.push(c[i] + c[i + 1]);
    return out;
  }
  function word(s) { return Array.from(s).slice(0, 40).join(""); }

  function texts(m, people) {
    var out = [m.subject];
    if (m.rich) m.rich.forEach(function (b) {
      (b.inlines || []).forEach(function (x) {
        var p = x.kind === "person" && people.get(x.target);
        out.push((p ? "@" + p[1] : x.text || x.name || x.unicode || (x.kind === "break" ? " " : "")) + "\u0001");
      });
      out.push(b.text, "\n");
    }); else out.push(m.text);
    (m.attachments || []).forEach(function (a) { out.push(a.title, a.name, a.transcript); });
    (m.cards || []).forEach(function (c) { out.push(c.title, c.text); });
    (m.links || []).forEach(function (l) { out.push(l.title); });
    if (m.poll) { out.push(m.poll.question); (m.poll.options || []).forEach(function (o) { out.push(o.text); }); }
    [m.quoted, m.forwarded].forEach(function (q) { if (q) out.push(q.text); });
    if (m.call) out.push(m.call.name);
    if (m.shown_as) out.push(m.shown_as.name);
    return out.filter(function (s, i) { return s && out.indexOf(s) === i; }).join(" ").replace(/\u0001 ?/g, "");
  }

  function compare(a, b) { // by code points, as the index is sorted
    var x = Array.from(a), y = Array.from(b);
    for (var i = 0; i < x.length && i < y.length; i++) if (x[i] !== y[i]) return x[i].codePointAt(0) - y[i].codePointAt(0);
    return x.length - y.length;
  }

  // docs sets the bits of all messages that have a term, or one that begins with it.
  async function docs(first, size, term, prefix) {
    var bits = new Uint32Array(size), from = 0, to = 0;
    while (from + 1 < first.length && compare(first[from + 1], term) < 0) from++;
    to = from;
    while (to + 1 < first.length && (compare(first[to + 1], term) <= 0 || prefix && first[to + 1].startsWith(term))) to++;
    if (to - from > 60) { $("#status").textContent = t("too many words begin like this: type more"); to = from + 60; }
    var names = [];
    for (var i = from; i <= to && i < first.length; i++) names.push("search/t" + i + ".js");
    (await Promise.all(names.map(ferry.load))).forEach(function (text) {
      var at = text.startsWith(prefix ? term : term + "\t") ? 0 : text.indexOf("\n" + (prefix ? term : term + "\t")) + 1;
      if (at === 0 && !text.startsWith(prefix ? term : term + "\t")) return;
      while (at < text.length && text.startsWith(prefix ? term : term + "\t", at)) {
        var p = text.indexOf("\t", text.indexOf("\t", at) + 1) + 1, doc = 0, n = 0, shift = 0, c;
        for (; (c = text.charCodeAt(p)) !== 10; p++) {
          var v = value[c];
          n |= (v & 31) << shift;
          if (v & 32) { shift += 5; continue; }
          doc += n; n = 0; shift = 0;
          bits[doc >>> 5] |= 1 << (doc & 31);
        }
        at = p + 1;
      }
    });
    return bits;
  }
  function and(a, b) {
    if (!a) return b;
    for (var i = 0; i < a.length; i++) a[i] &= b[i];
    return a;
  }
  function or(a, b) {
    if (!a) return b;
    for (var i = 0; i < a.length; i++) a[i] |= b[i];
    return a;
  }

  var ready = Promise.all(["site/rooms.js", "site/people.js", "search/pages.js", "search/terms.js"].map(ferry.load)).then(function (d) {
    var site = { rooms: d[0], list: d[1], people: new Map(), pages: [], first: d[3] };
    d[1].forEach(function (p) { site.people.set(p[0], p); });
    d[2].split("\n").forEach(function (line) { // the newest first
      var f = line.split(" ");
      if (f.length > 4) site.pages.push({ room: site.rooms[+f[0]], n: +f[1], at: +f[2], first: +f[3], last: +f[3] + +f[4], rank: site.pages.length });
    });
    site.words = site.pages.length * perPage / 32;
    if (own) return site;
    d[1].slice(0, 3000).forEach(function (p) { $("#persons").append(el("option", { value: p[1] })); });
    d[0].slice(0, 3000).forEach(function (r) { $("#rooms").append(el("option", { value: r[2] })); });
    return site;
  });

  // times are the minutes of the messages of a page. They stand in files of 64 pages.
  var files = [];
  function timesFile(n) {
    return files[n] || (files[n] = ferry.load("search/times-" + n + ".js").then(function (s) { return s.split("\n"); }));
  }
  async function times(p) {
    if (!p.times) {
      var line = (await timesFile(p.rank >> 6))[p.rank & 63], n = 0, shift = 0;
      p.times = [];
      for (var i = 0; i < line.length; i++) {
        var v = value[line.charCodeAt(i)];
        n |= (v & 31) << shift;
        if (v & 32) { shift += 5; continue; }
        p.times.push(p.first + n); n = 0; shift = 0;
      }
    }
    return p.times;
  }

  // parse turns what was typed into terms to look up and phrases to check.
  function parse(q) {
    var looks = [], checks = [], marks = [];
    q.replace(/"([^"]*)"?|([^"]+)/g, function (_, phrase, loose) {
      var list = runs(phrase !== undefined ? phrase : loose), seq = [];
      list.forEach(function (r) {
        marks.push(r.text);
        if (r.pairs) {
          var p = pairs(r.text);
          p.forEach(function (x) { looks.push({ term: x, prefix: p.length === 1 && x.length < 3 && Array.from(x).length === 1 }); });
          if (p.length > 1) seq = seq.concat(p); else seq.push(r.text);
          if (phrase === undefined && p.length > 1) checks.push(p);
        } else {
          var w = word(r.text);
          looks.push({ term: w, prefix: phrase === undefined && w.length > 1 });
          seq.push(w);
        }
      });
      if (phrase !== undefined && seq.length > 1) checks.push(seq);
    });
    return { looks: looks, checks: checks, marks: marks };
  }
  function sequence(text) {
    var out = [];
    runs(text).forEach(function (r) { out = out.concat(r.pairs ? pairs(r.text) : [word(r.text)]); });
    return out;
  }
  function holds(seq, part) {
    outer: for (var i = 0; i + part.length <= seq.length; i++) {
      for (var j = 0; j < part.length; j++) if (seq[i + j] !== part[j]) continue outer;
      return true;
    }
    return false;
  }

  // candidates are the messages that the index finds, as bits.
  async function candidates(site, f, q) {
    var bits = null;
    var found = await Promise.all(q.looks.map(function (l) { return docs(site.first, site.words, l.term, l.prefix); }));
    found.forEach(function (b) { bits = and(bits, b); });
    if (f.from) {
      var who = site.list.filter(function (p) { return p[2] === f.from; });
      if (!who.length) who = site.list.filter(function (p) { return p[1].toLowerCase() === f.from.toLowerCase(); });
      if (!who.length) who = site.list.filter(function (p) { return p[1].toLowerCase().includes(f.from.toLowerCase()); }).slice(0, 50);
      var any = new Uint32Array(site.words);
      (await Promise.all(who.map(function (p) { return docs(site.first, site.words, "@a" + p[2], false); }))).forEach(function (b) { or(any, b); });
      bits = and(bits, any);
    }
    if (f.file) bits = and(bits, await docs(site.first, site.words, "@f", false));
    return bits;
  }

  // queue gives candidates one by one, the newest first. Times are loaded for the pages that can be next.
  function queue(site, f, bits) {
    var room = f.in.toLowerCase(), day = 1440, heap = [], next = 0, file = -1, ahead = 0;
    var after = f.after ? Date.parse(f.after) / 6e4 : -1e12, before = f.before ? Date.parse(f.before) / 6e4 + day - 1 : 1e12;
    var exact = site.rooms.filter(function (r) { return r[0] === f.in || r[2].toLowerCase() === room; });
    var q = { total: 0 };
    var pages = site.pages.filter(function (p) {
      if (p.last < after || p.first > before) return false;
      if (room && !(exact.length ? exact.indexOf(p.room) >= 0 : p.room[2].toLowerCase().includes(room))) return false;
      if (!bits) return true;
      var hits = 0;
      for (var i = p.at * 8; i < p.at * 8 + 8; i++) for (var b = bits[i]; b; b &= b - 1) hits++;
      q.total += hits;
      return hits > 0;
    });
    function push(x) {
      var i = heap.length;
      for (heap.push(x); i > 0 && heap[(i - 1) >> 1].t < x.t; i = (i - 1) >> 1) heap[i] = heap[(i - 1) >> 1];
      heap[i] = x;
    }
    function pop() {
      var top = heap[0], x = heap.pop(), i = 0;
      if (heap.length) {
        for (;;) {
          var c = 2 * i + 1;
          if (c >= heap.length) break;
          if (c + 1 < heap.length && heap[c + 1].t > heap[c].t) c++;
          if (heap[c].t <= x.t) break;
          heap[i] = heap[c]; i = c;
        }
        heap[i] = x;
      }
      return top;
    }
    q.next = async function () {
      while (next < pages.length && (!heap.length || heap[0].t < pages[next].last)) {
        var p = pages[next++];
        if (p.rank >> 6 !== file) { // one who needs many files does not wait for each
          file = p.rank >> 6;
          for (var i = 1; i <= ahead && (file + i) * 64 < site.pages.length; i++) timesFile(file + i);
          ahead = Math.min(8, ahead * 2 || 1);
        }
        (p.times || await times(p)).forEach(function (t, i) {
          var doc = p.at * perPage + i;
          if (t >= after && t <= before && (!bits || bits[doc >>> 5] >>> (doc & 31) & 1)) push({ t: t, page: p, i: i });
        });
      }
      return heap.length ? pop() : null;
    };
    return q;
  }

  // open gives the lines and places of a page; some are kept.
  var kept = [];
  function open(p) {
    var name = "c/" + p.room[0] + "/" + p.n + ".js";
    if (kept.indexOf(name) < 0 && kept.push(name) > 100) ferry.forget(kept.shift());
    return ferry.load(name).then(function (data) {
      if (!data.lines) data.lines = ferry.records(data);
      return data;
    });
  }

  // hits reads candidates and keeps those that hold the phrases too.
  async function hits(site, q, list) {
    var out = await Promise.all(list.map(async function (h) {
      var data = await open(h.page);
      var m = JSON.parse(data.lines[h.i]);
      if (m.type !== "message") return null;
      h.m = m; h.id = data.ids[h.i]; h.text = texts(m, site.people);
      if (q.checks.length) {
        var seq = sequence(h.text);
        if (!q.checks.every(function (c) { return holds(seq, c); })) return null;
      }
      return h;
    }));
    return out.filter(Boolean);
  }

  // starts is where a word begins, from a place on; inside a word only scripts without spaces count.
  function starts(s, w, from) {
    for (var i = s.indexOf(w, from); i >= 0; i = s.indexOf(w, i + 1)) {
      if (i === 0 || unspaced.test(w[0]) || !letter.test(s[i - 1])) return i;
    }
    return -1;
  }

  function snippet(text, marks) {
    var low = text.toLowerCase(), at = -1;
    marks.forEach(function (w) { var i = starts(low, w, 0); if (i >= 0 && (at < 0 || i < at)) at = i; });
    var from = Math.max(0, at - 80), s = text.slice(from, from + 280), out = el("p", { dir: "auto" });
    if (from) out.append("…");
    var l = s.toLowerCase(), i = 0;
    while (i < s.length) {
      var best = -1, len = 0;
      marks.forEach(function (w) { var k = starts(l, w, i); if (k >= 0 && (best < 0 || k < best)) { best = k; len = w.length; } });
      if (best < 0 || l.length !== s.length) break;
      out.append(s.slice(i, best), el("mark", { textContent: s.slice(best, best + len) }));
      i = best + len;
    }
    out.append(s.slice(i));
    if (from + 280 < text.length) out.append("…");
    return out;
  }

  function draw(site, h, marks) {
    var p = site.people.get(h.m.author), r = h.page.room;
    var name = h.m.shown_as && h.m.shown_as.name || p && p[1] || (h.m.author || "?").split(":").pop();
    var files = (h.m.attachments || []).length;
    return el("li", {}, [
      el("a", { href: ferry.root + "c/" + r[0] + "/" + h.page.n + ".html#" + h.id }, [
        el("b", {}, [el("bdi", { textContent: name })]), " ",
        el("span", { className: "note" }, [r[1] + " ", el("bdi", { textContent: r[2] }), " · ", el("time", { textContent: h.m.sent.utc.slice(0, 16).replace("T", " ") }), files ? " · 📎 " + files : ""])]),
      snippet(h.text, marks)]);
  }

  var turn = 0;
  async function search() {
    var mine = ++turn, began = performance.now(), f = {};
    ["q", "from", "in", "after", "before"].forEach(function (k) {
      var box = $("#" + k), v = box ? box.value.trim() : k === "from" ? own : "";
      f[k] = box && box.dataset.hash && box.dataset.name === v ? box.dataset.hash : v;
    });
    f.file = !own && $("#file").checked;
    var q = parse(f.q), list = $("#hits"), more = $("#more"), status = $("#status");
    more.hidden = true;
    status.dataset.ms = status.dataset.done = "";
    if (!q.looks.length && !f.from && !f.in && !f.file && !f.after && !f.before) {
      list.textContent = "";
      status.textContent = f.q ? t("Type a word of two letters or more") : "";
      return;
    }
    status.textContent = t("searching") + "…";
    var site = await ready, bits = await candidates(site, f, q);
    if (mine !== turn) return;
    var line = queue(site, f, bits), sure = bits && !q.checks.length && !f.after && !f.before, shown = 0;
    list.textContent = "";
    async function go(step) {
      var left = true, looked = 0, rest = [];
      while (left && rest.length < step && looked < 4000) {
        var some = [];
        while (some.length < (looked ? 20 : step)) {
          var h = await line.next();
          if (!h) { left = false; break; }
          some.push(h);
        }
        looked += some.length;
        rest = rest.concat(await hits(site, q, some));
        if (mine !== turn) return;
      }
      var add = document.createDocumentFragment();
      rest.forEach(function (h) { add.append(draw(site, h, q.marks)); });
      shown += rest.length;
      list.append(add);
      var n = sure ? line.total : shown, words = t(left && !sure ? "more than %s results" : "%s result|%s results").split("|");
      status.textContent = shown || left ? words[n === 1 ? 0 : words.length - 1].replace("%s", n.toLocaleString()) : t("nothing found");
      if (!status.dataset.ms) status.dataset.ms = String(Math.round((performance.now() - began) * 10) / 10);
      return left;
    }
    // The first results are shown before the rest of the screen is filled.
    async function fill(steps) {
      var left = true;
      for (var i = 0; left && i < steps.length; i++) left = await go(steps[i]);
      if (mine !== turn) return;
      more.hidden = !left;
      status.dataset.done = "yes";
    }
    more.onclick = function () {
      began = performance.now();
      more.hidden = true;
      status.dataset.ms = status.dataset.done = "";
      fill([step]);
    };
    await fill([first, step - first]);
  }

  // The address holds the search, so that it can be kept and sent.
  function fromAddress() {
    var a = new URLSearchParams(location.hash.slice(1));
    ["q", "after", "before"].forEach(function (k) { $("#" + k).value = a.get(k) || ""; });
    $("#file").checked = a.get("file") === "1";
    ready.then(function (site) {
      [["from", site.list, 2, 1], ["in", site.rooms, 0, 2]].forEach(function (x) {
        var want = a.get(x[0]) || "", hit = x[1].find(function (r) { return r[x[2]] === want; }), box = $("#" + x[0]);
        box.value = hit ? hit[x[3]] : want;
        box.dataset.hash = hit ? want : "";
        box.dataset.name = hit ? hit[x[3]] : "";
      });
      search();
    });
  }
  function toAddress() {
    var a = new URLSearchParams();
    ["q", "from", "in", "after", "before"].forEach(function (k) {
      var box = $("#" + k), v = box.value.trim();
      if (box.dataset.hash && box.dataset.name === v) v = box.dataset.hash;
      if (v) a.set(k, v);
    });
    if ($("#file").checked) a.set("file", "1");
    history.replaceState(null, "", "#" + a);
  }
  if (own) return search();
  var soon = 0;
  $("#find").addEventListener("input", function () {
    clearTimeout(soon);
    soon = setTimeout(function () { toAddress(); search(); }, 120);
  });
  $("#find").addEventListener("submit", function (e) {
    e.preventDefault();
    toAddress();
    search();
  });
  addEventListener("hashchange", fromAddress);
  fromAddress();
  $("#q").focus();
})();
