// The script of every page. It adds comfort: without it, all pages are there and can be read. It makes no
// request but for files of this folder, and puts text into a page only as text, never as markup.
"use strict";

var ferry = (function () {
  var root = document.body.dataset.root || "";
  var waiting = {}; // address of a script → what to call with its data
  var have = {};    // address → promise

  // load runs a data file of the site and gives what it hands over.
  function load(name) {
    var src = new URL(root + name, location.href).href;
    if (!have[src]) {
      have[src] = new Promise(function (done, fail) {
        var s = document.createElement("script");
        waiting[src] = done;
        s.src = src;
        s.onload = function () { s.remove(); };
        s.onerror = function () { s.remove(); delete have[src]; fail(new Error(name)); };
        document.head.append(s);
      });
    }
    return have[src];
  }
  function forget(name) { delete have[new URL(root + name, location.href).href]; }
  function took(data) {
    var src = document.currentScript && document.currentScript.src;
    if (waiting[src]) { waiting[src](data); delete waiting[src]; }
  }

  function t(s) { return ferryWords[s] || s; }
  function el(tag, props, kids) {
    var e = document.createElement(tag);
    Object.keys(props || {}).forEach(function (k) {
      if (k in e) e[k] = props[k]; else e.setAttribute(k, props[k]);
    });
    (kids || []).forEach(function (k) { e.append(k); });
    return e;
  }
  function records(data) {
    return data.text.split("\n").filter(function (l) { return l[0] === "{"; });
  }

  return {
    load: load, forget: forget, t: t, el: el, records: records, root: root,
    page: function (text, ids) { took({ text: text, ids: ids.split(" ") }); },
    rooms: took, people: took, pages: took, terms: took, days: took, directory: took,
    shard: function (n, text) { took(text); }
  };
})();

