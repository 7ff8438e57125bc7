package oauth_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/oauth"
	"passerelle/web/webtest/apitest"
)

// TestTokenGives: each grant, as each client that is known sends it.
func TestTokenGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clientOnly := fields{"grant_type", "client_credentials"}
	for _, tt := range []struct {
		name    string
		body    fields
		json    bool
		options []option
		scope   string
		refresh bool
	}{
		{"client credentials by Basic", clientOnly, false, []option{basic(w.client)}, "openid profile users_create", false},
		{"in the body, with provider", w.credentials("grant_type", "client_credentials", "scope", "users_create", "provider", "linxoConnect"), false, nil, "users_create", false},
		{"as JSON", w.credentials("grant_type", "client_credentials", "scope", "users_create accounts_read"), true, nil, "users_create accounts_read", false},
		{"in both places", w.credentials("grant_type", "client_credentials"), false, []option{basic(w.client)}, "openid profile users_create", false},
		{"a password", w.passwordForm(), false, nil, "openid profile accounts_read", true},
		{"a password without provider and scope", w.passwordForm().with("provider", "", "scope", ""), false, nil, "openid profile accounts_read", true},
		{"a password as JSON", w.passwordForm().with("provider", "linxoConnect", "username", strings.ToUpper(email)), true, nil, "openid profile accounts_read", true},
		{"a password with every scope", w.passwordForm().with("scope", "profile profile_edit accounts_manage connections_manage connections_sync transactions_read"), false, nil, "profile profile_edit accounts_manage connections_manage connections_sync transactions_read", true},
		{"unknown parameters", w.passwordForm().with("audience", "x", "resource", "y"), false, nil, "openid profile accounts_read", true},
	} {
		media, text := formType, tt.body.form()
		if tt.json {
			media, text = jsonType, tt.body.json(t)
		}
		g := w.send(http.MethodPost, oauth.PathToken, media, text, tt.options...).given(t)
		if g.Scope != tt.scope || (g.Refresh != "") != tt.refresh {
			t.Errorf("%s: got %q, refresh %v", tt.name, g.Scope, g.Refresh != "")
		}
		c, err := w.caller(g.Access)
		if err != nil || c.ClientID != w.client.Client.ID || (c.UserID == w.person.ID) != tt.refresh || c.Scopes.String() != tt.scope {
			t.Errorf("%s: the token speaks for %+v, %v", tt.name, c, err)
		}
	}
}

// TestTokenAsPrinted is the quick start's own request, with its line breaks taken out.
func TestTokenAsPrinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := "grant_type=password&username=" + url.QueryEscape(email) + "&password=" + url.QueryEscape(password) +
		fmt.Sprintf("&client_id=%d&client_secret=%s", w.client.Client.ID, w.client.Secret.Reveal()) +
		"&scope=openid%20profile%20accounts_read&provider=connect"
	if g := w.send(http.MethodPost, "/token", formType, body).given(t); g.Scope != "openid profile accounts_read" {
		t.Errorf("got %q", g.Scope)
	}
}

func TestTokenRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pass := w.passwordForm()
	only := fields{"grant_type", "client_credentials"}
	badSecret := w.client
	badSecret.Secret = bank.NewSecret("pwl_secret_wrong")
	tests := []struct {
		name    string
		body    fields
		options []option
		status  int
		code    string
		names   string
	}{
		{"no grant type", w.credentials(), nil, 400, "invalid_request", "grant_type"},
		{"another grant type", w.credentials("grant_type", "implicit"), nil, 400, "unsupported_grant_type", "client_credentials"},
		{"another spelling", w.credentials("grant_type", "Password"), nil, 400, "unsupported_grant_type", "password"},
		{"no client", only, nil, 401, "invalid_client", "client_id"},
		{"half of one", only.with("client_id", fmt.Sprint(w.client.Client.ID)), nil, 401, "invalid_client", "client_secret"},
		{"the other half", only.with("client_secret", "x"), nil, 401, "invalid_client", "client_id"},
		{"a wrong secret", w.credentials("grant_type", "client_credentials").with("client_secret", "x"), nil, 401, "invalid_client", "client_secret"},
		{"a wrong secret by Basic", only, []option{basic(badSecret)}, 401, "invalid_client", ""},
		{"an unknown client", w.credentials("grant_type", "client_credentials").with("client_id", "99999999"), nil, 401, "invalid_client", ""},
		{"a UUID", w.credentials("grant_type", "client_credentials").with("client_id", "0b9b6a1e-8d0a-4c1e-9a39-000000000000"), nil, 401, "invalid_client", "client_id"},
		{"Basic that is none", only, []option{apitest.Header("Authorization", "Basic %%%")}, 401, "invalid_client", ""},
		{"Basic with a UUID", only, []option{apitest.Header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("0b9b-x:y")))}, 401, "invalid_client", ""},
		{"two that differ", w.credentials("grant_type", "client_credentials"), []option{basic(w.other)}, 400, "invalid_request", "one place"},
		{"two headers", only, []option{basic(w.client), apitest.Header("Authorization", "Basic x")}, 400, "invalid_request", "Authorization"},
		{"another provider", pass.with("provider", "google"), nil, 400, "invalid_request", "provider"},
		{"no username", pass.with("username", ""), nil, 400, "invalid_request", "username"},
		{"no password", pass.with("password", ""), nil, 400, "invalid_request", "password"},
		{"a wrong password", pass.with("password", "wrong"), nil, 400, "invalid_grant", "password"},
		{"an unknown address", pass.with("username", "nobody@example.org"), nil, 400, "invalid_grant", "password"},
		{"another client's person", pass.with("client_id", fmt.Sprint(w.other.Client.ID), "client_secret", w.other.Secret.Reveal()), nil, 400, "invalid_grant", ""},
		{"an unknown scope", pass.with("scope", "profile offline_access"), nil, 400, "invalid_scope", "offline_access"},
		{"a client's scope", pass.with("scope", "users_create"), nil, 400, "invalid_scope", "client_credentials"},
		{"markup for a scope", pass.with("scope", "<b>"), nil, 400, "invalid_scope", "scope"},
		{"no code", w.credentials("grant_type", "authorization_code", "redirect_uri", callback), nil, 400, "invalid_request", "code"},
		{"no redirect URI", w.credentials("grant_type", "authorization_code", "code", "x"), nil, 400, "invalid_request", "redirect_uri"},
		{"no such code", w.credentials("grant_type", "authorization_code", "code", "x", "redirect_uri", callback), nil, 400, "invalid_grant", "code"},
		{"no refresh token", w.credentials("grant_type", "refresh_token"), nil, 400, "invalid_request", "refresh_token"},
		{"no such refresh token", w.credentials("grant_type", "refresh_token", "refresh_token", "x"), nil, 400, "invalid_grant", "refresh_token"},
		{"a strange key", w.credentials("grant_type", "refresh_token", "refresh_token", "x"), []option{apitest.Header("Idempotency-Key", "\u00e9")}, 400, "invalid_request", "Idempotency-Key"},
		{"the same twice", append(append(fields{}, pass...), "username", "x"), nil, 400, "invalid_request", "username"},
		{"an access token in the body", pass.with("access_token", "x"), nil, 400, "invalid_request", "access_token"},
	}
	for _, tt := range tests {
		w.token(tt.body, tt.options...).wantError(t, tt.name, tt.status, tt.code, tt.names)
	}
	for _, tt := range []struct {
		name, method, path, media, body string
		status                          int
		names                           string
	}{
		{"JSON that is none", "POST", "/token", jsonType, `{"grant_type":`, 400, "JSON"},
		{"a list", "POST", "/token", jsonType, `[]`, 400, "JSON"},
		{"numbers for texts", "POST", "/token", jsonType, `{"grant_type":7}`, 400, "grant_type"},
		{"no body", "POST", "/token", "", "", 400, "grant_type"},
		{"another type", "POST", "/token", "text/plain", "grant_type=password", 415, "application/json"},
		{"another charset", "POST", "/token", formType + "; charset=latin1", "grant_type=password", 415, "UTF-8"},
		{"a secret in the query", "POST", "/token?client_secret=x", formType, pass.form(), 400, "client_secret"},
		{"a password in the query", "POST", "/token?password=x", formType, pass.form(), 400, "password"},
		{"too much", "POST", "/token", formType, "x=" + strings.Repeat("a", 70<<10), 413, "larger"},
		{"GET", "GET", "/token", "", "", 405, "Allow"},
		{"GET of a revocation", "GET", "/revoke", "", "", 405, "Allow"},
		{"no token to revoke", "POST", "/revoke", formType, w.credentials().form(), 400, "token"},
		{"metadata posted", "POST", oauth.PathMetadata, formType, "", 405, "Allow"},
	} {
		w.send(tt.method, tt.path, tt.media, tt.body).wantError(t, tt.name, tt.status, "invalid_request", tt.names)
	}
}

func TestPasswordSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.grants.ChangeClient(t.Context(), grant.DefaultDomain, w.client.Client.ID, grant.ClientChange{
		Options: func(o *grant.Options) error { o.NoPasswordGrant = true; return nil },
	})
	w.check(err)
	w.token(w.passwordForm()).wantError(t, "switched off", 400, "unauthorized_client", "signin")
}

func TestTooManyPasswords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 10 {
		w.token(w.passwordForm().with("password", "wrong")).wantError(t, "wrong", 400, "invalid_grant", "")
	}
	a := w.token(w.passwordForm())
	a.wantError(t, "one more", 429, "temporarily_unavailable", "")
	if got := a.header.Get("Retry-After"); got != "900" {
		t.Errorf("Retry-After is %q, want 900", got)
	}
	w.clock.Pass(grant.SignInPause)
	w.token(w.passwordForm()).given(t)
}

