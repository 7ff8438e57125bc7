package ui

import (
	"strconv"
	"strings"
)

// Look is what a client application may change of the pages' look. Nothing of it reaches the style sheet as it came: colours
// are read and written anew, made readable where they are not, and a font is a name of letters (R46).
//
// In the dark: colours without a background are fitted to each of the two schemes. A background is meant to go on from the page
// around ours, which does not change with the reader's preference; so it holds in both, and everything on it is fitted to it.
type Look struct {
	// Accent is the colour of buttons, links and marks. Elements, Linxo's word, is that of buttons, as it was given, and of links
	// and marks as far as it can be read.
	Accent, Elements string
	// ElementsInk is the colour of the words on buttons, FontColor that of all others, Background that of the page.
	ElementsInk, FontColor, Background string
	// Font and ElementsFont are families that the reader's device may have: nothing is fetched.
	Font, ElementsFont string
	// ButtonRadius is in CSS pixels; nil leaves it.
	ButtonRadius *int
}

// mostRadius is a button's half height: rounder it cannot be.
const mostRadius = 48

// CSS sets the custom properties that app.css reads; "" where nothing is to be changed. It holds nothing but fixed text, hex
// digits, numbers, and names of letters in quotes.
func (l Look) CSS() string {
	shapes := l.shapes()
	if sheet, ok := ParseColour(l.Background); ok {
		t := themeOn(sheet)
		return ":root{color-scheme:" + t.name + shapes + t.all(l.FontColor, l.accent(t)) + l.elements(t) + "}"
	}
	lightVars, darkVars := l.colours(light), l.colours(dark)
	if lightVars == "" && shapes == "" {
		return ""
	}
	out := ":root{" + strings.TrimPrefix(shapes+lightVars, ";") + "}"
	if darkVars != "" {
		out += "@media(prefers-color-scheme:dark){:root{" + strings.TrimPrefix(darkVars, ";") + "}}"
	}
	return out
}

// shapes are what is the same in both schemes.
func (l Look) shapes() string {
	out := ""
	if name, ok := family(l.Font); ok {
		out += ";--font:" + name
	}
	if name, ok := family(l.ElementsFont); ok {
		out += ";--elements-font:" + name
	}
	if l.ButtonRadius != nil {
		out += ";--button-round:" + strconv.Itoa(min(max(*l.ButtonRadius, 0), mostRadius)) + "px"
	}
	return out
}

// generic are the families that CSS itself names, which stand without quotes.
var generic = map[string]bool{"serif": true, "sans-serif": true, "monospace": true, "cursive": true, "system-ui": true}

// family is a font family as a CSS value, with a way out for devices that lack it; false for what is no plain name.
func family(name string) (string, bool) {
	if generic[name] {
		return name, true
	}
	if name == "" || len(name) > 40 || strings.Trim(name, " ") != name {
		return "", false
	}
	for _, r := range name {
		if r != ' ' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return "", false
		}
	}
	return `"` + name + `",system-ui,sans-serif`, true
}

// colours are the client application's on one of the two schemes.
func (l Look) colours(t theme) string {
	out := ""
	if c, ok := ParseColour(l.FontColor); ok {
		ink := t.adapt(c)
		out += set("ink", ink) + set("soft", t.soft(ink))
	}
	return out + l.elements(t)
}

// accent is the colour of links and marks: the client application's as far as it can be read, or the pages' own.
func (l Look) accent(t theme) Colour {
	for _, given := range []string{l.Elements, l.Accent} {
		if c, ok := ParseColour(given); ok {
			return t.adapt(c)
		}
	}
	return t.adapt(schemes[t.name].accent)
}

// elements are the colours of buttons and marks.
func (l Look) elements(t theme) string {
	fill, filled := ParseColour(l.Elements)
	_, accented := ParseColour(l.Accent)
	if !filled && !accented && !t.own {
		return ""
	}
	accent := l.accent(t)
	out := set("accent", accent) + set("on-accent", accent.Ink())
	if t.own {
		out += set("tint", t.tint(accent))
	}
	if !filled {
		return out
	}
	ink := fill.Ink()
	if wanted, ok := ParseColour(l.ElementsInk); ok && Contrast(wanted, fill) >= minContrast {
		ink = wanted
	}
	out += set("fill", fill) + set("on-fill", ink)
	if Contrast(fill, t.sheet) < minEdge {
		out += set("fill-edge", t.edge())
	}
	return out
}

func set(name string, c Colour) string { return ";--" + name + ":" + c.String() }
