package testbank

import (
	"testing"
	"time"
)

// TestLanguages: the bank answers in the languages it speaks and in English to everybody else.
func TestLanguages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ accept, want string }{
		{"fr", "Acceptez la demande dans l'application de la banque."},
		{"de-AT,de;q=0.9,en;q=0.8", "Geben Sie die Anfrage in der App der Bank frei."},
		{"FR;q=1", "Acceptez la demande dans l'application de la banque."},
		{"en", askApp},
		{"nl", askApp},
		{"", askApp},
		{",;-", askApp},
	} {
		if got := (Challenge{Message: askApp}).In(tt.accept).Message; got != tt.want {
			t.Errorf("%q: %q, want %q", tt.accept, got, tt.want)
		}
	}
	for lang, words := range spoken {
		for _, other := range spoken {
			for english := range other {
				if words[english] == "" {
					t.Errorf("%s lacks %q", lang, english)
				}
			}
		}
	}
	c := Challenge{Methods: methods}.In("fr")
	if c.Methods[0].Label == methods[0].Label || c.Methods[0].ID != methods[0].ID {
		t.Errorf("methods in French: %v", c.Methods)
	}
}

// TestTriesAreCountedDown: the bank says how many are left before it locks, and an unknown login reads the same.
func TestTriesAreCountedDown(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 1, 10, 12, 0, 0, 0, time.UTC)
	b, err := New(Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"dev", "somebody"} {
		for i, want := range []string{wrongPassword[2], wrongPassword[1], messages[CodeLocked]} {
			_, err := b.SignIn(SignIn{Login: login, Password: "wrong", Source: DirectAccess})
			if got := AsRefusal(err).Message; got != want {
				t.Errorf("%s, try %d: %q, want %q", login, i+1, got, want)
			}
		}
	}
}
