package ui

import (
	"fmt"
	"math"
	"strconv"
)

// minContrast is what WCAG 2.2 asks of text (success criterion 1.4.3, level AA).
const minContrast = 4.5

var (
	black = Colour{}
	white = Colour{0xff, 0xff, 0xff}
)

// Colour is an sRGB colour of eight bits a channel.
type Colour struct{ R, G, B uint8 }

// ParseColour reads exactly six hex digits, without '#'.
func ParseColour(hex string) (Colour, bool) {
	if len(hex) != 6 {
		return Colour{}, false
	}
	for i := range len(hex) {
		c := hex[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return Colour{}, false
		}
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return Colour{}, false
	}
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true //nolint:gosec // each shift keeps eight bits on purpose
}

// String is the CSS form, "#rrggbb".
func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// luminance is WCAG's relative luminance, 0 (black) to 1 (white).
func (c Colour) luminance() float64 {
	channel := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

// Contrast is WCAG's contrast ratio of two colours, 1 to 21.
func Contrast(a, b Colour) float64 {
	l, d := a.luminance(), b.luminance()
	if l < d {
		l, d = d, l
	}
	return (l + 0.05) / (d + 0.05)
}

// Ink is the text colour for a ground: white where that is readable, else black. One of the two always is: the worst
// ground gives 4.58.
func (c Colour) Ink() Colour {
	if Contrast(white, c) >= minContrast {
		return white
	}
	return black
}

// towards mixes a share (0 to 1) of another colour in.
func (c Colour) towards(o Colour, share float64) Colour {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Colour{mix(c.R, o.R), mix(c.G, o.G), mix(c.B, o.B)}
}
