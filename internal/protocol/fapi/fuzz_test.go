package fapi_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
)

// same answers each request with the same bytes.
type same struct{ body string }

func (s same) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.body)), Request: r}, nil
}

// FuzzServer: whatever an authorization server says of itself, of its keys and of tokens, and whatever it signs, nothing panics, each
// error is one of the contract's, and nothing unsigned is taken for signed.
func FuzzServer(f *testing.F) {
	f.Add(`{"issuer":"https://auth.bank.example","token_endpoint":"/token","jwks_uri":"https://auth.bank.example/jwks"}`, "a.b.c")
	f.Add(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"","y":""},{"kty":"oct","k":""}]}`, "eyJhbGciOiJub25lIn0.e30.")
	f.Add(`{"access_token":"a","expires_in":"1e9","id_token":"eyJhbGciOiJFUzI1NiJ9.e30.AA"}`, "eyJhbGciOiJQUzI1NiIsImtpZCI6IngifQ.e30.AA")
	at, err := url.Parse("https://auth.bank.example/x")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, signed string) {
		client := &http.Client{Transport: same{body}}
		_, err := fapi.Discover(t.Context(), client, fapi.Place{Issuer: "https://auth.bank.example"})
		mine(t, err)
		p := fapi.Party{HTTP: client, Server: &fapi.Server{Issuer: "https://auth.bank.example", Token: at, JWKS: at, PAR: at, Authorization: at}, Now: time.Now(), Client: fapi.Client{ID: "us", Method: fapi.Public}}
		_, err = p.Refresh(t.Context(), bank.NewSecret("r"))
		mine(t, err)
		_, kept, err := p.Authorize(t.Context(), request())
		if mine(t, err); err != nil {
			return
		}
		_, err = p.Exchange(t.Context(), bank.NewSecret("c"), kept)
		if mine(t, err); err == nil {
			t.Error("an id_token that nobody signed was taken")
		}
		kept.Mode = "jwt"
		_, err = p.Answered(t.Context(), url.Values{"response": {signed}}, kept)
		if mine(t, err); err == nil {
			t.Error("a callback that nobody signed was taken")
		}
	})
}

// mine wants an error of the contract's, or none.
func mine(t *testing.T, err error) {
	t.Helper()
	var e *connector.Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("the error is a %T: %v", err, err)
	}
}
