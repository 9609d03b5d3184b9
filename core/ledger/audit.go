package ledger

import "fmt"

// Seal is what the ledger says of one leaf file.
type Seal struct {
	Gen     int
	Shard   string
	Objects int64
	Seal    string
}

// Seals lists what is said of a sink's leaf files up to a generation.
func (l *Ledger) Seals(sink string, gen int) ([]Seal, error) {
	rows, err := l.db.Query("SELECT gen,shard,objects,seal FROM delivery WHERE sink=? AND gen<=? AND done=1 AND seal<>'' ORDER BY gen,shard", sink, gen)
	if err != nil {
		return nil, storage("read", l.dir, err)
	}
	defer rows.Close()
	var list []Seal
	for rows.Next() {
		var s Seal
		if err := rows.Scan(&s.Gen, &s.Shard, &s.Objects, &s.Seal); err != nil {
			return nil, storage("read", l.dir, err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// laws are the promises of schema.sql again, and those that span tables: what a program that writes
// into the file may break. Each query gives the generation and shard of what breaks its law.
var laws = []struct{ says, query string }{
	{"read + added is not filtered + rejected + offered", "SELECT gen,id FROM shard WHERE state='done' AND read+added<>filtered+rejected+offered"},
	{"offered is not delivered + duplicate + withheld + refused", "SELECT gen,id FROM shard WHERE state='done' AND offered<>delivered+duplicate+withheld+refused"},
	{"read is not what the source declared", "SELECT gen,id FROM shard WHERE state='done' AND exact AND declared<>read"},
	{"a sink was offered another number", "SELECT gen,id FROM shard s JOIN delivery d USING(gen) WHERE d.shard=s.id AND s.state='done' AND d.offered<>s.offered"},
	{"the counts of a sink do not add up", "SELECT gen,shard FROM delivery WHERE done AND offered<>delivered+duplicate+filtered+rejected"},
	{"a sink's counts and its leaves differ", "SELECT gen,shard FROM delivery WHERE done AND seal<>'' AND NOT objects BETWEEN delivered+split+placed AND delivered+split+placed+duplicate+rejected"},
	{"the only sink's counts differ from the shard's", `SELECT gen,id FROM shard s JOIN delivery d USING(gen) WHERE d.shard=s.id AND s.state='done'
		AND (SELECT count(*) FROM delivery o WHERE o.gen=s.gen AND o.shard=s.id)=1
		AND (s.delivered<>d.delivered OR s.duplicate<>d.duplicate OR s.withheld<>d.filtered OR s.refused<>d.rejected)`},
	{"the filters' counts differ from the shard's", "SELECT gen,id FROM shard s WHERE s.state='done' AND s.filtered<>(SELECT coalesce(sum(n),0) FROM tally t WHERE t.gen=s.gen AND t.shard=s.id AND t.kind='filtered')"},
	{"fewer shards are there than were planned", "SELECT gen,'' FROM shard GROUP BY gen HAVING count(*)<>max(seq)+1"},
}

// Audit tells which laws a finished generation breaks, in words. A ledger that only this program wrote
// breaks none, because it is refused when it is written.
func (l *Ledger) Audit(gen int) ([]string, error) {
	var broken []string
	for _, law := range laws {
		rows, err := l.db.Query("SELECT DISTINCT * FROM ("+law.query+") WHERE gen=?", gen)
		if err != nil {
			return nil, storage("read", l.dir, err)
		}
		for rows.Next() {
			var gen int
			var shard string
			if err := rows.Scan(&gen, &shard); err != nil {
				rows.Close()
				return nil, storage("read", l.dir, err)
			}
			broken = append(broken, fmt.Sprintf("unit %s: %s", shard, law.says))
		}
		if err := rows.Close(); err != nil {
			return nil, storage("read", l.dir, err)
		}
		if err := rows.Err(); err != nil {
			return nil, storage("read", l.dir, err)
		}
	}
	return broken, nil
}
