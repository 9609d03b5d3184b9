package whatsapp

import "time"

// order says where day, month and year stand in a date.
type order struct {
	name             string
	day, month, year int8
}

// orders by which part has four digits, -1 for none first. Within a row the first two are the usual rivals.
var orders = [4][]order{
	{{"dmy", 0, 1, 2}, {"mdy", 1, 0, 2}, {"ymd", 2, 1, 0}},
	{{"ymd", 2, 1, 0}, {"ydm", 1, 2, 0}},
	{{"dym", 0, 2, 1}, {"myd", 2, 0, 1}},
	{{"dmy", 0, 1, 2}, {"mdy", 1, 0, 2}},
}

// date is the day that the parts mean in this order. ok is false for a day that does not exist, or is before
// WhatsApp did.
func (o order) date(s *shape, parts [3]int) (year, month, day int, ok bool) {
	year, month, day = parts[o.year], parts[o.month], parts[o.day]
	switch {
	case s.year < 0 && year > 99:
		return 0, 0, 0, false
	case s.year < 0:
		year += 2000
	case year >= 2500: // Buddhist era
		year -= 543
	}
	if year < 2009 || year > 2200 || month < 1 || month > 12 || day < 1 || day > time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return 0, 0, 0, false
	}
	return year, month, day, true
}

// evidence is what the dates of one file say for and against each order. Entries of a chat are in the order of
// time, so the right order has few dates that are impossible or earlier than the one before.
type evidence struct {
	shape *shape
	n     int64
	// bad and last are parallel to the row of orders.
	bad  [3]int64
	last [3]int
	// changes count how often a part differs from the one before; the day is what changes most.
	prev    [3]int
	changes [3]int64
	differs bool // some date is another day in the first two orders
}

func (e *evidence) row() []order { return orders[e.shape.year+1] }

func (e *evidence) add(parts [3]int) {
	for i, o := range e.row() {
		y, m, d, ok := o.date(e.shape, parts)
		at := (y*100+m)*100 + d
		if !ok || at < e.last[i] {
			e.bad[i]++
		}
		if ok {
			e.last[i] = at
		}
	}
	a, b := e.row()[0], e.row()[1]
	e.differs = e.differs || parts[a.day] != parts[b.day]
	for i, v := range parts {
		if e.n > 0 && v != e.prev[i] {
			e.changes[i]++
		}
	}
	e.prev = parts
	e.n++
}

// Reasons of a decision, for people.
const (
	whySame    = "every date is the same day either way"
	whyDates   = "the other way dates are impossible or run backwards"
	whySetting = "by the setting date_order"
	whyChanges = "the part that changes most is the day"
)

// decide names the order, and why; ok is false when the file does not tell and the setting is auto.
func (e *evidence) decide(setting string) (o order, why string, ok bool) {
	row := e.row()
	if !e.differs && len(row) < 3 || !e.differs && e.bad[0] == 0 {
		return row[0], whySame, true
	}
	a, b := e.bad[0], e.bad[1]
	switch {
	case len(row) == 3 && a > 0 && b > 0 && e.better(2, 0) && e.better(2, 1):
		return row[2], whyDates, true
	case e.better(0, 1):
		return row[0], whyDates, true
	case e.better(1, 0):
		return row[1], whyDates, true
	case e.shape.year == 0 && a == b: // nobody writes the year first and the day next
		return row[0], "the year comes first", true
	}
	for _, o := range row {
		if o.name == setting {
			return o, whySetting, true
		}
	}
	day, month := e.changes[row[0].day], e.changes[row[0].month]
	switch {
	case a != b:
	case day >= 4 && day >= 4*month:
		return row[0], whyChanges, true
	case month >= 4 && month >= 4*day:
		return row[1], whyChanges, true
	}
	return order{}, "", false
}

// better tells whether order i is clearly better than order j: a text inside a message may look like a header,
// so one bad date proves nothing where the other order has bad dates too.
func (e *evidence) better(i, j int) bool {
	return e.bad[i] < e.bad[j] && e.bad[i]*10 <= e.bad[j] && e.bad[i]*10 <= e.n
}
