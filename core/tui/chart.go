package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/safe"
)

// drawMonths draws messages over time, so many rows high: a column for each month, or for each quarter or
// year where there are more months than columns.
func drawMonths(v *view, m map[string]int64, rows int) {
	first, last := 0, 0
	count := map[int]int64{}
	for month, n := range m {
		if at, ok := monthNumber(month); ok {
			count[at] = n
			if first == 0 || at < first {
				first = at
			}
			last = max(last, at)
		}
	}
	if len(count) == 0 {
		return
	}
	unit, per := "month", 1
	room := v.width - 2
	if (last-first)+1 > room {
		unit, per = "quarter", 3
	}
	if (last-first)/3+1 > room {
		unit, per = "year", 12
	}
	begin := first / per
	sums := make([]int64, min(last/per-begin+1, room))
	for at, n := range count {
		if i := at/per - begin; i < len(sums) {
			sums[i] += n
		}
	}
	wide := min(3, max(1, room/len(sums)))
	v.lines = append(v.lines, "")
	v.line(v.st.Head, v.tx.say("chart."+unit, "n", safe.Count(slices.Max(sums))))
	for r := rows - 1; r >= 0; r-- {
		v.line(v.st.Bar, "  "+chartRow(v.st, sums, r, rows, wide))
	}
	if per == 1 && wide == 3 {
		var b strings.Builder
		for i := range sums {
			fmt.Fprintf(&b, "%02d ", (begin+i)%12+1)
		}
		v.line(v.st.Dim, "  "+strings.TrimRight(b.String(), " "))
	}
	v.line(v.st.Dim, "  "+yearMarks(begin, per, len(sums), wide))
}

// monthNumber counts months from year 0.
func monthNumber(s string) (int, bool) {
	if len(s) != 7 || s[4] != '-' {
		return 0, false
	}
	year, err1 := strconv.Atoi(s[:4])
	month, err2 := strconv.Atoi(s[5:])
	return year*12 + month - 1, err1 == nil && err2 == nil && month >= 1 && month <= 12 && year > 0
}

// chartRow is row r, counted from below, of a chart of so many rows.
func chartRow(st *Styles, sums []int64, r, rows, wide int) string {
	top := slices.Max(sums)
	steps := len(st.Parts)
	var b strings.Builder
	for _, n := range sums {
		sign := " "
		if n > 0 {
			level := max(1, int(float64(n)/float64(top)*float64(rows*steps)+0.5)) - r*steps
			if level > 0 {
				sign = st.Parts[min(level, steps)-1]
			}
		}
		text := strings.Repeat(sign, max(1, wide-1))
		if wide > 1 {
			text += " "
		}
		b.WriteString(text)
	}
	return strings.TrimRight(b.String(), " ")
}

// yearMarks writes years below the columns where they begin, as far as there is room.
func yearMarks(begin, per, n, wide int) string {
	line := []byte(strings.Repeat(" ", n*wide+5))
	free := 0
	for i := range n {
		at := (begin + i) * per
		if at%12 >= per && i > 0 || i*wide < free {
			continue
		}
		copy(line[i*wide:], fmt.Sprintf("%04d", at/12))
		free = i*wide + 5
	}
	return strings.TrimRight(string(line), " ")
}
