// read.js FOLDER LETTERS.json: reads the files of conversations with the reference parser of CommonMark, and looks
// for each message's text among the quotations that it shows.
const fs = require("fs"), path = require("path"), commonmark = require("commonmark");
const parser = new commonmark.Parser();
const shown = new Map();
let quotations = 0, html = 0;
for (const file of fs.readdirSync(process.argv[2], { recursive: true })) {
  if (!file.endsWith(".md")) continue;
  const source = fs.readFileSync(path.join(process.argv[2], file), "utf8").replace(/^---\n[^]*?\n---\n/, "");
  const walker = parser.parse(source).walker();
  let depth = 0, text = "", event;
  while ((event = walker.next())) {
    const { node, entering } = event;
    if (node.type === "block_quote") {
      depth += entering ? 1 : -1;
      if (depth === 0 && !entering) { quotations++; shown.set(text, (shown.get(text) || 0) + 1); text = ""; }
    } else if (depth > 0 && entering) {
      if (node.type === "paragraph" && text !== "") text += "\n\n";
      if (node.type === "text" || node.type === "code" || node.type === "code_block") text += node.literal;
      if (node.type === "linebreak") text += "\n";
    }
    if (node.type.startsWith("html")) html++;
  }
}
let texts = 0;
const missing = [];
for (const l of JSON.parse(fs.readFileSync(process.argv[3], "utf8"))) {
  if (l.text === undefined) continue;
  const text = l.text.replace(/\n+$/, ""), n = shown.get(text) || 0;
  if (n === 0) missing.push(l.key); else { texts++; shown.set(text, n - 1); }
}
console.log(JSON.stringify({ texts, missing, quotations, html }));
