package slackgen

import (
	"encoding/binary"
	"hash/adler32"
)

// A scene is a picture to look at: a ferry before hills, at one of four times of the day. It has one byte a pixel,
// and whole numbers only, so that every machine draws the same.
const (
	sceneWide, sceneHigh = 960, 640
	horizon              = 400
)

type rgb [3]int

// moments are sky above, sky at the horizon, sea near, sea far, hills, sun.
var moments = [4][6]rgb{
	{{92, 124, 180}, {255, 205, 170}, {58, 92, 130}, {190, 170, 175}, {104, 112, 150}, {255, 236, 190}},
	{{70, 150, 225}, {205, 232, 246}, {18, 92, 140}, {96, 168, 198}, {74, 124, 104}, {255, 250, 225}},
	{{60, 50, 110}, {255, 140, 90}, {40, 40, 84}, {220, 120, 100}, {70, 52, 92}, {255, 214, 120}},
	{{10, 16, 38}, {44, 62, 104}, {8, 18, 40}, {36, 56, 96}, {16, 24, 44}, {236, 238, 220}},
}

// Places in the palette: 64 shades of sky, 64 of sea, then single colours.
const (
	inSky, inSea                                                                 = 0, 64
	inHill, inSun, inHull, inStripe, inDeck, inWindow, inFunnel, inSmoke, inFoam = 128, 129, 130, 131, 132, 133, 134, 135, 136
)

func scenePalette(seed uint64) []byte {
	m := moments[seed%4]
	p := make([]byte, 137*3)
	put := func(i int, c rgb) { p[i*3], p[i*3+1], p[i*3+2] = byte(c[0]), byte(c[1]), byte(c[2]) }
	blend := func(a, b rgb, n, of int) (c rgb) {
		for i := range c {
			c[i] = a[i] + (b[i]-a[i])*n/of
		}
		return c
	}
	for i := range 64 {
		put(inSky+i, blend(m[0], m[1], i, 63))
		put(inSea+i, blend(m[3], m[2], i, 63))
	}
	night := rgb{}
	lit := func(c rgb) rgb { return blend(c, night, []int{1, 0, 2, 5}[seed%4], 8) }
	for i, c := range map[int]rgb{inHill: m[4], inSun: m[5], inHull: lit(rgb{20, 74, 92}), inStripe: lit(rgb{200, 60, 50}), inDeck: lit(rgb{246, 244, 236}),
		inFunnel: lit(rgb{int(60 + seed>>8%180), int(60 + seed>>16%150), int(60 + seed>>24%120)}), inSmoke: blend(m[1], rgb{150, 150, 150}, 1, 2), inFoam: blend(m[3], rgb{255, 255, 255}, 1, 2)} {
		put(i, c)
	}
	put(inWindow, []rgb{{150, 190, 210}, {90, 140, 170}, {255, 220, 140}, {255, 214, 110}}[seed%4])
	return p
}

// wave goes up and down between 0 and high, once every length.
func wave(x, length, high int) int {
	x = ((x % length) + length) % length
	return min(x, length-x) * 2 * high / length
}

func within(x, y, cx, cy, r int) bool { return (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r }

// scenePixel is the place in the palette of one pixel.
func scenePixel(seed uint64, x, y int) byte {
	shift := int(seed >> 4 % 240)
	bx, by := x-180-shift, y // as the ferry sees it: its stern is at 0, its deck line at 372
	switch {
	case by >= 372 && by < 440 && bx > (by-372)/4 && bx < 470-(by-372)*2/3:
		if by < 380 {
			return inStripe
		}
		return inHull
	case by >= 330 && by < 372 && bx > 14 && bx < 410+(372-by)/3:
		if by > 340 && by < 356 && bx > 30 && bx < 400 && bx%26 < 16 {
			return inWindow
		}
		return inDeck
	case by >= 296 && by < 330 && bx > 60 && bx < 360:
		if by > 304 && by < 318 && bx%22 < 13 && bx > 74 && bx < 350 {
			return inWindow
		}
		return inDeck
	case by >= 268 && by < 296 && bx > 270 && bx < 344:
		if by > 274 && by < 286 && bx > 300 {
			return inWindow
		}
		return inDeck
	case by >= 240 && by < 296 && bx > 120-(by-240)/6 && bx < 176:
		if by > 252 && by < 262 {
			return inDeck
		}
		return inFunnel
	case within(bx, by, 120, 214, 18), within(bx, by, 84, 196, 24), within(bx, by, 36, 176, 30):
		return inSmoke
	case y >= horizon:
		far := (y - horizon) * 63 / (sceneHigh - horizon)
		step := 6 + (y-horizon)/9
		if ripple := (y + wave(x+shift*3+y*7, 90+y/6, step)) % (step * 2); ripple < 2 && wave(x*3+y*31, 200, 9) > 4 {
			return inFoam
		}
		return byte(inSea + min(63, far+wave(x+y*5, 120, 4)))
	case y > horizon-20-wave(x+shift*2, 520, 90)-wave(x+int(seed>>12%300), 170, 26):
		return inHill
	case within(x, y, 760-int(seed>>20%300), 120+int(seed>>30%90), 38):
		return inSun
	}
	return byte(inSky + y*63/horizon)
}

// scene is the PNG of it, in stored blocks: its bytes depend on no compressor.
func scene(seed uint64) []byte {
	be, le := binary.BigEndian, binary.LittleEndian
	rows := make([]byte, 0, (sceneWide+1)*sceneHigh)
	for y := range sceneHigh {
		rows = append(rows, 0)
		for x := range sceneWide {
			rows = append(rows, scenePixel(seed, x, y))
		}
	}
	z := []byte{0x78, 0x01}
	for rest := rows; len(rest) > 0; {
		n := min(len(rest), 0xffff)
		last := byte(0)
		if n == len(rest) {
			last = 1
		}
		z = le.AppendUint16(le.AppendUint16(append(z, last), uint16(n)), ^uint16(n))
		z = append(z, rest[:n]...)
		rest = rest[n:]
	}
	z = be.AppendUint32(z, adler32.Checksum(rows))
	b := appendChunk([]byte("\x89PNG\r\n\x1a\n"), "IHDR", append(be.AppendUint32(be.AppendUint32(nil, sceneWide), sceneHigh), 8, 3, 0, 0, 0))
	return appendChunk(appendChunk(appendChunk(b, "PLTE", scenePalette(seed)), "IDAT", z), "IEND", nil)
}