(function () {
  var t = ferry.t, el = ferry.el;
  var $ = function (s, from) { return (from || document).querySelector(s); };

  // The list of conversations beside the pages of one.
  var side = $("#side");
  if (side) ferry.load("site/rooms.js").then(function (rooms) {
    var here = location.pathname.split("/").slice(-2)[0];
    var names = ["Channels", "Private channels", "Group conversations", "Direct messages", "Other"];
    var box = el("input", { type: "search", placeholder: t("Filter conversations") });
    box.setAttribute("aria-label", t("Filter conversations"));
    var list = el("div");
    function draw() {
      var want = box.value.trim().toLowerCase(), shown = 0, group = -1, ul = null;
      list.textContent = "";
      rooms.forEach(function (r) {
        var mine = r[0] === here;
        if (want ? r[2].toLowerCase().indexOf(want) < 0 : shown > 400 && !mine) return;
        if (++shown > 1000) return;
        if (r[4] !== group) {
          group = r[4];
          ul = el("ul");
          list.append(el("h2", { textContent: t(names[group]) }), ul);
        }
        var a = el("a", { href: ferry.root + "c/" + r[0] + "/" + (r[3] ? r[3] + ".html#end" : "index.html") },
          [el("span", { className: "sg", textContent: r[1], ariaHidden: "true" }), el("bdi", { textContent: r[2] })]);
        if (mine) a.setAttribute("aria-current", "true");
        ul.append(el("li", {}, [a]));
      });
    }
    box.oninput = draw;
    draw();
    side.append(box, list);
    side.hidden = false;
    var now = $("[aria-current=true]", side);
    if (now) side.scrollTop = now.offsetTop - side.clientHeight / 2;
    var button = el("button", { className: "burger", type: "button", textContent: "☰" });
    button.setAttribute("aria-label", t("Show or hide the conversations"));
    button.setAttribute("aria-expanded", "false");
    button.onclick = function () {
      button.setAttribute("aria-expanded", String(document.body.classList.toggle("open")));
    };
    $(".top").prepend(button);
  });

  // A message inside a closed thread is shown when an address points at it.
  function reveal() {
    var id = decodeURIComponent(location.hash.slice(1));
    var at = id && document.getElementById(id);
    if (!at) return;
    var d = at.closest("details");
    if (d && !d.open) { d.open = true; at.scrollIntoView({ block: "center" }); }
  }
  addEventListener("hashchange", reveal);
  reveal();
  document.querySelectorAll(".thread .th").forEach(function (th) {
    var x = el("button", { type: "button", textContent: "×" });
    x.setAttribute("aria-label", t("Close"));
    x.onclick = function () {
      var d = th.closest("details");
      d.open = false;
      d.firstElementChild.focus();
    };
    th.append(x);
  });
  addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.removeAttribute("name"); d.open = true; });
  });

  // A message of several screens is folded; an address that points at it unfolds it.
  var unfold = function (b) {
    b.classList.remove("long");
    if (b.nextElementSibling && b.nextElementSibling.className === "all") b.nextElementSibling.remove();
  };
  document.querySelectorAll(".m > .b").forEach(function (b) {
    if (b.textContent.length < 2500 || b.parentNode.id === location.hash.slice(1)) return;
    var all = el("button", { type: "button", className: "all", textContent: t("Show all") });
    all.onclick = function () { unfold(b); };
    b.classList.add("long");
    b.after(all);
  });
  addEventListener("beforeprint", function () { document.querySelectorAll(".b.long").forEach(unfold); });

  // Jump to a date.
  var pager = $("body.room .bar .pager");
  if (pager) {
    var date = el("input", { type: "date" });
    date.setAttribute("aria-label", t("Go to date"));
    date.title = t("Go to date");
    date.onchange = function () {
      var dir = "c/" + location.pathname.split("/").slice(-2)[0] + "/";
      ferry.load(dir + "days.js").then(function (days) {
        var all = Object.keys(days).sort(), best = all[0];
        all.forEach(function (d) { if (d <= date.value) best = d; });
        if (best) location.href = days[best] + ".html#d" + best;
      });
    };
    var here = location.pathname.split("/").slice(-2)[0];
    pager.append(date, el("a", { href: ferry.root + "search.html#in=" + here, textContent: t("Search here") }));
  }

  // Two buttons on the message at hand: its address, and its record in full.
  var log = $(".log");
  if (log) {
    var copy = el("button", { type: "button", textContent: t("Copy link") });
    var whole = el("button", { type: "button", textContent: t("Record") });
    var tools = el("div", { className: "acts" }, [copy, whole]);
    var current = null;
    var show = function (e) {
      var m = e.target.closest && e.target.closest("article.m");
      if (m && m !== current) { current = m; m.append(tools); }
    };
    log.addEventListener("pointerover", show);
    log.addEventListener("focusin", show);
    copy.onclick = function () {
      var a = location.href.split("#")[0] + "#" + current.id;
      if (navigator.clipboard) navigator.clipboard.writeText(a);
      location.hash = current.id;
    };
    whole.onclick = function () {
      var id = current.id, dir = "c/" + location.pathname.split("/").slice(-2)[0] + "/";
      var pre = el("pre", { tabIndex: 0 });
      var close = el("button", { type: "button", textContent: t("Close") });
      var box = el("dialog", { className: "record" }, [close, pre]);
      box.setAttribute("aria-label", t("Record"));
      close.onclick = function () { box.close(); };
      box.onclose = function () { box.remove(); };
      document.body.append(box);
      box.showModal();
      ferry.load(dir + log.dataset.page + ".js").then(function (data) {
        var line = ferry.records(data)[data.ids.indexOf(id)];
        pre.textContent = line ? JSON.stringify(JSON.parse(line), null, 2) : "";
      }, function () { pre.textContent = t("this page needs its data beside it"); });
    };
  }

  // Lists that can be filtered.
  var filter = $("#filter");
  if (filter) {
    filter.parentNode.hidden = false;
    filter.oninput = function () {
      var want = filter.value.trim().toLowerCase();
      document.querySelectorAll(".rooms > li").forEach(function (li) {
        li.hidden = want !== "" && li.textContent.toLowerCase().indexOf(want) < 0;
      });
    };
  }

  // The search box of the first page.
  var find = $("body.index #find");
  if (find) {
    find.hidden = false;
    find.onsubmit = function (e) {
      e.preventDefault();
      location.href = "search.html#q=" + encodeURIComponent($("#q").value);
    };
  }

  // Keys: / searches, j and k walk through messages, [ and ] through pages, Escape closes a thread.
  addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
    var to = null;
    if (e.key === "/") {
      var q = $("#q");
      e.preventDefault();
      if (q) q.focus(); else location.href = ferry.root + "search.html";
    } else if (e.key === "Escape") {
      var open = $(".thread[open]");
      if (open) { open.open = false; open.firstElementChild.focus(); }
    } else if (e.key === "[") to = $(".pager a[rel=prev]");
    else if (e.key === "]") to = $(".pager a[rel=next]");
    else if ((e.key === "j" || e.key === "k") && log) {
      var all = Array.prototype.filter.call(log.querySelectorAll("article.m"), function (m) { return m.offsetParent; });
      var at = all.findIndex(function (m) { return m.contains(document.activeElement); });
      if (at < 0) at = all.findIndex(function (m) { return m.getBoundingClientRect().top > 90; }) - (e.key === "j" ? 1 : 0);
      var next = all[Math.max(0, Math.min(all.length - 1, at + (e.key === "j" ? 1 : -1)))];
      if (next) { next.tabIndex = -1; next.focus(); next.scrollIntoView({ block: "nearest" }); }
    }
    if (to) location.href = to.href;
  });
})();
