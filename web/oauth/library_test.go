package oauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"passerelle/internal/grant"
	"passerelle/web/oauth"
	"passerelle/web/webtest"
)

// metadata is what a client library reads.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Scopes        []string `json:"scopes_supported"`
	ResponseTypes []string `json:"response_types_supported"`
	ResponseModes []string `json:"response_modes_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	RevokeAuth    []string `json:"revocation_endpoint_auth_methods_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
}

func (w *world) metadata() metadata {
	w.t.Helper()
	a := w.send(http.MethodGet, oauth.PathMetadata, "", "")
	var m metadata
	if err := json.Unmarshal([]byte(a.body), &m); err != nil || a.status != 200 || a.header.Get("Content-Type") != jsonType {
		w.t.Fatalf("%d %s (%v)", a.status, a.body, err)
	}
	return m
}

// TestMetadata: what it says is what there is.
func TestMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.metadata()
	if m.Issuer != w.server.URL || m.Authorization != w.server.URL+"/signin" || m.Token != w.server.URL+"/token" || m.Revocation != w.server.URL+"/revoke" {
		t.Errorf("the addresses are %+v", m)
	}
	if len(m.Scopes) != 9 || !slices.Equal(m.ResponseTypes, []string{"code"}) || !slices.Equal(m.ResponseModes, []string{"query"}) ||
		!slices.Equal(m.Challenges, []string{"S256"}) {
		t.Errorf("it says %+v", m)
	}
	for _, s := range m.Scopes {
		w.token(w.credentials("grant_type", "client_credentials", "scope", s)).given(t)
	}
	for _, g := range m.GrantTypes {
		var e struct{ Error string }
		a := w.token(w.credentials("grant_type", g))
		if err := json.Unmarshal([]byte(a.body), &e); err != nil || e.Error == "unsupported_grant_type" {
			t.Errorf("%s: %s", g, a.body)
		}
	}
	if want := []string{"client_secret_basic", "client_secret_post"}; !slices.Equal(m.TokenAuth, want) || !slices.Equal(m.RevokeAuth, want) {
		t.Errorf("clients say who they are by %v and %v", m.TokenAuth, m.RevokeAuth)
	}
	if a := w.send(http.MethodHead, oauth.PathMetadata, "", ""); a.status != 200 || a.body != "" {
		t.Errorf("HEAD: %d %s", a.status, a.body)
	}
}

// TestLibrary: a stock OAuth 2 library needs nothing but the metadata, whichever way it says who it is.
func TestLibrary(t *testing.T) {
	t.Parallel()
	for name, style := range map[string]oauth2.AuthStyle{"in the header": oauth2.AuthStyleInHeader, "in the body": oauth2.AuthStyleInParams, "found out": oauth2.AuthStyleAutoDetect} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m := w.metadata()
			ctx := context.WithValue(t.Context(), oauth2.HTTPClient, w.server.Client())
			id, secret := fmt.Sprint(w.client.Client.ID), w.client.Secret.Reveal()

			alone := clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: m.Token, Scopes: []string{"users_create"}, AuthStyle: style}
			token, err := alone.Token(ctx)
			w.check(err)
			if c, err := w.caller(token.AccessToken); err != nil || c.Kind != grant.TokenClient || !token.Valid() || token.RefreshToken != "" {
				t.Errorf("client credentials: %+v, %v", c, err)
			}

			config := oauth2.Config{
				ClientID: id, ClientSecret: secret, RedirectURL: callback, Scopes: []string{"openid", "profile", "accounts_read"},
				Endpoint: oauth2.Endpoint{AuthURL: m.Authorization, TokenURL: m.Token, AuthStyle: style},
			}
			token, err = config.PasswordCredentialsToken(ctx, email, password)
			w.check(err)
			w.wantPerson("a password", token)

			token.Expiry = time.Now().Add(-time.Minute) // the library asks for the next by itself
			next, err := config.TokenSource(ctx, token).Token()
			w.check(err)
			w.wantPerson("refreshed", next)
			if next.RefreshToken == token.RefreshToken || next.AccessToken == token.AccessToken {
				t.Error("nothing was rotated")
			}

			w.codeFlow(ctx, config)
			_, err = config.PasswordCredentialsToken(ctx, email, "wrong")
			if told := new(oauth2.RetrieveError); !errors.As(err, &told) || told.ErrorCode != "invalid_grant" || told.ErrorDescription == "" {
				t.Errorf("a wrong password: %v", err)
			}
		})
	}
}

// codeFlow is the whole of RFC 6749 §4.1 with PKCE: the library makes the address, the person signs in on the page, the library
// exchanges.
func (w *world) codeFlow(ctx context.Context, config oauth2.Config) {
	w.t.Helper()
	verifier := oauth2.GenerateVerifier()
	code := w.signIn(ctx, config.AuthCodeURL("the state", oauth2.S256ChallengeOption(verifier)))
	if _, err := config.Exchange(ctx, code); err == nil {
		w.t.Error("a code was exchanged without its verifier")
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	w.check(err)
	w.wantPerson("a code", token)
	if _, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier)); err == nil {
		w.t.Error("a code was exchanged twice")
	}
	if _, err := w.caller(token.AccessToken); err == nil {
		w.t.Error("what a code gave outlives its being presented again")
	}
}

// signIn is a person on the page; it gives the code that leads back.
func (w *world) signIn(ctx context.Context, address string) string {
	w.t.Helper()
	browser, err := webtest.New(nil, w.server.URL)
	w.check(err)
	page, err := browser.Get(ctx, address)
	w.check(err)
	form, err := page.Form(oauth.PathAuthorize)
	w.check(err)
	w.check(form.Set("field.email", strings.ToLower(email)))
	w.check(form.Set("field.password", password))
	page, err = browser.Submit(ctx, form, webtest.Button{})
	w.check(err)
	if page.Left == nil || !strings.HasPrefix(page.Left.String(), callback+"?") || page.Left.Query().Get("state") != "the state" {
		w.t.Fatalf("signing in leads to %v: %d %s", page.Left, page.Status, page.Text)
	}
	return page.Left.Query().Get("code")
}

func (w *world) wantPerson(what string, token *oauth2.Token) {
	w.t.Helper()
	c, err := w.caller(token.AccessToken)
	if err != nil || c.UserID != w.person.ID || c.Scopes.String() != "openid profile accounts_read" || !token.Valid() || token.RefreshToken == "" {
		w.t.Errorf("%s: the token speaks for %+v, %v", what, c, err)
	}
	if left := time.Until(token.Expiry); left < 59*time.Minute || left > time.Hour {
		w.t.Errorf("%s: it ends in %v", what, left)
	}
}
