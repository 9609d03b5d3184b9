package html

import (
	"encoding/binary"
	"strconv"

	"github.com/chatferry/chatferry/core/spill"
)

// The search shows the newest messages first. search/pages.js lists all pages by the time of their last
// message, and search/times-N.js the times of the messages of pagesPerShard pages in that order, so that the
// newest hits are known before a page is loaded. Times are minutes since 1970.
const (
	pagesPerShard = 64
	noTime        = -1 << 40 // of a record that is no message
)

// pageTimes notes a page: unit and number in it, conversation in the unit and number in that, and the times of
// its records.
func (s *site) pageTimes(unit, page, room, n int, minutes []int64) error {
	first, last := int64(1<<40), int64(noTime)
	for _, m := range minutes {
		if m != noTime {
			first, last = min(first, m), max(last, m)
		}
	}
	if last == noTime {
		first = last
	}
	key := binary.BigEndian.AppendUint64(nil, uint64(1<<50-last)) // the newest first
	key = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(key, uint32(unit)), uint32(page))
	val := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(room)), uint32(n))
	val = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(val, uint64(first)), uint64(last))
	for _, m := range minutes {
		val = appendNumber(val, uint32(max(m, first)-first))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times.Add(key, val)
}

// timeShards writes the list of pages and the times of their messages. base is the number of each unit's
// first page in the whole site.
func (s *site) timeShards(from *spill.Sorter, base []uint32) error {
	at := map[*roomEntry]int{}
	for i, e := range s.rooms {
		at[e] = i
	}
	it, err := from.Sort()
	if err != nil {
		return err
	}
	table := []byte("ferry.pages(`")
	var shard []byte
	n := 0
	flush := func() error {
		b := strconv.AppendInt([]byte("ferry.shard("), int64((n-1)/pagesPerShard), 10)
		b = append(append(append(b, ",`"...), shard...), "`);\n"...)
		shard = shard[:0]
		return s.out.file("search/times-"+strconv.Itoa((n-1)/pagesPerShard)+".js", b)
	}
	for it.Next() {
		k, v := it.Key(), it.Value()
		unit := binary.BigEndian.Uint32(k[8:])
		first, last := int64(binary.BigEndian.Uint64(v[8:])), int64(binary.BigEndian.Uint64(v[16:]))
		for i, x := range []int64{int64(at[s.units[unit].rooms[binary.BigEndian.Uint32(v)]]), int64(binary.BigEndian.Uint32(v[4:])),
			int64(base[unit] + binary.BigEndian.Uint32(k[12:])), first, last - first} {
			if i > 0 {
				table = append(table, ' ')
			}
			table = strconv.AppendInt(table, x, 10)
		}
		table = append(table, '\n')
		shard = append(append(shard, v[24:]...), '\n')
		if n++; n%pagesPerShard == 0 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	if n%pagesPerShard != 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return s.out.file("search/pages.js", append(table, "`);\n"...))
}

// minuteNumber is the minute of a time of the model, counted from 1 January 1970.
func minuteNumber(utc string) int64 {
	number := func(from, to int) (n int64) {
		for _, c := range []byte(utc[from:to]) {
			n = n*10 + int64(c-'0')
		}
		return n
	}
	y, m, d := number(0, 4), number(5, 7), number(8, 10)
	if m <= 2 { // years begin in March, so that the leap day is the last
		y, m = y-1, m+12
	}
	days := 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 719469
	return days*1440 + number(11, 13)*60 + number(14, 16)
}
