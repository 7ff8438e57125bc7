package powens_test

import (
	"fmt"
	"net/http"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// TestScopedTokensStayOut: access tokens with scopes, and those of a client application alone, open nothing of this dialect, which knows
// no scopes; the way back gives a token of the same user that does.
func TestScopedTokensStayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grants.PasswordCost = grant.PasswordCost{Memory: 64, Time: 1, Threads: 1}
	ctx := t.Context()
	p, err := w.grants.CreatePerson(ctx, grant.NewPerson{
		Domain: grant.DefaultDomain, ClientID: w.client.Client.ID, Email: "ada@example.org", Password: bank.NewSecret("right"),
	})
	w.check(err)
	scoped, err := w.grants.PasswordGrant(ctx, w.client.Client, "ada@example.org", bank.NewSecret("right"), grant.AllScopes)
	w.check(err)
	client, err := w.grants.ClientGrant(ctx, w.client.Client, grant.AllScopes)
	w.check(err)
	for _, at := range []struct{ method, path string }{
		{http.MethodGet, "/users/me"},
		{http.MethodGet, fmt.Sprintf("/users/%d", p.ID)},
		{http.MethodDelete, "/users/me"},
		{http.MethodGet, "/users/me/accounts"},
		{http.MethodGet, "/users/me/transactions"},
		{http.MethodGet, "/auth/token/code"},
		{http.MethodDelete, "/auth/token"},
		{http.MethodGet, "/users"},
		{http.MethodGet, "/config"},
	} {
		a := w.do(at.method, at.path, as(scoped.Access))
		a.wantError(t, at.method+" "+at.path, http.StatusForbidden, "forbidden", "/2.0/auth/renew")
		a = w.do(at.method, at.path, as(client.Access))
		a.wantError(t, at.method+" "+at.path+" by the client application", http.StatusForbidden, "forbidden", "user's access token")
	}
	if _, err := w.grants.Authenticate(ctx, scoped.Access); err != nil {
		t.Errorf("what was refused ended the token: %v", err)
	}
	renewed := w.do(http.MethodPost, "/auth/renew", jsonBody(fmt.Sprintf(`{"client_id":%d,"client_secret":%q,"grant_type":"client_credentials","id_user":%d}`,
		w.client.Client.ID, w.client.Secret.Reveal(), p.ID)))
	if renewed.status != http.StatusOK {
		t.Fatalf("renew: %d %s", renewed.status, renewed.body)
	}
	token, _ := renewed.into(t)["access_token"].(string)
	if a := w.do(http.MethodGet, "/users/me", as(bank.NewSecret(token))); a.status != http.StatusOK {
		t.Errorf("the renewed token: %d %s", a.status, a.body)
	}
	if c, err := w.grants.Authenticate(ctx, bank.NewSecret(token)); err != nil || c.Scopes != nil || c.UserID != p.ID {
		t.Errorf("the renewed token speaks for %+v, %v", c, err)
	}
	if _, err := w.grants.Authenticate(ctx, scoped.Access); err != nil {
		t.Errorf("renewing without revoke_previous ended the other: %v", err)
	}
}
