package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/projection"
	"github.com/chatferry/chatferry/core/spill"
)

// lane brings the records of one unit to one sink: projects, hashes, orders by thread where asked, and
// sends in batches. It is for one goroutine.
type lane struct {
	run     *runner
	unit    *unit
	sink    *Sink
	earlier *leafIndex // nil in a first delivery
	writer  Writer     // nil in a survey
	leaves  *leafWriter
	stream  *projection.Stream
	conv    string
	threads *spill.Sorter // nil when the sink takes time order

	d          ledger.Delivery
	ends       ends
	tallies    tallies
	exceptions []ledger.Exception
	late       []ledger.Late
	current    string // key of the record being projected, for samples
	note       func(projection.Change)

	refused map[string]bool // keys of records of which the sink refused any part
	had     []string        // keys of records that the sink had already
	losses  int64
	changes map[changeKey]*tallyValue
	refusal error // a loss that the pipeline does not allow

	one   [1]*message.Record
	batch []byte
	sent  []sentRecord
	buf   []byte
	key   []byte
	over  bool // committed or aborted
}

// changeKey is a projection.Change by address.
type changeKey struct{ field, rule *byte }

// sentRecord is what must be known of a record in the current batch when its outcome comes.
type sentRecord struct {
	key  string
	role byte
}

// Roles of objects sent to a sink.
const (
	roleRecord  = 'r' // a record, or the first part of one
	rolePart    = 'p' // a further part of a split record
	rolePlaced  = 'h' // a placeholder for an absent first message
	roleContext = 'c' // delivered earlier, sent again so that its new replies have their place
)

// RuleRepeated is the loss of a changed message in a target that cannot replace what it has: the new
// version arrives as a second message.
const RuleRepeated = "repeated"

// batches are the buffers of lanes that are done.
var batches sync.Pool

func newLane(r *runner, i int, u *unit) *lane {
	s := &r.job.Sinks[i]
	l := &lane{run: r, unit: u, sink: s, d: ledger.Delivery{Sink: s.Name}, tallies: tallies{}, refused: map[string]bool{}, changes: map[changeKey]*tallyValue{}}
	if b, ok := batches.Get().(*[]byte); ok {
		l.batch = (*b)[:0]
	}
	if r.earlier != nil {
		l.earlier = r.earlier[i]
	}
	if s.Order == plugin.Threads && !u.directory {
		l.threads = spill.New(r.spool, sortMemory)
	}
	l.note = func(c projection.Change) {
		if c.Rule == "account" || c.Rule == "accounts" {
			return // who has which account is the identity map's to say
		}
		l.losses++
		if s.Forbidden != nil && l.refusal == nil && r.survey == nil && s.Forbidden(c.Field, c.Rule) {
			l.refusal = fault.New(fault.Config, "deliver", l.current, "allow the loss in the sink's loss block, or filter such records out",
				fmt.Errorf("%s cannot hold the field %s of this record, and the pipeline does not allow that loss", s.Name, c.Field))
		}
		// Field and rule are constants of the projection, so their addresses tell them apart; hashing the
		// texts for every change would cost more than the changes.
		key := changeKey{unsafe.StringData(c.Field), unsafe.StringData(c.Rule)}
		v := l.changes[key]
		if v == nil {
			v = l.tallies.entry("loss", c.Field, c.Rule)
			l.changes[key] = v
		}
		v.add(l.current)
	}
	return l
}

// take handles one record.
func (l *lane) take(rec *message.Record, h *holding, line, verdict string) (end, error) {
	l.d.Offered++
	l.ends.offered.add(h, 1)
	switch verdict {
	case verdictDuplicate:
		l.d.Duplicate++
		l.ends.duplicate.add(h, 1)
		return endDuplicate, nil
	case verdictRejected:
		l.d.Rejected++
		l.ends.refused.add(h, 1)
		return endRejected, nil
	}
	l.current = rec.Key()
	if l.sink.Projector.Identity() {
		l.one[0] = rec
		return l.parts(rec, h, line, l.one[:], true)
	}
	if rec.Directory() || rec.Type == message.TypeAnalysis {
		projected, keep := l.sink.Projector.Directory(rec, l.note)
		return l.parts(rec, h, line, []*message.Record{projected}, keep)
	}
	if conv := rec.ConversationKey(); l.stream == nil || conv != l.conv {
		l.stream, l.conv = l.sink.Projector.NewConversation(), conv
	}
	projected, keep := l.stream.Apply(rec, l.note)
	return l.parts(rec, h, line, projected, keep)
}

// parts passes on what became of one record: itself, several parts, or nothing. A record of which any
// part is new counts as delivered, once.
func (l *lane) parts(rec *message.Record, h *holding, line string, projected []*message.Record, keep bool) (end, error) {
	if l.refusal != nil {
		return 0, l.refusal
	}
	if !keep {
		l.d.Filtered++
		l.ends.withheld.add(h, 1)
		return endFiltered, nil
	}
	fresh := 0
	for i, p := range projected {
		// The first bytes are for the role and the moment, so that they and the line are one value to the sorter.
		sent := sourceMoment(rec, p, i)
		l.buf = append(append(l.buf[:0], 0), sent[:]...)
		var leaf [32]byte
		hashed := l.leaves != nil || l.earlier != nil
		if p != rec {
			l.buf = p.Append(l.buf)
		} else {
			l.buf = append(l.buf, line...)
		}
		switch {
		case hashed && p != rec:
			leaf = sha256.Sum256(l.buf[valueHead:])
		case hashed:
			leaf = content(line)
		}
		if m := p.Message; m != nil && m.Sent.ShiftMS != 0 {
			l.exceptions = append(l.exceptions, ledger.Exception{Sink: l.sink.Name, Key: strings.Clone(p.Key()), Verdict: ledger.Shifted, Reason: "message.sent", Detail: "+" + strconv.Itoa(m.Sent.ShiftMS) + " ms"})
		}
		role, err := l.roleOf(p, sent, leaf, fresh)
		if err != nil {
			return 0, err
		}
		if role != roleContext {
			fresh++
		}
		l.buf[0] = role
		if err := l.order(p, l.buf); err != nil {
			return 0, err
		}
	}
	if fresh == 0 {
		l.d.Duplicate++
		l.ends.duplicate.add(h, 1)
		return endDuplicate, nil
	}
	l.ends.deliver(h, projected)
	if fresh > 1 {
		l.d.Split += int64(fresh - 1)
		l.exceptions = append(l.exceptions, ledger.Exception{Sink: l.sink.Name, Key: strings.Clone(l.current), Verdict: ledger.Split, Reason: "message", Detail: strconv.Itoa(len(projected)) + " parts"})
	}
	return endSent, nil
}

