// Opens a site from file:// in Chromium and tells what it saw, as JSON on standard output. Arguments: the
// folder of the site, a file of searches, at how many sizes to look at pages (0: only search), a folder for pictures. NODE_PATH has playwright-core and axe-core.
"use strict";
const fs = require("fs"), path = require("path"), url = require("url");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [site, searches, sizes, shots] = process.argv.slice(2);
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const seen = { pages: 0, requests: [], fired: [], complaints: [], axe: [], wide: [], searches: [], slowest: 0, threads: 0, sidebar: 0, person: 0 };

function watch(page, name) {
  page.on("request", r => { if (!r.url().startsWith(url.pathToFileURL(site).href)) seen.requests.push(name + ": " + r.url().slice(0, 200)); });
  page.on("dialog", d => { seen.fired.push(name + ": " + d.message()); d.dismiss(); });
  page.on("popup", p => seen.fired.push(name + ": popup " + p.url()));
  page.on("pageerror", e => seen.complaints.push(name + ": " + e.message));
  page.on("console", m => { if (m.type() === "error" || /canary/.test(m.text())) seen.complaints.push(name + ": " + m.text()); });
}

async function audit(page, name) {
  await page.evaluate(axe); // evaluated by the debugger, which the policy does not bind
  const r = await page.evaluate(() => window.axe.run(document, { preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  for (const v of r.violations) if (v.impact === "serious" || v.impact === "critical") seen.axe.push(name + ": " + v.id + ": " + v.nodes[0].html.slice(0, 200) + " " + (v.nodes[0].failureSummary || "").slice(0, 300));
}

const at = name => url.pathToFileURL(path.join(site, name.split("#")[0])).href + (name.includes("#") ? "#" + name.split("#")[1] : "");

// Accessibility and pictures at three widths, light and dark.
async function look(browser, all) {
  const room = all.filter(f => /^c\/.*\/1\.html$/.test(f)).map(f => [fs.statSync(path.join(site, f)).size, f]).sort((a, b) => b[0] - a[0])[0][1];
  const person = all.find(f => f.startsWith("p/"));
  for (const [width, dark] of [[390, true], [1440, false], [820, true], [390, false]].slice(0, +sizes)) {
    const c = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light" });
    for (const name of ["index.html", room, path.dirname(room) + "/index.html", "search.html#q=the", "people.html", person, "statistics.html", "completeness.html"]) {
      const p = await c.newPage();
      watch(p, name);
      await p.goto(at(name));
      await p.waitForTimeout(300);
      const over = await p.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 1) seen.wide.push(width + " " + name + ": " + over);
      if (shots) await p.screenshot({ path: path.join(shots, width + (dark ? "-dark-" : "-") + name.replace(/[^a-z0-9]+/gi, "_") + ".png") });
      await audit(p, width + (dark ? " dark " : " ") + name);
      await p.close();
    }
    await c.close();
  }
}

async function main() {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
  const all = !+sizes ? [] : fs.readdirSync(site, { recursive: true }).filter(f => f.endsWith(".html")).sort();

  // Every page, with the mouse over every message and every thread open.
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  watch(page, "walk");
  for (const name of all) {
    await page.goto(at(name));
    await page.waitForTimeout(30);
    seen.threads += await page.evaluate(() => {
      const list = document.querySelectorAll("details");
      list.forEach(d => { d.removeAttribute("name"); d.open = true; });
      document.querySelectorAll("article.m").forEach(m => m.dispatchEvent(new PointerEvent("pointerover", { bubbles: true })));
      if (window.canary) throw new Error("canary");
      return document.querySelectorAll("details.thread").length;
    });
    if (name.startsWith("c/")) seen.sidebar = Math.max(seen.sidebar, await page.evaluate(() => document.querySelectorAll("#side a").length));
    if (name.startsWith("p/")) {
      await page.waitForFunction(() => { const s = document.querySelector("#status"); return !s || s.dataset.done; }, null, { timeout: 20000 });
      seen.person = Math.max(seen.person, await page.evaluate(() => document.querySelectorAll("#hits > li").length));
    }
    seen.pages++;
  }

  if (+sizes) await look(browser, all);

  // Searches: the ids of all results, in order.
  const search = await context.newPage();
  watch(search, "search");
  await search.goto(at("search.html"));
  for (const q of JSON.parse(fs.readFileSync(searches, "utf8"))) {
    await search.evaluate(h => { document.querySelector("#status").dataset.done = ""; location.hash = h; }, q);
    await search.waitForFunction(() => document.querySelector("#status").dataset.done, null, { timeout: 20000 });
    const ms = +await search.evaluate(() => document.querySelector("#status").dataset.ms);
    if (seen.searches.length) seen.slowest = Math.max(seen.slowest, ms); // the first one warms up
    while (+sizes && await search.evaluate(() => { const m = document.querySelector("#more"); if (m.hidden) return false; m.click(); return true; })) {
      await search.waitForFunction(() => document.querySelector("#status").dataset.done, null, { timeout: 20000 });
    }
    seen.searches.push({ query: q, ms, ids: await search.evaluate(() => Array.from(document.querySelectorAll("#hits > li > a"), a => a.hash.slice(1))) });
  }
  await browser.close();
  process.stdout.write(JSON.stringify(seen));
}
main().catch(e => { console.error(e); process.exit(1); });
