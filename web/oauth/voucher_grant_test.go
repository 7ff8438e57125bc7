package oauth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/oauth"
)

// TestVoucher: a client backend that says who it is gets a voucher of an address, known or not, which lets that address sign in while it is held up.
func TestVoucher(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(f fields) answer {
		return w.send(http.MethodPost, oauth.PathVoucher, formType, f.form())
	}
	given := func(email string) bank.Secret {
		t.Helper()
		a := ask(w.credentials("email", email))
		var v struct {
			Voucher   string `json:"signin_voucher"`
			ExpiresIn int    `json:"expires_in"`
		}
		if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != http.StatusOK || v.Voucher == "" || v.ExpiresIn != 3600 || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s (%v)", a.status, a.body, err)
		}
		return bank.NewSecret(v.Voucher)
	}
	in := grant.SignInRequest{ClientID: w.client.Client.ID, Email: email, Password: bank.NewSecret("wrong"), From: "192.0.2.1"}
	for range 10 {
		_, _ = w.grants.SignIn(t.Context(), in) // refused, as they should be
	}
	in.Password = bank.NewSecret(password)
	if _, err := w.grants.SignIn(t.Context(), in); !fault.Is(err, fault.Limited) {
		t.Fatalf("got %v, want the address to be held up", err)
	}
	in.Vouchers = []bank.Secret{given(email)}
	if _, err := w.grants.SignIn(t.Context(), in); err != nil {
		t.Errorf("with a voucher: %v", err)
	}
	ask(w.credentials()).wantError(t, "no address", 400, "invalid_request", "email")
	ask(w.credentials("email", email).with("client_secret", "wrong")).wantError(t, "a wrong secret", 401, "invalid_client", "")
	for range 30 {
		given("nobody@example.org")
	}
	ask(w.credentials("email", "nobody@example.org")).wantError(t, "too many", 429, "temporarily_unavailable", "")
}
