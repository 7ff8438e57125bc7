package ui

import "testing"

func TestParseColour(t *testing.T) {
	t.Parallel()
	if got, ok := ParseColour("1f5F8b"); !ok || got != (Colour{0x1f, 0x5f, 0x8b}) {
		t.Errorf("ParseColour(1f5F8b) = %v %v", got, ok)
	}
	// A client application's colour is text from outside: nothing but six hex digits may reach the style sheet (A58).
	for _, bad := range []string{"", "fff", "#1f5f8b", "1f5f8g", "1f5f8b;", "red", "1f5f8b}", "+1f5f8", "0x1f5f", "１f5f8"} {
		if got, ok := ParseColour(bad); ok {
			t.Errorf("ParseColour(%q) = %v, want refused", bad, got)
		}
	}
}

func TestContrast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b Colour
		want float64
	}{
		{black, white, 21},
		{white, black, 21},
		{white, white, 1},
		{Colour{0x76, 0x76, 0x76}, white, 4.54}, // WCAG's usual example of a grey that just passes
	} {
		if got := Contrast(c.a, c.b); got < c.want-0.01 || got > c.want+0.01 {
			t.Errorf("Contrast(%v, %v) = %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

// every calls fn with colours spread over the whole cube, ends included.
func every(fn func(Colour)) {
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				fn(Colour{uint8(r), uint8(g), uint8(b)})
			}
		}
	}
}

func TestInkIsReadableOnEveryGround(t *testing.T) {
	t.Parallel()
	every(func(c Colour) {
		if got := Contrast(c, c.Ink()); got < minContrast {
			t.Errorf("ink %v on %v has contrast %.2f", c.Ink(), c, got)
		}
	})
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Banque de Démonstration": "BD", "Crédit Agricole": "CA", "BNP Paribas": "BNP", "ING": "ING", "N26": "N26", "Boursorama": "B",
		"La Banque Postale": "BP", "Giro & Söhne": "GS", "Österreichische Sparkasse": "ÖS", "": "?", "&": "?", "the of": "T", "A": "A",
		"日本銀行": "日", "crédit du nord": "CN",
	} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestGround(t *testing.T) {
	t.Parallel()
	if got := Ground("Any", "ffd500"); got != (Colour{0xff, 0xd5, 0}) {
		t.Errorf("the brand colour became %v", got)
	}
	if a, b := Ground("Cassa di Pietra", ""), Ground("CASSA DI PIETRA", "javascript"); a != b {
		t.Errorf("the same name got %v and %v", a, b)
	}
	seen := map[Colour]bool{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		seen[Ground(name, "")] = true
	}
	if len(seen) < 3 {
		t.Errorf("eight names share %d colours", len(seen))
	}
}
