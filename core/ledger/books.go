package ledger

// Book is what became of a unit's records at one sink: read + added = filtered + rejected + offered, and
// offered = delivered + duplicate + no place + refused.
type Book struct {
	Unit, Sink                                        string
	Directory                                         bool // people, conversations, memberships and emoji
	Read, Added, Filtered, Rejected, Offered          int64
	Delivered, Duplicate, NoPlace, Refused            int64
	Split, Placed, MediaRefs, MediaPresent, MediaGone int64
	First, Last                                       string
}

// Books yields a generation's books in plan order, then by sink.
func (l *Ledger) Books(gen int, yield func(*Book) error) error {
	rows, err := l.db.Query("SELECT s.id,d.sink,s.directory,s.read,s.added,s.filtered,s.rejected,s.offered,d.delivered,d.duplicate,d.filtered,d.rejected,d.split,d.placed,s.media_refs,s.media_present,s.media_absent,s.first,s.last FROM shard s JOIN delivery d ON d.gen=s.gen AND d.shard=s.id WHERE s.gen=? ORDER BY s.seq,d.sink", gen)
	if err != nil {
		return storage("read", l.dir, err)
	}
	defer rows.Close()
	for rows.Next() {
		var b Book
		if err := rows.Scan(&b.Unit, &b.Sink, &b.Directory, &b.Read, &b.Added, &b.Filtered, &b.Rejected, &b.Offered, &b.Delivered, &b.Duplicate, &b.NoPlace, &b.Refused,
			&b.Split, &b.Placed, &b.MediaRefs, &b.MediaPresent, &b.MediaGone, &b.First, &b.Last); err != nil {
			return storage("read", l.dir, err)
		}
		if err := yield(&b); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return storage("read", l.dir, err)
	}
	return nil
}
