package ui

import (
	"regexp"
	"strings"
	"testing"
)

// vars reads the custom properties of a rule.
func vars(t *testing.T, rule string) map[string]Colour {
	t.Helper()
	out := map[string]Colour{}
	for _, m := range regexp.MustCompile(`--([a-z-]+):#([0-9a-f]{6})`).FindAllStringSubmatch(rule, -1) {
		c, ok := ParseColour(m[2])
		if !ok {
			t.Fatalf("%s is %q", m[1], m[2])
		}
		out[m[1]] = c
	}
	return out
}

// split gives the rule of each scheme.
func split(t *testing.T, css string) (lightRule, darkRule string) {
	t.Helper()
	a, b, found := strings.Cut(css, "@media(prefers-color-scheme:dark)")
	if !found {
		t.Fatalf("one rule only: %s", css)
	}
	return a, b
}

func TestAccentIsReadableInBothSchemes(t *testing.T) {
	t.Parallel()
	every(func(c Colour) {
		a, b := split(t, Look{Accent: c.String()[1:]}.CSS())
		for scheme, rule := range map[theme]string{light: a, dark: b} {
			v := vars(t, rule)
			if !scheme.readable(v["accent"]) || Contrast(v["accent"], v["on-accent"]) < minContrast {
				t.Errorf("%s: the accent %v became %v with %v on it", scheme.name, c, v["accent"], v["on-accent"])
			}
		}
	})
	if got := (Look{Accent: "0f5c63"}).CSS(); !strings.Contains(got, "--accent:#0f5c63;") {
		t.Errorf("a readable colour was changed: %s", got)
	}
}

func TestFontColorIsReadableInBothSchemes(t *testing.T) {
	t.Parallel()
	every(func(c Colour) {
		a, b := split(t, Look{FontColor: c.String()[1:]}.CSS())
		for scheme, rule := range map[theme]string{light: a, dark: b} {
			v := vars(t, rule)
			if !scheme.readable(v["ink"]) || !scheme.readable(v["soft"]) {
				t.Errorf("%s: the font colour %v became %v, soft %v", scheme.name, c, v["ink"], v["soft"])
			}
		}
	})
}

// TestAnyBackgroundIsReadable holds every pair of words and ground that app.css makes to WCAG's contrast, on backgrounds and with
// font and element colours from the whole cube.
func TestAnyBackgroundIsReadable(t *testing.T) {
	t.Parallel()
	pairs := [][2]string{
		{"ink", "sheet"},
		{"ink", "sunk"},
		{"ink", "tint"},
		{"ink", "bad-tint"},
		{"ink", "warn-tint"},
		{"ink", "good-tint"},
		{"soft", "sheet"},
		{"soft", "sunk"},
		{"accent", "sheet"},
		{"accent", "sunk"},
		{"accent", "tint"},
		{"on-accent", "accent"},
		{"bad", "sheet"},
		{"bad", "bad-tint"},
		{"warn", "sheet"},
		{"warn", "warn-tint"},
		{"good", "sheet"},
		{"good", "good-tint"},
		{"on-fill", "fill"},
	}
	some := []string{"", "000000", "ffffff", "0000ff", "ffff00", "808080", "c00000"}
	every(func(c Colour) {
		for _, other := range some {
			l := Look{Background: c.String()[1:], FontColor: other, Elements: other, ElementsInk: "ffff00"}
			v := vars(t, l.CSS())
			for _, p := range pairs {
				a, known := v[p[0]]
				if !known && p[0] == "on-fill" && other == "" {
					continue
				}
				if got := Contrast(a, v[p[1]]); got < minContrast {
					t.Fatalf("on %v with %q: %s on %s has contrast %.2f", c, other, p[0], p[1], got)
				}
			}
			if got := Contrast(v["edge"], v["sheet"]); got < minEdge {
				t.Fatalf("on %v the edges have contrast %.2f", c, got)
			}
		}
	})
}

// TestABackgroundHoldsInBothSchemes: the page around ours does not change with the reader's preference.
func TestABackgroundHoldsInBothSchemes(t *testing.T) {
	t.Parallel()
	for background, scheme := range map[string]string{"ffffff": "light", "fff8e7": "light", "101418": "dark", "1e1e5a": "dark"} {
		got := Look{Background: background}.CSS()
		if !strings.HasPrefix(got, ":root{color-scheme:"+scheme+";") || strings.Contains(got, "@media") {
			t.Errorf("on %s: %s", background, got)
		}
	}
}

func TestButtonsKeepTheColourGiven(t *testing.T) {
	t.Parallel()
	// Linxo's own example: yellow elements, which cannot be words on white, are buttons all the same, with an edge.
	css := Look{Elements: "ffff00", ElementsInk: "0000ff"}.CSS()
	a, _ := split(t, css)
	v := vars(t, a)
	if v["fill"] != (Colour{0xff, 0xff, 0}) || v["on-fill"] != (Colour{0, 0, 0xff}) || v["accent"] == v["fill"] {
		t.Errorf("the button is %v with %v, the accent %v", v["fill"], v["on-fill"], v["accent"])
	}
	if _, ok := v["fill-edge"]; !ok {
		t.Error("a yellow button on white has no edge")
	}
	a, _ = split(t, Look{Elements: "ffff00", ElementsInk: "ffffff"}.CSS())
	if v = vars(t, a); v["on-fill"] != black {
		t.Errorf("white on yellow became %v, want black", v["on-fill"])
	}
}

func TestFonts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Arial": `:root{--font:"Arial",system-ui,sans-serif}`, "Trebuchet MS": `:root{--font:"Trebuchet MS",system-ui,sans-serif}`, "serif": `:root{--font:serif}`,
	} {
		if got := (Look{Font: name}).CSS(); got != want {
			t.Errorf("font %q gives %s, want %s", name, got, want)
		}
	}
	if got, want := (Look{ElementsFont: "Georgia"}).CSS(), `:root{--elements-font:"Georgia",system-ui,sans-serif}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestButtonRadius(t *testing.T) {
	t.Parallel()
	for given, want := range map[int]string{-3: "0px", 0: "0px", 8: "8px", 9999: "48px"} {
		if got := (Look{ButtonRadius: &given}).CSS(); got != ":root{--button-round:"+want+"}" {
			t.Errorf("%d gives %s", given, got)
		}
	}
}

// TestLookTakesNothingAsItCame: what is no colour and no name of letters changes nothing (R46, A58).
func TestLookTakesNothingAsItCame(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"red;}body{display:none", "</style><script>alert(1)</script>", "url(https://evil.example/)", `a";}x{`, "Arial, serif", "a\\22", "é", " Arial",
		"expression(alert(1))", "@import", "var(--x)", strings.Repeat("a", 41),
	} {
		l := Look{Accent: bad, Elements: bad, ElementsInk: bad, FontColor: bad, Background: bad, Font: bad, ElementsFont: bad}
		if got := l.CSS(); got != "" {
			t.Errorf("%q gave %s", bad, got)
		}
	}
	if got := (Look{}).CSS(); got != "" {
		t.Errorf("nothing gave %s", got)
	}
}
