package connect

import (
	"strings"
	"testing"

	"passerelle/internal/bank"
)

func TestCheckTellsEachFieldsProblem(t *testing.T) {
	t.Parallel()
	fields := []bank.Field{
		{Name: "login", Type: bank.FieldText, Required: true, Pattern: `[0-9]{8}`},
		{Name: "password", Type: bank.FieldPassword, Required: true, Secret: true, MaxLen: 64},
		{Name: "site", Type: bank.FieldList, Options: []bank.Option{{Value: "par"}, {Value: "pro"}}},
		{Name: "born", Type: bank.FieldDate},
		{Name: "branch", Type: bank.FieldNumber},
		{Name: "kind", Type: bank.FieldHidden, Default: "x"},
	}
	good := map[string]string{"login": "12345678", "password": " pä ss ", "site": "pro", "born": "1990-02-28", "branch": "42"}
	for _, tc := range []struct{ name, field, value, want string }{
		{"all good", "", "", ""},
		{"missing", "login", "", "required"},
		{"pattern holds the whole value", "login", "x12345678", "pattern"},
		{"newline does not end the pattern", "login", "12345678\n", "pattern"},
		{"too long", "password", strings.Repeat("p", 65), "length"},
		{"not UTF-8", "password", "\xff", "length"},
		{"no such option", "site", "xyz", "option"},
		{"no date", "born", "28.02.1990", "type"},
		{"no number", "branch", "four", "type"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := map[string]bank.Secret{"unknown": bank.NewSecret("dropped")}
			for k, v := range good {
				in[k] = bank.NewSecret(v)
			}
			if tc.field != "" {
				in[tc.field] = bank.NewSecret(tc.value)
			}
			accepted, wrong := check(fields, in)
			if got := wrong[tc.field]; got != tc.want {
				t.Fatalf("got %q, want %q", got, tc.want)
			}
			if tc.want != "" {
				return
			}
			if got := accepted["password"].Reveal(); got != " pä ss " {
				t.Errorf("the password was changed to %q", got)
			}
			if got := accepted["kind"].Reveal(); got != "x" {
				t.Errorf("the hidden field's default is %q, want x", got)
			}
			if _, ok := accepted["unknown"]; ok {
				t.Error("an unknown field was taken")
			}
		})
	}
}

func TestShownKeepsNoSecret(t *testing.T) {
	t.Parallel()
	fields := []bank.Field{
		{Name: "login"}, {Name: "pin", Secret: true}, {Name: "password", Type: bank.FieldPassword}, {Name: "code", Transient: true},
	}
	values := map[string]bank.Secret{}
	for _, f := range fields {
		values[f.Name] = bank.NewSecret("v")
	}
	got := shown(fields, values)
	if len(got) != 1 || got["login"] != "v" {
		t.Errorf("got %d values, want the login alone", len(got))
	}
}

// TestWordsTellNothingAboutTheRightPair: three pairs without a word in common, and the right one is not to be known from its
// place or its distance to the others.
func TestWordsTellNothingAboutTheRightPair(t *testing.T) {
	t.Parallel()
	var places [3]int
	const rounds = 6000
	for n := range rounds {
		hash := []byte{byte(n >> 8), byte(n), byte(n * 7), byte(n * 13)}
		right := words(hash)
		choices := choicesOfWords(right, hash)
		for i, c := range choices {
			if c == right {
				places[i]++
			}
			for _, d := range choices[i+1:] {
				if shareWord([]string{c}, d) {
					t.Fatalf("%q and %q share a word", c, d)
				}
			}
		}
	}
	if places[0]+places[1]+places[2] != rounds {
		t.Fatalf("the right pair is missing: %v", places)
	}
	for _, n := range places {
		if n < rounds/4 {
			t.Errorf("the right pair stands at %v: its place tells", places)
			break
		}
	}
}

func TestCheckBankURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"https://bank.example/authorize?x=1": true,
		"http://127.0.0.1:8082/oauth":        true,
		"http://bank.example/":               false,
		"javascript:alert(1)":                false,
		"https://user@bank.example/":         false,
		"//bank.example/":                    false,
		"data:text/html,x":                   false,
	} {
		if got := checkBankURL(raw) == nil; got != want {
			t.Errorf("%s: got %v, want %v", raw, got, want)
		}
	}
}
