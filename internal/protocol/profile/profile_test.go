package profile_test

import (
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/protocol/profile"
)

type settings struct {
	Profile string         `json:"profile"`
	Base    string         `json:"base"`
	Days    int            `json:"days"`
	Sign    bool           `json:"sign"`
	Inner   map[string]int `json:"inner"`
}

const file = `{
	"plain": {"days": 90, "inner": {"a": 1}},
	"signed": {"like": "plain", "note": "somewhere", "sign": true},
	"long": {"like": "signed", "days": 180},
	"round": {"like": "about"}, "about": {"like": "round"},
	"wrong": {"day": 1}, "lost": {"like": "nobody"}
}`

// TestRead reads settings over profiles: what is nearer goes before.
func TestRead(t *testing.T) {
	t.Parallel()
	set := profile.MustLoad([]byte(file), "plain")
	for _, tt := range []struct {
		name, text string
		want       settings
		says       string
	}{
		{"the usual one", `{"base":"b"}`, settings{Base: "b", Days: 90}, ""},
		{"a named one", `{"profile":"signed","base":"b"}`, settings{Profile: "signed", Base: "b", Days: 90, Sign: true}, ""},
		{"of a chain the nearest", `{"profile":"long"}`, settings{Profile: "long", Days: 180, Sign: true}, ""},
		{"its own before all", `{"profile":"long","days":7,"sign":false}`, settings{Profile: "long", Days: 7}, ""},
		{"nothing", ``, settings{}, "not a JSON object"},
		{"no object", `[]`, settings{}, "not a JSON object"},
		{"something behind", `{} {}`, settings{}, "not a JSON object"},
		{"an unknown member", `{"bass":"b"}`, settings{}, `"bass"`},
		{"a wrong type", `{"days":"b"}`, settings{}, "cannot be used"},
		{"an unknown profile", `{"profile":"nobody"}`, settings{}, `no profile "nobody"; there are about, long, lost, plain, round, signed, wrong`},
		{"like in settings", `{"like":"signed"}`, settings{}, `"like"`},
		{"a circle", `{"profile":"round"}`, settings{}, "no profile"},
		{"a profile like none", `{"profile":"lost"}`, settings{}, `no profile "nobody"`},
		{"a wrong profile", `{"profile":"wrong"}`, settings{}, `profile wrong: cannot be used: json: unknown field "day"`},
	} {
		var got settings
		err := set.Read(tt.text, &got)
		switch {
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v, want it to say %s", tt.name, err, tt.says)
		case tt.says == "" && (err != nil || got.Profile != tt.want.Profile || got.Base != tt.want.Base || got.Days != tt.want.Days || got.Sign != tt.want.Sign || got.Inner["a"] != 1):
			t.Errorf("%s: %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
}

// TestReadChangesNoProfile: what one bank's settings say is not the next one's.
func TestReadChangesNoProfile(t *testing.T) {
	t.Parallel()
	set := profile.MustLoad([]byte(file), "plain")
	var first, second settings
	if err := set.Read(`{"inner":{"a":2,"b":3},"days":1}`, &first); err != nil {
		t.Fatal(err)
	}
	if err := set.Read(`{}`, &second); err != nil || second.Days != 90 || second.Inner["a"] != 1 || second.Inner["b"] != 0 {
		t.Errorf("%+v, %v", second, err)
	}
}

// TestSecure takes https, and http on this machine.
func TestSecure(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://bank.example": true, "https://bank.example:8443/x": true, "http://127.0.0.1:1/x": true, "http://localhost": true, "http://[::1]:9": true,
		"http://bank.example": false, "ftp://bank.example": false, "/x": false, "https:bank.example": false, "https://me@bank.example": false, "": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := profile.Secure(u); got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
}
