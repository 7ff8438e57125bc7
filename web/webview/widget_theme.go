package webview

import (
	"strconv"
	"strings"

	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// readTheme reads what the client application wants of the pages' look. What cannot be read is left out, and the pages keep their own
// look there: nobody is kept from connecting a bank by a colour.
func readTheme(q *startQuery) connect.Theme {
	colour := func(name string) string {
		c, _ := parseColour(q.values.Get(name))
		return c
	}
	t := connect.Theme{
		Font: fontOf(q.values.Get("font")), ElementsFont: fontOf(q.values.Get("elements_font")),
		FontColor: colour("font_color"), BackgroundColor: colour("background_color"),
		ElementsColor: colour("elements_color"), ElementsFontCol: colour("elements_font_color"),
		ButtonRadius: pixels(q.values.Get("button_radius")),
	}
	if shown, err := q.flag("display_header"); err == nil && q.values.Has("display_header") {
		t.HideHeader = !shown
	}
	return t
}

// withTheme gives a page the look that its visit was asked to have.
func withTheme(b page.Base, r connect.Request) page.Base {
	if r.Widget == nil {
		return b
	}
	t := r.Widget.Theme
	b.HideHeader = t.HideHeader
	b.Look = page.Look{
		Elements: t.ElementsColor, ElementsInk: t.ElementsFontCol, FontColor: t.FontColor, Background: t.BackgroundColor,
		Font: t.Font, ElementsFont: t.ElementsFont, ButtonRadius: t.ButtonRadius,
	}
	return b
}

// mostFont is the longest name of a font family.
const mostFont = 40

// fontOf is the first family of a CSS list, without its quotes; "" for what is no plain name. Names alone are taken: nothing is
// fetched, so one that a device lacks is simply another font there.
func fontOf(list string) string {
	name, _, _ := strings.Cut(list, ",")
	name = strings.TrimSpace(name)
	if n := len(name); n >= 2 && (name[0] == '"' || name[0] == '\'') && name[n-1] == name[0] {
		name = strings.TrimSpace(name[1 : n-1])
	}
	if len(name) > mostFont {
		return ""
	}
	for _, r := range name {
		if r != ' ' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return ""
		}
	}
	return name
}

// mostRadius is the roundest that a button may be, in CSS pixels.
const mostRadius = 48

// pixels reads a length in CSS pixels, with or without its unit; nil for anything else.
func pixels(given string) *int {
	given = strings.TrimSpace(given)
	digits, _ := strings.CutSuffix(given, "px")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || len(digits) > 4 || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	n = min(n, mostRadius)
	return &n
}
