package html

import "strconv"

// Charts are SVG of our own making: numbers and words of the site, and names through appendName. Colours
// come from the style sheet by class.

// bar is one bar of a chart.
type bar struct {
	label, href string
	n           int64
}

// columns draws upright bars, such as one a month, with a table of the same for those who cannot see it.
func columns(b []byte, title string, bars []bar) []byte {
	const height, base = 160, 140
	most := int64(1)
	for _, x := range bars {
		most = max(most, x.n)
	}
	width := max(4, min(40, 900/max(1, len(bars))))
	all := int64(width*len(bars) + 60)
	b = append(append(append(b, `<figure><svg class="chart" role="img" aria-label="`...), title...), `" width="`...)
	b = strconv.AppendInt(append(strconv.AppendInt(b, all, 10), `" viewBox="0 0 `...), all, 10)
	b = append(strconv.AppendInt(append(b, ' '), height, 10), `">`...)
	b = append(append(b, `<text class="ax" x="0" y="12">`...), thousands(most)...)
	b = append(b, `</text><line class="ax" x1="52" x2="`...)
	b = append(strconv.AppendInt(b, int64(width*len(bars)+56), 10), `" y1="140" y2="140"/>`...)
	every := (56 + width - 1) / width // labels are some 56 units wide
	for i, x := range bars {
		h := x.n * (base - 16) / most
		if x.n > 0 && h == 0 {
			h = 1
		}
		b = strconv.AppendInt(append(b, `<rect class="bar" x="`...), int64(54+i*width), 10)
		b = strconv.AppendInt(append(b, `" y="`...), base-h, 10)
		b = strconv.AppendInt(append(b, `" width="`...), int64(width-max(1, width/6)), 10)
		b = strconv.AppendInt(append(b, `" height="`...), h, 10)
		b = appendName(append(b, `"><title>`...), x.label)
		b = append(append(append(b, ": "...), thousands(x.n)...), "</title></rect>"...)
		if i%every == 0 {
			b = strconv.AppendInt(append(b, `<text class="ax" x="`...), int64(54+i*width), 10)
			b = append(appendName(append(b, `" y="154">`...), x.label), "</text>"...)
		}
	}
	return append(b, "</svg></figure>\n"...)
}

// rows draws lying bars with names.
func rows(b []byte, bars []bar) []byte {
	most := int64(1)
	for _, x := range bars {
		most = max(most, x.n)
	}
	b = append(b, `<ul class="bars">`...)
	for _, x := range bars {
		b = append(b, "<li>"...)
		if x.href != "" {
			b = append(append(append(b, `<a href="`...), x.href...), `"><bdi>`...)
			b = append(appendName(b, x.label), "</bdi></a>"...)
		} else {
			b = append(appendName(append(b, "<span><bdi>"...), x.label), "</bdi></span>"...)
		}
		b = strconv.AppendInt(append(b, `<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="`...), max(1, x.n*100/most), 10)
		b = append(append(append(b, `" height="10"/></svg><b>`...), thousands(x.n)...), "</b></li>"...)
	}
	return append(b, "</ul>\n"...)
}

// week draws the hours of the week: darker is more.
func week(b []byte, title string, days [7]string, hours *[7][24]int64) []byte {
	most := int64(1)
	for d := range hours {
		for _, n := range hours[d] {
			most = max(most, n)
		}
	}
	b = append(append(append(b, `<figure><svg class="chart" role="img" aria-label="`...), title...), `" width="640" viewBox="0 0 640 190">`...)
	for d := range hours {
		b = strconv.AppendInt(append(b, `<text class="ax" x="0" y="`...), int64(16+d*24), 10)
		b = append(append(append(b, `">`...), days[d]...), "</text>"...)
		for h, n := range hours[d] {
			level := int64(0)
			if n > 0 {
				level = 1 + n*4/(most+1)
			}
			b = strconv.AppendInt(append(b, `<rect class="heat l`...), level, 10)
			b = strconv.AppendInt(append(b, `" x="`...), int64(64+h*24), 10)
			b = strconv.AppendInt(append(b, `" y="`...), int64(d*24), 10)
			b = append(append(append(b, `" width="22" height="22" rx="4"><title>`...), days[d]...), ' ')
			b = strconv.AppendInt(b, int64(h), 10)
			b = append(append(append(b, ":00: "...), thousands(n)...), "</title></rect>"...)
		}
	}
	for h := 0; h < 24; h += 3 {
		b = strconv.AppendInt(append(b, `<text class="ax" x="`...), int64(64+h*24), 10)
		b = append(strconv.AppendInt(append(b, `" y="184">`...), int64(h), 10), ":00</text>"...)
	}
	return append(b, "</svg></figure>\n"...)
}
