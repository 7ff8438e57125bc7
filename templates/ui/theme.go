package ui

// minEdge is what WCAG 2.2 asks of the edges of a control (success criterion 1.4.11).
const minEdge = 3

// theme holds the grounds that an accent is read on, as app.css has them (--sheet, --sunk), and the end that makes an
// accent readable there. A third ground is the sheet with a tenth of the accent itself (--tint), unless the theme is flat.
type theme struct {
	name             string
	sheet, sunk, end Colour
	// own says that the sheet is a client application's, and every colour on it has to be made; flat that it leaves no room for
	// tints: a middle grey is barely readable as it is.
	own, flat bool
}

var (
	light = theme{name: "light", sheet: white, sunk: Colour{0xf4, 0xf6, 0xf5}, end: black}
	dark  = theme{name: "dark", sheet: Colour{0x16, 0x1d, 0x21}, sunk: Colour{0x1e, 0x27, 0x2b}, end: white}
)

// hues are the colours of a scheme as app.css has them: words, what is bad, to be watched and good, and the accent.
type hues struct{ ink, bad, warn, good, accent Colour }

var schemes = map[string]hues{
	"light": {Colour{0x14, 0x20, 0x1f}, Colour{0xa3, 0x26, 0x1b}, Colour{0x7a, 0x4a, 0x00}, Colour{0x17, 0x68, 0x3a}, Colour{0x0f, 0x5c, 0x63}},
	"dark":  {Colour{0xe9, 0xef, 0xee}, Colour{0xff, 0x9d, 0x91}, Colour{0xf0, 0xc0, 0x69}, Colour{0x7f, 0xd6, 0xa0}, Colour{0x6f, 0xc6, 0xc4}},
}

// roomy is the contrast of words and sheet from which on tints and sunk grounds still leave the words readable.
const roomy = 8

// themeOn makes the theme of a sheet of any colour.
func themeOn(sheet Colour) theme {
	t := theme{name: "light", sheet: sheet, end: black, own: true}
	if Contrast(white, sheet) > Contrast(black, sheet) {
		t.name, t.end = "dark", white
	}
	t.flat = Contrast(t.end, sheet) < roomy
	t.sunk = sheet.towards(t.end, 0.05)
	if t.flat {
		// Away from the words, so that they gain by it.
		t.sunk = sheet.towards(Colour{255 - t.end.R, 255 - t.end.G, 255 - t.end.B}, 0.08)
	}
	return t
}

// readable says whether a colour can be text on all grounds of the theme, and on further ones.
func (t theme) readable(c Colour, further ...Colour) bool {
	for _, ground := range append([]Colour{t.sheet, t.sunk, t.tint(c)}, further...) {
		if Contrast(c, ground) < minContrast {
			return false
		}
	}
	return true
}

// tint is the ground that goes with a colour.
func (t theme) tint(c Colour) Colour {
	if t.flat {
		return t.sunk
	}
	return t.sheet.towards(c, 0.1)
}

// adapt moves a colour towards the theme's end, in steps of a twentieth, until it is readable.
func (t theme) adapt(c Colour, further ...Colour) Colour {
	for i := range 20 {
		if m := c.towards(t.end, float64(i)/20); t.readable(m, further...) {
			return m
		}
	}
	return t.end
}

// soft is the colour of words that step back, edge that of the edges of controls.
func (t theme) soft(ink Colour) Colour { return t.adapt(ink.towards(t.sheet, 0.3)) }

func (t theme) edge() Colour {
	for i := 8; i < 20; i++ {
		if m := t.sheet.towards(t.end, float64(i)/20); Contrast(m, t.sheet) >= minEdge {
			return m
		}
	}
	return t.end
}

// all are the colours of a sheet of the client application's own, but for those of its elements. An unreadable font colour is
// made readable, and one that is none is the scheme's own.
func (t theme) all(fontColor string, accent Colour) string {
	own, marks := schemes[t.name], ""
	tints := []Colour{t.tint(accent)}
	for _, h := range []struct {
		name string
		c    Colour
	}{{"bad", own.bad}, {"warn", own.warn}, {"good", own.good}} {
		c := t.adapt(h.c)
		marks += set(h.name, c) + set(h.name+"-tint", t.tint(c))
		tints = append(tints, t.tint(c))
	}
	ink, ok := ParseColour(fontColor)
	if !ok {
		ink = own.ink
	}
	ink = t.adapt(ink, tints...)
	return set("ground", t.sheet) + set("sheet", t.sheet) + set("sunk", t.sunk) + set("ink", ink) + set("soft", t.soft(ink)) +
		set("line", t.sheet.towards(t.end, 0.18)) + set("edge", t.edge()) + ";--shadow:none" + marks
}
