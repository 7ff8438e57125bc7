package webview

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"passerelle/internal/connect"
)

func TestParseColour(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Blue": "0000ff", " yellow ": "ffff00", "#0af": "00aaff", "0AF": "00aaff", "#1a73E8": "1a73e8", "1a73e8": "1a73e8",
		"rgb(1, 2, 255)": "0102ff", "rgb(1 2 255)": "0102ff", "RGB(0,0,0)": "000000", "rebeccapurple": "663399",
		"": "", "#": "", "#12": "", "#1234": "", "#12345678": "", "##123": "", "transparent": "", "currentcolor": "", "rgba(1,2,3,.5)": "",
		"rgb(256,0,0)": "", "rgb(-1,0,0)": "", "rgb(1,2)": "", "rgb(1,2,3": "", "rgb(1,2,3);x": "", "rgb(1%,2%,3%)": "", "rgb(+1,2,3)": "",
		"hsl(1,2%,3%)": "", "url(https://evil.example)": "", "red;}": "", "expression(1)": "", "var(--accent)": "", "\x00red": "", "réd": "",
	} {
		got, ok := parseColour(given)
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q %v, want %q", given, got, ok, want)
		}
	}
	const names = 148
	if len(namedColours) != names {
		t.Errorf("got %d names of colours, CSS Color 4 has %d", len(namedColours), names)
	}
	for name, hex := range namedColours {
		if len(hex) != 6 || strings.Trim(hex, "0123456789abcdef") != "" {
			t.Errorf("%s is %q", name, hex)
		}
	}
}

// FuzzParseColour: whatever comes, six hex digits or nothing go on.
func FuzzParseColour(f *testing.F) {
	for _, seed := range []string{"Blue", "#0af", "rgb(1,2,3)", "rgb(1 2 3)", "url(x)", "#12345g"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got, ok := parseColour(given)
		if ok && (len(got) != 6 || strings.Trim(got, "0123456789abcdef") != "") || !ok && got != "" {
			t.Errorf("%q: got %q %v", given, got, ok)
		}
	})
}

func TestReadTheme(t *testing.T) {
	t.Parallel()
	eight, most := 8, mostRadius
	for query, want := range map[string]connect.Theme{
		"": {},
		"font=Arial&font_color=Blue&elements_color=Yellow": {Font: "Arial", FontColor: "0000ff", ElementsColor: "ffff00"},
		"font='Open Sans', serif&elements_font=\"Comic Sans MS\"&elements_font_color=%23fff&background_color=rgb(1,2,3)": {
			Font: "Open Sans", ElementsFont: "Comic Sans MS", ElementsFontCol: "ffffff", BackgroundColor: "010203",
		},
		"button_radius=8px&display_header=false": {ButtonRadius: &eight, HideHeader: true},
		"button_radius=900":                      {ButtonRadius: &most},
		"button_radius=1e3&display_header=maybe": {},
		"button_radius=-1&display_header=true":   {},
		"font=x;}body{&font_color=url(https://evil.example)&elements_font=" + strings.Repeat("a", 41): {},
	} {
		values, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		if err != nil {
			t.Fatal(err)
		}
		if got := readTheme(&startQuery{values: values}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", query, got, want)
		}
	}
}