// valueHead is what stands before the line in a value of the sorter: role and sourceMoment.
const valueHead = 1 + len(message.Moment{})

// sourceMoment is when p, the i-th part of rec, was sent by the source, where the target may have another time
// for it; else no moment.
func sourceMoment(rec, p *message.Record, i int) message.Moment {
	if m := rec.Message; m != nil && p != rec {
		return message.MomentOf(m.Sent.UTC).After(i) // parts follow one another
	}
	return message.Moment{}
}

// roleOf tells what a part of a record is to the sink, and notes its leaf when it is new. sent is its sourceMoment.
func (l *lane) roleOf(p *message.Record, sent message.Moment, leaf [32]byte, fresh int) (byte, error) {
	if l.earlier != nil {
		was, err := l.earlier.look(p.Key(), leaf)
		if err != nil || was == sameBefore {
			return roleContext, err
		}
		if was == otherBefore && !l.sink.Projector.Identity() && !l.unit.directory {
			l.note(projection.Change{Field: "message", Rule: RuleRepeated})
		}
	}
	if l.leaves != nil {
		l.leaves.add(p.Place(), sent, leaf)
	}
	if fresh > 0 {
		return rolePart, nil
	}
	return roleRecord, nil
}

// order sends a record at once, or keeps it until its thread is complete. The value is role, sourceMoment and line.
func (l *lane) order(p *message.Record, value []byte) error {
	if l.threads == nil {
		if value[0] == roleContext && !(l.unit.directory && l.sink.Whole) {
			return nil
		}
		return l.send(p.Key(), value[valueHead:], value[0])
	}
	root, first := p.Key(), byte('0')
	sent := ""
	if m := p.Message; m != nil {
		if m.Thread != "" && m.Thread != m.Key {
			root, first = m.Thread, '1'
		}
		sent = m.Sent.UTC
	}
	k := append(append(append(l.key[:0], p.ConversationKey()...), 0), root...)
	k = append(append(append(k, 0, first), sent...), 0)
	l.key = append(k, p.Key()...)
	return l.threads.Add(l.key, value)
}

// send puts one object into the current batch.
func (l *lane) send(key string, line []byte, role byte) error {
	if l.run.object != nil {
		l.run.object(l.sink.Name, key, string(line))
	}
	l.batch = append(append(l.batch, line...), '\n')
	l.sent = append(l.sent, sentRecord{key, role})
	if len(l.batch) >= plugin.BatchBytes {
		return l.flush()
	}
	return nil
}

// flush writes the batch and books the outcomes.
func (l *lane) flush() error {
	if len(l.sent) == 0 {
		return nil
	}
	var outcomes []plugin.Outcome
	if l.writer != nil {
		var err error
		if outcomes, err = l.writer.Write(l.batch, len(l.sent)); err != nil {
			return err
		}
		if outcomes != nil && len(outcomes) != len(l.sent) {
			return fault.New(fault.Bug, "write", l.sink.Name, "report this to the author of the sink plugin", fmt.Errorf("%d outcomes for %d records", len(outcomes), len(l.sent)))
		}
	}
	for i, s := range l.sent {
		o := plugin.Done
		if outcomes != nil {
			o = outcomes[i]
		}
		if err := l.book(s, o, i); err != nil {
			return err
		}
	}
	l.batch, l.sent = l.batch[:0], l.sent[:0]
	return nil
}

// end sends what waits for its order and the last batch.
func (l *lane) end(ctx context.Context) error {
	if l.threads != nil {
		if err := l.sendThreads(ctx); err != nil {
			return err
		}
	}
	return l.flush()
}

// commit makes the unit durable at the sink.
func (l *lane) commit() (ledger.Delivery, error) {
	if l.writer == nil {
		return l.d, nil
	}
	receipt, err := l.writer.Commit()
	if err != nil {
		return l.d, err
	}
	l.over = true
	l.d.Receipt = receipt
	if l.leaves == nil {
		return l.d, nil
	}
	err = l.leaves.commit()
	l.d.Objects, l.d.Seal = l.leaves.rows, hex.EncodeToString(l.leaves.seal[:])
	return l.d, err
}

// abort discards the unit at the sink unless it was committed.
func (l *lane) abort() {
	if l.threads != nil {
		l.threads.Close()
	}
	if l.writer != nil && !l.over {
		l.writer.Abort()
		l.over = true
	}
	if l.leaves != nil {
		l.leaves.abort()
	}
	if l.batch != nil {
		b := l.batch
		batches.Put(&b)
		l.batch = nil
	}
}
