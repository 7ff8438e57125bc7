package grant_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

var readScopes = grant.Scopes{grant.ScopeOpenID, grant.ScopeProfile, grant.ScopeAccountsRead}

// signedIn is a person with the tokens of their password.
func signedIn(t *testing.T) (*world, grant.IssuedClient, grant.Person, grant.TokenAnswer) {
	t.Helper()
	w, c := peopleWorld(t)
	p := w.person(c, "ada@example.org", "right")
	return w, c, p, w.password(c)
}

func (w *world) password(c grant.IssuedClient) grant.TokenAnswer {
	w.t.Helper()
	a, err := w.PasswordGrant(w.t.Context(), c.Client, "ada@example.org", bank.NewSecret("right"), readScopes)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) refresh(c grant.IssuedClient, token bank.Secret) (grant.TokenAnswer, error) {
	return w.RefreshGrant(w.t.Context(), c.Client, grant.RefreshGrantRequest{Refresh: token})
}

func (w *world) wantOver(what string, token bank.Secret) {
	w.t.Helper()
	_, err := w.Authenticate(w.t.Context(), token)
	wantFault(w.t, what, err, fault.Unauthenticated, "invalid_token")
}

func TestPasswordGrant(t *testing.T) {
	t.Parallel()
	w, c, p, a := signedIn(t)
	caller := w.caller(a.Access)
	if caller.Kind != grant.TokenUser || caller.UserID != p.ID || caller.ClientID != c.Client.ID || caller.Scopes.String() != readScopes.String() {
		t.Errorf("the caller is %+v", caller)
	}
	if a.ExpiresIn != time.Hour || a.UserID != p.ID || a.Refresh.IsZero() {
		t.Errorf("the answer is %+v", a)
	}
	w.wantOver("a refresh token as bearer", a.Refresh)
	_, err := w.TemporaryCode(t.Context(), caller, grant.CodeStandard)
	wantFault(t, "a code of the other dialect", err, fault.Forbidden, "insufficient_scope")
	w.clock.Pass(time.Hour)
	w.wantOver("an hour later", a.Access)

	client := c.Client
	client.Options.NoPasswordGrant = true
	_, err = w.PasswordGrant(t.Context(), client, "ada@example.org", bank.NewSecret("right"), readScopes)
	wantFault(t, "switched off", err, fault.Invalid, "unauthorized_client")
}

func TestClientGrant(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	a, err := w.ClientGrant(t.Context(), c.Client, grant.DefaultClientScopes)
	if err != nil {
		t.Fatal(err)
	}
	caller := w.caller(a.Access)
	if caller.Kind != grant.TokenClient || caller.UserID != 0 || caller.ClientID != c.Client.ID || !caller.Scopes.Has(grant.ScopeUsersCreate) {
		t.Errorf("the caller is %+v", caller)
	}
	if !a.Refresh.IsZero() || !strings.HasPrefix(a.Access.Reveal(), grant.PrefixClient) {
		t.Error("a client application has a refresh token, or a user's access token")
	}
}

func TestParseScopes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text      string
		forClient bool
		want      string
		names     string
	}{
		{"", false, "openid profile accounts_read", ""},
		{"  ", true, "openid profile users_create", ""},
		{"openid profile accounts_read", false, "openid profile accounts_read", ""},
		{"profile  profile\topenid", false, "profile openid", ""},
		{"users_create", true, "users_create", ""},
		{"users_create", false, "", "users_create"},
		{"profile offline_access", false, "", "offline_access"},
		{"Profile", false, "", "Profile"},
		{"<script>", false, "", "characters"},
		{strings.Repeat("a", 1001), false, "", "too long"},
	} {
		got, err := grant.ParseScopes(tt.text, tt.forClient)
		if tt.names == "" {
			if err != nil || got.String() != tt.want {
				t.Errorf("%q: got %q, %v", tt.text, got, err)
			}
			continue
		}
		wantFault(t, tt.text, err, fault.Invalid, "invalid_scope")
		if f := fault.As(err); !strings.Contains(f.Message, tt.names) || strings.Contains(f.Message, "<") {
			t.Errorf("%q: got %q", tt.text, f.Message)
		}
	}
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	w, c, p, a := signedIn(t)
	w.clock.Pass(2 * time.Hour)
	second, err := w.refresh(c, a.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	if caller := w.caller(second.Access); caller.UserID != p.ID || caller.Scopes.String() != readScopes.String() || second.Refresh.Equal(a.Refresh) {
		t.Errorf("the second is for %+v", caller)
	}
	narrow, err := w.RefreshGrant(t.Context(), c.Client, grant.RefreshGrantRequest{Refresh: second.Refresh, Scopes: grant.Scopes{grant.ScopeProfile}})
	if err != nil || w.caller(narrow.Access).Scopes.String() != "profile" {
		t.Errorf("narrowed: %+v, %v", narrow.Scopes, err)
	}
	_, err = w.RefreshGrant(t.Context(), c.Client, grant.RefreshGrantRequest{Refresh: narrow.Refresh, Scopes: grant.Scopes{grant.ScopeProfileEdit}})
	wantFault(t, "widened", err, fault.Invalid, "invalid_scope")
	whole, err := w.refresh(c, narrow.Refresh)
	if err != nil || whole.Scopes.String() != readScopes.String() {
		t.Errorf("narrowing stayed: %q, %v", whole.Scopes, err)
	}
	w.clock.Pass(grant.RefreshLifetime)
	_, err = w.refresh(c, whole.Refresh)
	wantFault(t, "half a year later", err, fault.Invalid, "invalid_grant")
}

