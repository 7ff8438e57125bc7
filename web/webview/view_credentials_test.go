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
