package layout

import (
	"strings"
	"testing"
	"time"
)

// echo answers with the id and, for the few messages that shape numbers, with their pattern.
type echo map[string]string

func (e echo) T(id string, args map[string]any) string {
	s, ok := e[id]
	if !ok {
		return id
	}
	for k, v := range args {
		if text, ok := v.(string); ok {
			s = strings.ReplaceAll(s, "{{."+k+"}}", text)
		}
	}
	return s
}

func TestMoney(t *testing.T) {
	t.Parallel()
	en := Base{T: echo{"number.group": ",", "number.decimal": ".", "number.money": "{{.Currency}}{{.Number}}", "number.money_code": "{{.Currency}} {{.Number}}"}}
	de := Base{T: echo{"number.group": ".", "number.decimal": ",", "number.money": "{{.Number}} {{.Currency}}", "number.money_code": "{{.Number}} {{.Currency}}"}}
	for _, c := range []struct {
		in     Amount
		en, de string
	}{
		{Amount{"1532.40", "EUR"}, "€1,532.40", "1.532,40 €"},
		{Amount{"-218.95", "EUR"}, "−€218.95", "−218,95 €"},
		{Amount{"0", "GBP"}, "£0", "0 £"},
		{Amount{"1234567.5", "CHF"}, "CHF 1,234,567.5", "1.234.567,5 CHF"},
		{Amount{"123", ""}, "123", "123"},
		{Amount{"1e5", "EUR"}, "1e5 EUR", "1e5 EUR"},
		{Amount{"", "EUR"}, "EUR", "EUR"},
		{Amount{"12.", "EUR"}, "€12", "12 €"},
		{Amount{"--5", "EUR"}, "--5 EUR", "--5 EUR"},
	} {
		if got := en.Money(c.in); got != c.en {
			t.Errorf("en %v = %q, want %q", c.in, got, c.en)
		}
		if got := de.Money(c.in); got != c.de {
			t.Errorf("de %v = %q, want %q", c.in, got, c.de)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Minute: "0:00", 0: "0:00", time.Millisecond: "0:01", 59 * time.Second: "0:59", 245 * time.Second: "4:05", 61 * time.Minute: "61:00",
	} {
		if got := Clock(d); got != want {
			t.Errorf("Clock(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestReturnURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://app.example/cb?code=a&state=b": "https://app.example/cb?code=a&state=b",
		"http://127.0.0.1:8000/callback":        "http://127.0.0.1:8000/callback",
		"budgetleaf://callback?code=a":          "budgetleaf://callback?code=a",
		"com.example.app:/callback":             "com.example.app:/callback",
		"javascript:alert(1)":                   "", "JavaScript:alert(1)": "", "data:text/html,x": "", "vbscript:x": "", "": "",
		"//evil.example/": "", "/relative": "", "blob:https://a/b": "", "\x01javascript:alert(1)": "", "java\nscript:alert(1)": "",
	} {
		if got := string(ReturnURL(raw)); got != want {
			t.Errorf("ReturnURL(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestWebURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://bank.example/a?b=c": "https://bank.example/a?b=c", "http://127.0.0.1:9/x": "http://127.0.0.1:9/x",
		"budgetleaf://x": "", "javascript:alert(1)": "", "https:///nohost": "", "": "", "/x": "",
	} {
		if got := string(WebURL(raw)); got != want {
			t.Errorf("WebURL(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestImageURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"/logo/42": "/logo/42", "data:image/png;base64,AA==": "data:image/png;base64,AA==",
		"https://cdn.example/logo.png": "", "//cdn.example/logo.png": "", `/\cdn.example/logo.png`: "", "data:text/html,x": "", "": "",
	} {
		if got := string(ImageURL(raw)); got != want {
			t.Errorf("ImageURL(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestSpansSetOnlyValuesInBold(t *testing.T) {
	t.Parallel()
	b := Base{T: echo{"m": "From {{.A}} to {{.B}}."}}
	got := b.spans("m", "A", "x\x03y\x02z", "B", "<b>")
	want := []span{{"From ", false}, {"xyz", true}, {" to ", false}, {"<b>", true}, {".", false}}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("piece %d = %v, want %v", i, got[i], want[i])
		}
	}
}

func TestBaseWithoutTranslatorStillSpeaks(t *testing.T) {
	t.Parallel()
	var b Base
	if got := b.Tr("picker.title"); got != "picker.title" {
		t.Errorf("Tr = %q", got)
	}
	if got := b.Say(Plain("as it is")); got != "as it is" {
		t.Errorf("Say = %q", got)
	}
	if got := b.Asset("app.css"); got != "/static/app.css" {
		t.Errorf("Asset = %q", got)
	}
}