func TestRefreshReuseRevokes(t *testing.T) {
	t.Parallel()
	w, c, _, a := signedIn(t)
	other := w.password(c)
	second, err := w.refresh(c, a.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.refresh(c, a.Refresh)
	wantFault(t, "presented again", err, fault.Invalid, "invalid_grant")
	w.wantOver("the first access token", a.Access)
	w.wantOver("the second access token", second.Access)
	_, err = w.refresh(c, second.Refresh)
	wantFault(t, "the second refresh token", err, fault.Invalid, "invalid_grant")
	w.caller(other.Access)
}

func TestRefreshRefuses(t *testing.T) {
	t.Parallel()
	w, c, _, a := signedIn(t)
	other := w.client(callback)
	plain := a.Refresh.Reveal()
	for name, token := range map[string]string{
		"nothing": "", "the access token": a.Access.Reveal(), "cut off": plain[:len(plain)-1], "longer": plain + "x",
		"another prefix": strings.Replace(plain, grant.PrefixRefresh, grant.PrefixUser, 1),
	} {
		_, err := w.refresh(c, bank.NewSecret(token))
		wantFault(t, name, err, fault.Invalid, "invalid_grant")
	}
	_, err := w.refresh(other, a.Refresh)
	wantFault(t, "another client application", err, fault.Invalid, "invalid_grant")
	if _, err := w.refresh(c, a.Refresh); err != nil {
		t.Errorf("its own afterwards: %v", err)
	}
}

func TestRefreshIdempotencyKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		after  time.Duration
		change func(*grant.RefreshGrantRequest)
		good   bool
	}{
		{"at once", 0, func(*grant.RefreshGrantRequest) {}, true},
		{"at 59 s", 59 * time.Second, func(*grant.RefreshGrantRequest) {}, true},
		{"at 60 s", time.Minute, func(*grant.RefreshGrantRequest) {}, false},
		{"another key", 0, func(r *grant.RefreshGrantRequest) { r.IdempotencyKey = "k2" }, false},
		{"no key", 0, func(r *grant.RefreshGrantRequest) { r.IdempotencyKey = "" }, false},
		{"other scopes", 0, func(r *grant.RefreshGrantRequest) { r.Scopes = grant.Scopes{grant.ScopeProfile} }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c, _, a := signedIn(t)
			r := grant.RefreshGrantRequest{Refresh: a.Refresh, IdempotencyKey: "k1"}
			first, err := w.RefreshGrant(t.Context(), c.Client, r)
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Pass(tt.after)
			tt.change(&r)
			again, err := w.RefreshGrant(t.Context(), c.Client, r)
			if !tt.good {
				wantFault(t, "the repeat", err, fault.Invalid, "invalid_grant")
				w.wantOver("the first answer", first.Access)
				return
			}
			if err != nil || again.Access != first.Access || again.Refresh != first.Refresh || again.Scopes.String() != first.Scopes.String() || !again.Replayed {
				t.Errorf("the repeat gave %+v, %v", again, err)
			}
			w.caller(again.Access)
		})
	}
}

func TestRefreshOnce(t *testing.T) {
	t.Parallel()
	const callers = 64
	w, c, _, a := signedIn(t)
	var mu sync.Mutex
	var won []grant.TokenAnswer
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			got, err := w.refresh(c, a.Refresh)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won = append(won, got)
			case !fault.Is(err, fault.Invalid):
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%d of %d won, want 1", len(won), callers)
	}
	w.wantOver("what it gave, since the others presented a spent one", won[0].Access)
}

