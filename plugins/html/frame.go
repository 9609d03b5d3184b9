package html

import (
	"strconv"
)

// policy is what a page may do: show what belongs to the site, and nothing else.
const policy = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'"

// sections are the pages that every page leads to.
var sections = []struct{ name, label string }{
	{"index.html", "Conversations"}, {"search.html", "Search"}, {"people.html", "People"}, {"statistics.html", "Statistics"}, {"completeness.html", "Completeness"},
}

// head begins a page. root leads to the site's root: "", "../" or "../../".
func (p *prose) head(b []byte, root, title, class string) []byte {
	b = append(append(append(b, "<!doctype html>\n<html lang=\""...), p.words.code...), "\"><head><meta charset=\"utf-8\">\n"...)
	b = append(append(append(b, `<meta http-equiv="Content-Security-Policy" content="`...), policy...), "\">\n"...)
	b = append(b, "<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"robots\" content=\"noindex\">\n"...)
	b = append(b, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\n<title>"...)
	b = appendName(b, title)
	if title != p.title {
		b = appendName(append(b, " · "...), p.title)
	}
	b = append(append(append(b, "</title>\n<link rel=\"stylesheet\" href=\""...), root...), `site/style.css"><script defer src="`...)
	b = append(append(append(b, root...), `site/words.js"></script><script defer src="`...), root...)
	b = append(b, "site/site.js\"></script>"...)
	if class == "search" || class == "person" {
		b = append(append(append(b, `<script defer src="`...), root...), `site/search.js"></script>`...)
	}
	b = append(append(append(b, "</head>\n<body class=\""...), class...), `" data-root="`...)
	b = append(append(append(b, root...), `"><a class="skip" href="#main">`...), p.words.t("Skip to content")...)
	b = append(append(append(b, "</a>\n<header class=\"top\"><a class=\"home\" href=\""...), root...), `index.html"><bdi>`...)
	b = append(appendName(b, p.title), `</bdi></a><nav aria-label="`...)
	b = append(append(b, p.words.t("Site")...), `">`...)
	for _, s := range sections {
		b = append(append(append(append(b, `<a href="`...), root...), s.name...), '"')
		if class == s.name[:len(s.name)-5] {
			b = append(b, ` aria-current="page"`...)
		}
		b = append(append(append(b, '>'), p.words.t(s.label)...), "</a>"...)
	}
	return append(b, "</nav></header>\n"...)
}

// foot ends a page.
func (p *prose) foot(b []byte) []byte {
	b = append(append(b, `<footer class="foot"><p>`...), p.words.t("Times are in the zone")...)
	b = appendText(append(b, ' '), p.clock.zone.String())
	b = append(append(b, ". "...), p.words.t("Made by Chatferry; works without a network.")...)
	return append(b, "</p></footer>\n</body></html>\n"...)
}

// sign is what stands before a conversation's name.
func sign(kind string) string {
	switch kind {
	case "public":
		return "#"
	case "private":
		return "🔒"
	case "direct":
		return "@"
	case "group":
		return "👥"
	case "broadcast":
		return "📣"
	case "meeting":
		return "📅"
	case "ai":
		return "✦"
	}
	return "▪"
}

// roomTitle is the heading of a conversation's pages.
func (p *prose) roomTitle(b []byte, at *place) []byte {
	b = append(append(append(b, `<h1><span class="sg" aria-hidden="true">`...), sign(at.kind)...), `</span> <bdi>`...)
	b = append(appendName(b, p.roomName(at)), "</bdi>"...)
	if at.archived {
		b = append(append(append(b, ` <span class="tag">`...), p.words.t("archived")...), "</span>"...)
	}
	if at.deleted {
		b = append(append(append(b, ` <span class="tag">`...), p.words.t("deleted")...), "</span>"...)
	}
	return append(b, "</h1>"...)
}

func (p *prose) roomName(at *place) string {
	if at.key == "" {
		return p.words.t("Analyses")
	}
	return at.title
}

// frame puts the page's body between its head and its foot, and tells by how much that moved it.
func (r *room) frame(more bool) (html []byte, shift int) {
	title := r.roomName(r.place) + " – " + r.words.count(int64(r.n), "page %s")
	b := r.head(make([]byte, 0, len(r.body)+8<<10), up, title, "room")
	b = append(append(b, `<div class="cols"><nav class="side" id="side" aria-label="`...), r.words.t("Conversations")...)
	b = append(b, "\" hidden></nav>\n<main id=\"main\" tabindex=\"-1\"><div class=\"bar\">"...)
	b = r.roomTitle(b, r.place)
	if r.place.topic != "" {
		b = append(appendName(append(b, `<p class="topic" dir="auto">`...), cut(r.place.topic, 300)), "</p>"...)
	}
	b = append(append(r.pager(append(b, `<div class="tools">`...), more), "</div></div>\n"...), `<div class="log" data-page="`...)
	b = append(strconv.AppendInt(b, int64(r.n), 10), "\">\n"...)
	shift = len(b)
	b = append(append(b, r.body...), "</div>\n"...)
	b = r.pager(append(b, `<div class="tools low" id="end">`...), more)
	return r.foot(append(b, "</div></main></div>\n"...)), shift
}

// pager leads to the neighbours of a page, to the calendar, and to a date.
func (r *room) pager(b []byte, more bool) []byte {
	b = append(append(append(b, `<nav class="pager" aria-label="`...), r.words.t("Pages")...), `">`...)
	to := func(on bool, page int, rel, word string) {
		if !on {
			b = append(append(append(b, `<span class="off">`...), r.words.t(word)...), "</span>"...)
			return
		}
		b = strconv.AppendInt(append(b, `<a href="`...), int64(page), 10)
		b = append(append(append(b, `.html" rel="`...), rel...), `">`...)
		b = append(append(b, r.words.t(word)...), "</a>"...)
	}
	to(r.n > 1, r.n-1, "prev", "‹ Earlier")
	b = append(append(append(b, `<span class="now">`...), r.words.count(int64(r.n), "page %s")...), "</span>"...)
	to(more, r.n+1, "next", "Later ›")
	b = append(append(append(b, `<a href="index.html">`...), r.words.t("About and calendar")...), "</a></nav>"...)
	return b
}
