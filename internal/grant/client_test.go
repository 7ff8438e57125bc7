package grant_test

import (
	"regexp"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

func TestCreateClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.client(callback, callback, "powens-1://callback")
	if made.Client.ID < 10_000_000 || made.Client.ID > 99_999_999 {
		t.Errorf("the id is %d, want eight digits", made.Client.ID)
	}
	if !regexp.MustCompile(`^pwl_secret_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$`).MatchString(made.Secret.Reveal()) {
		t.Error("the secret does not have the documented shape")
	}
	got, err := w.AuthenticateClient(t.Context(), made.Client.ID, made.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.RedirectURIs) != 2 || got.Name != "Demo" || got.Domain != grant.DefaultDomain {
		t.Errorf("the client application is %+v", got)
	}
}

func TestCreateClientRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, n := range map[string]grant.NewClient{
		"no name":         {Name: " "},
		"long name":       {Name: strings.Repeat("é", 101)},
		"control in name": {Name: "a\nb"},
		"bad UTF-8":       {Name: "a\xff"},
		"bad redirect":    {Name: "a", RedirectURIs: []string{callback, "javascript:alert(1)"}},
		"bad colour":      {Name: "a", Options: grant.Options{PrimaryColor: "red;}</style>"}},
		"long consent":    {Name: "a", Options: grant.Options{ConsentDays: 181}},
	} {
		_, err := w.CreateClient(t.Context(), n)
		wantFault(t, name, err, fault.Invalid, "")
	}
}

// TestClientSecrets is R23: two secrets live during a rotation, and a wrong secret reads as an unknown id does (R76).
func TestClientSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.client(callback)
	id := first.Client.ID
	second, err := w.RotateClientSecret(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	good := func(s bank.Secret) bool {
		_, err := w.AuthenticateClient(t.Context(), id, s)
		return err == nil
	}
	if !good(first.Secret) || !good(second.Secret) {
		t.Error("during a rotation both secrets must be good")
	}
	third, err := w.RotateClientSecret(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if good(first.Secret) || !good(second.Secret) || !good(third.Secret) {
		t.Error("after a second rotation the first secret must be over, the others good")
	}
	_, wrong := w.AuthenticateClient(t.Context(), id, bank.NewSecret("wrong"))
	_, unknown := w.AuthenticateClient(t.Context(), 1, third.Secret)
	_, empty := w.AuthenticateClient(t.Context(), id, bank.Secret{})
	for name, err := range map[string]error{"wrong secret": wrong, "unknown id": unknown, "no secret": empty} {
		wantFault(t, name, err, fault.Unauthenticated, "invalid_client")
		if err.Error() != wrong.Error() {
			t.Errorf("%s is told as %q, want %q", name, err, wrong)
		}
	}
	_, err = w.RotateClientSecret(t.Context(), 1)
	wantFault(t, "rotate an unknown one", err, fault.NotFound, "")
}

// TestCheckRedirectURI is A1, A10, A19 and A20.
func TestCheckRedirectURI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.client(callback).Client.ID, w.client(callback, "http://127.0.0.1/cb").Client.ID
	tests := []struct {
		name      string
		client    int64
		uri, want string
	}{
		{"exact", one, callback, callback},
		{"none given, one registered", one, "", callback},
		{"none given, two registered", two, "", ""},
		{"loopback port", two, "http://127.0.0.1:4000/cb", "http://127.0.0.1:4000/cb"},
		{"other", one, callback + "/", ""},
		{"unknown client application", 12345678, callback, ""},
		{"unknown client application, none given", 12345678, "", ""},
	}
	_, _, bad := w.CheckRedirectURI(t.Context(), one, "https://evil.test/")
	for _, tt := range tests {
		_, got, err := w.CheckRedirectURI(t.Context(), tt.client, tt.uri)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || err.Error() != bad.Error()) {
			t.Errorf("%s: the error is %q, want the same as any other: %q", tt.name, err, bad)
		}
	}
}

func TestRedirectURIList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.client().Client.ID
	wantFault(t, "add a bad one", w.AddRedirectURI(t.Context(), id, "https://app.example/../cb"), fault.Invalid, "")
	if err := w.AddRedirectURI(t.Context(), id, callback); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.CheckRedirectURI(t.Context(), id, callback); err != nil {
		t.Errorf("after adding: %v", err)
	}
	if err := w.RemoveRedirectURI(t.Context(), id, callback); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.CheckRedirectURI(t.Context(), id, callback); err == nil {
		t.Error("after removing: still accepted")
	}
	wantFault(t, "remove twice", w.RemoveRedirectURI(t.Context(), id, callback), fault.NotFound, "")
	wantFault(t, "bad options", w.SetOptions(t.Context(), id, grant.Options{PrimaryColor: "x"}), fault.Invalid, "")
	if err := w.SetOptions(t.Context(), id, grant.Options{PrimaryColor: "1a73e8", RequirePKCE: true}); err != nil {
		t.Error(err)
	}
}