// authorized is the code of a sign-in.
func (w *world) authorized(c grant.IssuedClient, userID int64, challenge string) bank.Secret {
	w.t.Helper()
	code, err := w.NewAuthorizationCode(w.t.Context(), grant.Authorization{
		ClientID: c.Client.ID, Domain: c.Client.Domain, UserID: userID, RedirectURI: callback, Challenge: challenge, Scopes: readScopes,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return code.Plain
}

func TestCodeGrant(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	other := w.client(callback)
	p := w.person(c, "ada@example.org", "right")
	challenge, _ := grant.S256(verifier())
	good := grant.CodeGrantRequest{RedirectURI: callback, Verifier: bank.NewSecret(verifier())}
	for _, tt := range []struct {
		name   string
		client grant.IssuedClient
		change func(*grant.CodeGrantRequest)
	}{
		{"another client application", other, func(*grant.CodeGrantRequest) {}},
		{"another redirect URI", c, func(r *grant.CodeGrantRequest) { r.RedirectURI += "/" }},
		{"no verifier", c, func(r *grant.CodeGrantRequest) { r.Verifier = bank.Secret{} }},
		{"another verifier", c, func(r *grant.CodeGrantRequest) { r.Verifier = bank.NewSecret(strings.Repeat("w", 64)) }},
		{"a short verifier", c, func(r *grant.CodeGrantRequest) { r.Verifier = bank.NewSecret("short") }},
		{"a code of a visit", c, func(r *grant.CodeGrantRequest) { r.Code = w.callbackCode(c, p.ID, challenge) }},
		{"no code", c, func(r *grant.CodeGrantRequest) { r.Code = bank.NewSecret("x") }},
	} {
		r := good
		r.Code = w.authorized(c, p.ID, challenge)
		bad := r
		tt.change(&bad)
		_, err := w.CodeGrant(t.Context(), tt.client.Client, bad)
		wantFault(t, tt.name, err, fault.Invalid, "invalid_grant")
		a, err := w.CodeGrant(t.Context(), c.Client, r)
		if err != nil {
			t.Fatalf("%s: the right exchange afterwards: %v", tt.name, err)
		}
		if caller := w.caller(a.Access); caller.UserID != p.ID || caller.Scopes.String() != readScopes.String() || a.Scopes.String() != readScopes.String() {
			t.Errorf("the caller is %+v", caller)
		}
	}
	_, err := w.Exchange(t.Context(), exchange(c, w.authorized(c, p.ID, "")))
	wantFault(t, "the other dialect's exchange", err, fault.Invalid, "invalid_grant")
	late := w.authorized(c, p.ID, "")
	w.clock.Pass(grant.NativeCodeLifetime)
	_, err = w.CodeGrant(t.Context(), c.Client, grant.CodeGrantRequest{Code: late, RedirectURI: callback})
	wantFault(t, "five minutes later", err, fault.Invalid, "invalid_grant")
}

func TestCodeGrantReplay(t *testing.T) {
	t.Parallel()
	w, c := peopleWorld(t)
	p := w.person(c, "ada@example.org", "right")
	r := grant.CodeGrantRequest{Code: w.authorized(c, p.ID, ""), RedirectURI: callback, IdempotencyKey: "k"}
	first, err := w.CodeGrant(t.Context(), c.Client, r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.CodeGrant(t.Context(), c.Client, r)
	if err != nil || again.Access != first.Access || again.Refresh != first.Refresh || again.Scopes.String() != first.Scopes.String() {
		t.Errorf("the same exchange again: %+v, %v", again, err)
	}
	next, err := w.refresh(c, first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	r.IdempotencyKey = ""
	_, err = w.CodeGrant(t.Context(), c.Client, r)
	wantFault(t, "the code presented again", err, fault.Invalid, "invalid_grant")
	w.wantOver("what it gave", first.Access)
	w.wantOver("what came of that", next.Access)
	_, err = w.refresh(c, next.Refresh)
	wantFault(t, "the family", err, fault.Invalid, "invalid_grant")
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w, c, p, a := signedIn(t)
	other := w.client(callback)
	wantFault(t, "another's access token", w.Revoke(t.Context(), other.Client, a.Access), fault.Invalid, "unauthorized_client")
	wantFault(t, "another's refresh token", w.Revoke(t.Context(), other.Client, a.Refresh), fault.Invalid, "unauthorized_client")
	wantFault(t, "a code", w.Revoke(t.Context(), c.Client, w.authorized(c, p.ID, "")), fault.Invalid, "unsupported_token_type")
	w.caller(a.Access)
	second, err := w.refresh(c, a.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for what, token := range map[string]bank.Secret{"an access token": a.Access, "nothing known": bank.NewSecret("x")} {
			if err := w.Revoke(t.Context(), c.Client, token); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	w.wantOver("the revoked access token", a.Access)
	w.caller(second.Access)
	if err := w.Revoke(t.Context(), c.Client, second.Refresh); err != nil {
		t.Fatal(err)
	}
	w.wantOver("the family's access token", second.Access)
	_, err = w.refresh(c, second.Refresh)
	wantFault(t, "the family", err, fault.Invalid, "invalid_grant")
}

func TestDeletedPersonsTokensEnd(t *testing.T) {
	t.Parallel()
	w, c, p, a := signedIn(t)
	if err := w.DeleteUser(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	w.wantOver("the access token", a.Access)
	_, err := w.refresh(c, a.Refresh)
	wantFault(t, "the refresh token", err, fault.Invalid, "invalid_grant")
	_, err = w.SignIn(t.Context(), signIn(c, "ada@example.org", "right"))
	wantFault(t, "the password", err, fault.Invalid, "invalid_grant")
	w.person(c, "ada@example.org", "other")
}

func TestDeletedClientsTokensEnd(t *testing.T) {
	t.Parallel()
	w, c, _, a := signedIn(t)
	if err := w.DeleteClient(t.Context(), c.Client.Domain, c.Client.ID); err != nil {
		t.Fatal(err)
	}
	w.wantOver("the access token", a.Access)
	_, err := w.refresh(c, a.Refresh)
	wantFault(t, "the refresh token", err, fault.Invalid, "invalid_grant")
}
