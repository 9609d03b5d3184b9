package html

import (
	"cmp"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// topRows is how many people and conversations the statistics name.
const topRows = 20

func (s *site) statistics() error {
	w := s.words
	b := append(append(append(s.begin("", w.t("Statistics"), "statistics"), "<h1>"...), w.t("Statistics")...), "</h1>\n"...)
	b = s.tiles(b)
	section := func(title string) {
		b = append(append(append(b, "<section><h2>"...), w.t(title)...), "</h2>\n"...)
	}
	end := func() { b = append(b, "</section>\n"...) }

	section("Messages per month")
	var months []bar
	for _, m := range s.all.monthsBetween() {
		months = append(months, bar{label: m, n: s.all.months[m]})
	}
	b = columns(b, w.t("Messages per month"), months)
	end()

	section("Hours of the week")
	var days [7]string
	for i, d := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		days[i] = w.t(d)
	}
	b = week(b, w.t("Hours of the week"), days, &s.all.hours)
	end()

	section("Most active people")
	var people []bar
	for key, a := range s.all.people {
		x := bar{label: s.d.name(key), n: a.messages}
		if p := s.d.people[key]; p != nil {
			x.href = "p/" + p.hash + ".html"
		}
		people = append(people, x)
	}
	b = rows(b, top(people))
	end()

	section("Most active conversations")
	var rooms []bar
	for _, e := range s.rooms {
		rooms = append(rooms, bar{sign(e.place.kind) + " " + s.roomName(e.place), "c/" + e.place.hash + "/index.html", e.messages})
	}
	b = rows(b, top(rooms))
	end()

	section("Attachments by kind")
	b = rows(b, s.named(s.all.files))
	end()
	section("Messages by kind")
	b = rows(b, s.named(s.all.kinds))
	end()
	return s.out.file("statistics.html", s.finish(b))
}

// top are the largest bars, the largest first.
func top(list []bar) []bar {
	slices.SortFunc(list, func(a, b bar) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.label, b.label), cmp.Compare(a.href, b.href))
	})
	return list[:min(len(list), topRows)]
}

func (s *site) named(m map[string]int64) []bar {
	var list []bar
	for k, n := range m {
		list = append(list, bar{label: s.words.t(k), n: n})
	}
	return top(list)
}

// certificate leads to the page that tells the run's verdicts, where that is in the site's folder or beside it.
func (s *site) certificate(b []byte) []byte {
	b = append(append(append(b, "<section><h2>"...), s.words.t("Verdicts, filters, losses and gaps")...), "</h2><p>"...)
	b = append(b, s.words.t("They are known only when a run has ended and everything was read back, so they are not on this page, which would then vouch for itself. The certificate of the run tells them.")...)
	b = append(b, "</p>"...)
	to, err := filepath.Rel(s.run.Dir, s.run.Report)
	if to = filepath.ToSlash(to); s.run.Report != "" && err == nil && !strings.HasPrefix(to, "../../") {
		b = append(appendText(append(b, `<p><a class="button" href="`...), (&url.URL{Path: to}).String()), `">`...)
		b = append(append(b, s.words.t("Open the certificate")...), `</a> <span class="note">`...)
		b = append(append(appendName(b, to), ": "...), s.words.t("it has to be copied together with this folder")...)
		b = append(b, "</span></p>"...)
	}
	return append(b, "</section>\n"...)
}

// completeness says what the site holds, what the source itself said is not there, and how to check both.
// The verdicts of a run come after its sinks are finished, so they cannot stand here: they are in the report.
func (s *site) completeness() error {
	w := s.words
	b := append(append(append(s.begin("", w.t("Completeness"), "completeness"), "<h1>"...), w.t("Completeness")...), "</h1>\n<p>"...)
	b = append(append(b, w.t("What this site holds, what the source itself says is not there, and how to check that nothing was changed.")...), "</p>\n"...)
	b = s.certificate(b)
	table := func(title string, list []bar) {
		b = append(append(append(b, "<section><h2>"...), w.t(title)...), `</h2><table><tbody>`...)
		for _, x := range list {
			b = append(appendName(append(b, `<tr><th scope="row">`...), x.label), `</th><td>`...)
			b = append(append(b, thousands(x.n)...), "</td></tr>"...)
		}
		b = append(b, "</tbody></table></section>\n"...)
	}
	var held []bar
	for _, k := range []string{"message", "revision", "analysis"} {
		held = append(held, bar{label: w.t(k), n: s.all.records[k]})
	}
	held = append(held, bar{label: w.t("person"), n: int64(len(s.d.list))}, bar{label: w.t("conversation"), n: int64(len(s.rooms))})
	table("Records", held)
	var files []bar
	for _, k := range sortedKeys(s.all.states) {
		label := w.t("here, with their bytes")
		if r, ok := reasons[k]; ok {
			label = w.t(r)
		}
		files = append(files, bar{label: label, n: s.all.states[k]})
	}
	table("Attachments", files)
	table("What the source says of itself", []bar{
		{label: w.t("replies that first messages say they have"), n: s.all.claimed},
		{label: w.t("replies that are here"), n: s.all.replies},
		{label: w.t("threads whose first message is not here"), n: s.all.orphans},
		{label: w.t("reactions of people the source does not name"), n: s.all.unnamed},
		{label: w.t("messages the source marks as edited"), n: s.all.edited},
		{label: w.t("messages the source marks as deleted"), n: s.all.deleted},
	})
	b = append(append(append(b, "<section><h2>"...), w.t("Check it yourself")...), "</h2><p>"...)
	b = append(append(b, w.t("All files are as they were written when this command, in this folder, reports nothing:")...), "</p><pre tabindex=\"0\">sha256sum -c --quiet "+manifestName+"</pre><p>"...)
	b = append(append(b, w.t("That each page shows exactly its records, and that no record is missing, is what the next command proves:")...), "</p><pre tabindex=\"0\">chatferry verify</pre></section>\n"...)
	return s.out.file("completeness.html", s.finish(b))
}
