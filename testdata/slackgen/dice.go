package slackgen

import (
	"math/bits"
	"math/rand/v2"
)

// dice draws numbers whose values no library release can change: only the PCG stream itself is
// used, never the convenience methods of rand.Rand.
type dice struct{ pcg rand.PCG }

func (d *dice) seed(a, b uint64) { d.pcg.Seed(a, b) }

func (d *dice) u64() uint64 { return d.pcg.Uint64() }

// n is uniform in [0, k); k below 1 gives 0.
func (d *dice) n(k int) int {
	if k < 1 {
		return 0
	}
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(k))
	return int(hi)
}

// chance is true in permille of 1000 draws.
func (d *dice) chance(permille int) bool { return d.n(1000) < permille }

func pick[T any](d *dice, list []T) T { return list[d.n(len(list))] }

// mix spreads x over 64 bits (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	base36  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	idSpace = 101559956668416 // 36^9
)

// slackID is prefix, "0" and nine characters. Different n below 36^9 give different ids.
func slackID(prefix string, seed, n uint64) string {
	const step = 2654435761 // coprime with 36
	v := (n%idSpace*step + mix(seed)%idSpace) % idSpace
	var b [16]byte
	i := len(b)
	for range 9 {
		i--
		b[i] = base36[v%36]
		v /= 36
	}
	i--
	b[i] = '0'
	return prefix + string(b[i:])
}

const hexDigits = "0123456789abcdef"

func appendHex(b []byte, v uint64, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		b = append(b, hexDigits[v>>(4*uint(i))&15])
	}
	return b
}

// appendUUID appends a version 4 UUID made of a and b.
func appendUUID(dst []byte, a, b uint64) []byte {
	dst = append(appendHex(dst, a>>32, 8), '-')
	dst = append(appendHex(dst, a>>16&0xffff, 4), '-', '4')
	dst = append(appendHex(dst, a&0xfff, 3), '-')
	dst = append(appendHex(dst, b>>48&0x3fff|0x8000, 4), '-')
	return appendHex(dst, b&0xffffffffffff, 12)
}
