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

// theme holds the grounds that an accent is read on, as app.css has them (--sheet, --sunk), and the end that makes an
// accent readable there. A third ground is the sheet with a tenth of the accent itself (--tint).
type theme struct{ sheet, sunk, end Colour }

var (
	light = theme{sheet: white, sunk: Colour{0xf4, 0xf6, 0xf5}, end: black}
	dark  = theme{sheet: Colour{0x16, 0x1d, 0x21}, sunk: Colour{0x1e, 0x27, 0x2b}, end: white}
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

// readable says whether a colour can be text on all grounds of the theme.
func (t theme) readable(c Colour) bool {
	for _, ground := range []Colour{t.sheet, t.sunk, t.sheet.towards(c, 0.1)} {
		if Contrast(c, ground) < minContrast {
			return false
		}
	}
	return true
}

// adapt moves a colour towards the theme's end, in steps of a twentieth, until it is readable.
func (t theme) adapt(c Colour) Colour {
	for i := range 20 {
		if m := c.towards(t.end, float64(i)/20); t.readable(m) {
			return m
		}
	}
	return t.end
}

// Palette is a client application's colour made safe for both themes: as a button's ground and as text.
type Palette struct{ Light, Dark Colour }

// NewPalette derives the palette from six hex digits; false when they are not that.
func NewPalette(hex string) (Palette, bool) {
	c, ok := ParseColour(hex)
	if !ok {
		return Palette{}, false
	}
	return Palette{Light: light.adapt(c), Dark: dark.adapt(c)}, true
}

// CSS sets the custom properties that app.css reads. It holds nothing but fixed text and hex digits.
func (p Palette) CSS() string {
	return ":root{--accent:" + p.Light.String() + ";--on-accent:" + p.Light.Ink().String() + "}" +
		"@media(prefers-color-scheme:dark){:root{--accent:" + p.Dark.String() + ";--on-accent:" + p.Dark.Ink().String() + "}}"
}
