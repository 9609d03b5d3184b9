package progress

import (
	"math"
	"time"
)

// smooth is how far back the rate looks: long enough to be calm, short enough to notice a change.
const smooth = 15 * time.Second

// rate is an average over time in which the past counts less and less. At the start it equals the
// plain average.
type rate struct {
	last    time.Time
	value   float64 // what was counted at last
	sum, of float64 // decayed amount, decayed seconds
}

func (r *rate) observe(now time.Time, value float64) {
	if r.last.IsZero() {
		r.last, r.value = now, value
		return
	}
	dt := now.Sub(r.last).Seconds()
	if dt <= 0 {
		return
	}
	keep := math.Exp(-dt / smooth.Seconds())
	r.sum = r.sum*keep + (value - r.value)
	r.of = r.of*keep + dt
	r.last, r.value = now, value
}

func (r *rate) perSecond() float64 {
	if r.of == 0 {
		return 0
	}
	return max(0, r.sum/r.of)
}

// position estimates how many bytes of the source are behind us. Records are counted in their
// canonical size, which is not the size they have in the dump; shards that are done tell the ratio.
type position struct {
	total, done, active int64 // bytes of the source: of all shards, of those done, of those in work
	skipped             int64 // of done, by an earlier attempt
	ratio               float64
	reached             int64
}

// settle learns the ratio when a shard is done and read canonical bytes have been read altogether.
func (p *position) settle(read int64) {
	if here := p.done - p.skipped; here > 0 && read > 0 {
		p.ratio = (float64(here) + float64(p.active)/2) / float64(read)
	}
}

// at is between what is done and what is done or in work, and never goes back.
func (p *position) at(read int64) int64 {
	if p.total == 0 {
		return 0
	}
	ratio := p.ratio
	if ratio == 0 {
		ratio = 1
	}
	guess := p.skipped + int64(float64(read)*ratio)
	guess = min(max(guess, p.done), p.done+p.active, p.total)
	p.reached = max(p.reached, guess)
	return p.reached
}

// behind is how much of a shard of so many source bytes has been read; never all of it, for that is told apart.
func (p *position) behind(read, bytes int64) float64 {
	if bytes <= 0 {
		return 0
	}
	ratio := p.ratio
	if ratio == 0 {
		ratio = 1
	}
	return min(float64(read)*ratio/float64(bytes), 0.99)
}
