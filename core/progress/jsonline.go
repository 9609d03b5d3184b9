package progress

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// jsonEvery is how often a progress event is given.
const jsonEvery = time.Second

type jsonLines struct {
	w     io.Writer
	level Level
	next  time.Time
}

// NewJSON returns a printer of JSON events, described in the package comment.
func NewJSON(w io.Writer, level Level) Printer { return &jsonLines{w: w, level: level} }

type jsonHead struct {
	Event string `json:"event"`
	Time  string `json:"time"`
}

func head(event string, at time.Time) jsonHead {
	return jsonHead{event, at.UTC().Format("2006-01-02T15:04:05.000Z")}
}

func (j *jsonLines) write(v any) {
	raw, err := json.Marshal(v)
	if err != nil { // only a float that is no number can do this, and round lets none through
		return
	}
	j.w.Write(append(safe.JSON(raw), '\n'))
}

func (j *jsonLines) Event(e Event) {
	switch {
	case e.Ended != nil:
		j.progress(*e.Ended)
	case e.Plan != nil:
		j.next = e.At.Add(jsonEvery)
		var total int64
		for _, s := range e.Plan.Shards {
			total += s.Bytes
		}
		j.write(struct {
			jsonHead
			Stage   Stage   `json:"stage"`
			Resumed bool    `json:"resumed,omitempty"`
			Bytes   int64   `json:"bytes,omitempty"`
			Shards  []Shard `json:"shards"`
		}{head("start", e.At), e.Plan.Stage, e.Plan.Resumed, total, append([]Shard{}, e.Plan.Shards...)})
	case e.Shard != nil:
		j.write(struct {
			jsonHead
			ID    string `json:"id"`
			Label string `json:"label,omitempty"`
			State State  `json:"state"`
		}{head("shard", e.At), e.Shard.ID, e.Shard.Label, e.Shard.State})
	case e.Reject != nil:
		j.write(struct {
			jsonHead
			Shard  string `json:"shard"`
			Reason string `json:"reason"`
			File   string `json:"file,omitempty"`
			Index  string `json:"index,omitempty"`
		}{head("reject", e.At), e.Reject.Shard, e.Reject.Reason, e.Reject.File, e.Reject.Index})
	case e.Log != nil && e.Log.Level.AtLeast(j.level):
		j.write(struct {
			jsonHead
			Level Level  `json:"level"`
			Text  string `json:"text"`
		}{head("log", e.At), e.Log.Level, e.Log.Text})
	case e.Summary != nil:
		j.write(struct {
			jsonHead
			Summary *report.Summary `json:"summary"`
		}{head("done", e.At), e.Summary})
	}
}

func (j *jsonLines) Tick(s Snapshot) {
	if !s.At.Before(j.next) {
		j.next = s.At.Add(jsonEvery)
		j.progress(s)
	}
}

func (j *jsonLines) Close() {}

func (j *jsonLines) progress(s Snapshot) {
	v := struct {
		jsonHead
		Stage      Stage    `json:"stage"`
		Seconds    float64  `json:"seconds"`
		Read       int64    `json:"read"`
		Delivered  int64    `json:"delivered"`
		Duplicate  int64    `json:"duplicate"`
		Filtered   int64    `json:"filtered"`
		Rejected   int64    `json:"rejected"`
		Split      int64    `json:"split"`
		Losses     int64    `json:"losses"`
		Media      int64    `json:"media"`
		MediaBytes int64    `json:"media_bytes"`
		Shards     int      `json:"shards"`
		ShardsDone int      `json:"shards_done"`
		Active     []string `json:"active,omitempty"`
		Bytes      int64    `json:"bytes"`
		BytesTotal int64    `json:"bytes_total,omitempty"`
		Percent    *float64 `json:"percent,omitempty"`
		PerSecond  float64  `json:"records_per_second"`
		BytesRate  float64  `json:"bytes_per_second"`
		Left       *float64 `json:"seconds_left,omitempty"`
	}{
		jsonHead: head("progress", s.At), Stage: s.Stage, Seconds: round(s.Elapsed.Seconds()), Read: s.Read, Delivered: s.Delivered,
		Duplicate: s.Duplicate, Filtered: s.Filtered, Rejected: s.Rejected, Split: s.Split, Losses: s.Losses, Media: s.Media,
		MediaBytes: s.MediaBytes, Shards: s.Shards, ShardsDone: s.ShardsDone, Active: s.Active, Bytes: s.Position, BytesTotal: s.Total,
		PerSecond: round(s.PerSecond), BytesRate: round(s.BytesRate),
	}
	if s.Percent >= 0 {
		p := round(s.Percent)
		v.Percent = &p
	}
	if s.LeftKnown {
		left := round(s.Left.Seconds())
		v.Left = &left
	}
	j.write(v)
}

// round keeps one digit after the point.
func round(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return math.Round(f*10) / 10
}
