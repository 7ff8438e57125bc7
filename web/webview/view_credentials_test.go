package webview

import (
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/templates/page"
)

// A form before a bank's own page asks for no login, and does not say that it does.
func TestCredentialsViewAtBank(t *testing.T) {
	t.Parallel()
	for auth, want := range map[bank.AuthMechanism]bool{bank.AuthWebauth: true, bank.AuthCredentials: false} {
		v := &connect.View{Attempt: &connect.Attempt{}, Source: bank.Source{Auth: auth}}
		if got := credentialsView(page.Base{Lang: "en"}, v, nil, nil).AtBank; got != want {
			t.Errorf("%s: AtBank = %t, want %t", auth, got, want)
		}
	}
}

// A form for a token is none for a login, and the address at which a token is made can be followed.
func TestCredentialsViewToken(t *testing.T) {
	t.Parallel()
	token := bank.Field{Name: "token", Type: bank.FieldText, Secret: true, Help: bank.Text{"en": "Make one at https://bridge.example/create"}}
	for name, c := range map[string]struct {
		fields     []bank.Field
		token      bool
		help, link string
	}{
		"a token":        {[]bank.Field{token}, true, "Make one at", "https://bridge.example/create"},
		"a login":        {[]bank.Field{{Name: "login", Type: bank.FieldText}, {Name: "password", Type: bank.FieldPassword, Secret: true}}, false, "", ""},
		"a password":     {[]bank.Field{{Name: "password", Type: bank.FieldPassword, Secret: true, Help: token.Help}}, false, "Make one at https://bridge.example/create", ""},
		"words behind":   {[]bank.Field{{Name: "token", Type: bank.FieldText, Secret: true, Help: bank.Text{"en": "See https://a.example now"}}}, true, "See https://a.example now", ""},
		"another scheme": {[]bank.Field{{Name: "token", Type: bank.FieldText, Secret: true, Help: bank.Text{"en": "See javascript:x"}}}, true, "See javascript:x", ""},
	} {
		got := credentialsView(page.Base{Lang: "en"}, &connect.View{Attempt: &connect.Attempt{}, Fields: c.fields, Values: map[string]string{}}, nil, nil)
		if f := got.Fields[0]; got.Token != c.token || f.Help != c.help || f.HelpURL != c.link {
			t.Errorf("%s: token %t, help %q, link %q", name, got.Token, f.Help, f.HelpURL)
		}
	}
}