func (w *world) refreshForm(token string) fields {
	return w.credentials("grant_type", "refresh_token", "refresh_token", token, "redirect_uri", callback)
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.token(w.passwordForm()).given(t)
	w.clock.Pass(2 * time.Hour)
	key := apitest.Header("Idempotency-Key", "once")
	second := w.token(w.refreshForm(first.Refresh), key)
	if again := w.token(w.refreshForm(first.Refresh), key); again.body != second.body {
		t.Errorf("the repeat reads %s, want %s", again.body, second.body)
	}
	g := second.given(t)
	if g.Refresh == "" || g.Refresh == first.Refresh || g.Scope != first.Scope {
		t.Errorf("the second is %+v", g)
	}
	w.token(w.refreshForm(g.Refresh).with("scope", "profile_edit")).wantError(t, "widened", 400, "invalid_scope", "scope")
	narrow := w.token(w.refreshForm(g.Refresh).with("scope", "profile")).given(t)
	if narrow.Scope != "profile" {
		t.Errorf("narrowed to %q", narrow.Scope)
	}
	w.token(w.refreshForm(narrow.Refresh).with("client_id", fmt.Sprint(w.other.Client.ID), "client_secret", w.other.Secret.Reveal())).
		wantError(t, "by another", 400, "invalid_grant", "")
	w.clock.Pass(grant.ReplayWindow)
	w.token(w.refreshForm(first.Refresh), key).wantError(t, "again, later", 400, "invalid_grant", "")
	if _, err := w.caller(narrow.Access); err == nil {
		t.Error("the family outlived its first token's being presented again")
	}
}

func TestRefreshOnce(t *testing.T) {
	t.Parallel()
	const callers = 64
	w := newWorld(t)
	first := w.token(w.passwordForm()).given(t)
	form := w.refreshForm(first.Refresh).form()
	statuses := make(chan int, callers)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/token", strings.NewReader(form))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", formType)
			got, err := w.server.Client().Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			_ = got.Body.Close()
			statuses <- got.StatusCode
		})
	}
	wg.Wait()
	close(statuses)
	count := map[int]int{}
	for s := range statuses {
		count[s]++
	}
	if count[200] != 1 || count[400] != callers-1 {
		t.Errorf("got %v, want one 200 and 400 for the rest", count)
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.token(w.passwordForm()).given(t)
	revoke := func(token string, more ...string) answer {
		return w.send(http.MethodPost, oauth.PathRevoke, formType, w.credentials("token", token).with(more...).form())
	}
	revoke(g.Access, "client_secret", "x").wantError(t, "a wrong secret", 401, "invalid_client", "")
	revoke(g.Access, "client_id", fmt.Sprint(w.other.Client.ID), "client_secret", w.other.Secret.Reveal()).
		wantError(t, "by another", 400, "unauthorized_client", "token")
	if _, err := w.caller(g.Access); err != nil {
		t.Fatalf("another client application revoked it: %v", err)
	}
	for what, token := range map[string]string{"good": g.Access, "again": g.Access, "unknown": "x"} {
		if a := revoke(token, "token_type_hint", "refresh_token"); a.status != 200 || a.body != "" {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	if _, err := w.caller(g.Access); err == nil {
		t.Error("the revoked access token lives on")
	}
	next := w.token(w.refreshForm(g.Refresh)).given(t)
	if a := revoke(next.Refresh); a.status != 200 {
		t.Errorf("a refresh token: %d %s", a.status, a.body)
	}
	if _, err := w.caller(next.Access); err == nil {
		t.Error("the family's access token lives on")
	}
	code, err := w.grants.NewAuthorizationCode(t.Context(), grant.Authorization{
		ClientID: w.client.Client.ID, Domain: grant.DefaultDomain, UserID: w.person.ID, RedirectURI: callback, Scopes: grant.Scopes{},
	})
	w.check(err)
	revoke(code.Plain.Reveal()).wantError(t, "a code", 400, "unsupported_token_type", "")
}

// TestNothingPersonalIsLogged sends good and bad requests and looks for what must not be in the log.
func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.token(w.passwordForm()).given(t)
	w.token(w.passwordForm().with("password", "wrong pass word"))
	w.token(w.passwordForm().with("username", "nobody@example.org"))
	w.send(http.MethodPost, "/token?username="+url.QueryEscape(email)+"&password=x", jsonType, w.passwordForm().json(t))
	next := w.token(w.refreshForm(g.Refresh)).given(t)
	w.token(w.refreshForm(g.Refresh))
	w.send(http.MethodPost, oauth.PathRevoke, formType, w.credentials("token", next.Refresh).form())
	log := strings.ToLower(w.log.String())
	if strings.Count(log, `"route":"/token"`) < 6 {
		t.Fatalf("the log tells of no requests:\n%s", log)
	}
	for what, needle := range map[string]string{
		"the address": "lovelace", "the unknown address": "nobody", "the password": "horse", "the wrong password": "wrong pass",
		"the secret": w.client.Secret.Reveal()[20:], "the access token": g.Access[50:], "the refresh token": g.Refresh[50:], "the next": next.Refresh[50:],
	} {
		if strings.Contains(log, strings.ToLower(needle)) {
			t.Errorf("%s is in the log", what)
		}
	}
}
