package powens_test

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
	"passerelle/internal/webhook"
)

func basic(id, secret string) option {
	return header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret))))
}

// secretIn reads a member of an answer that is a secret.
func secretIn(t *testing.T, a answer, name string) bank.Secret {
	t.Helper()
	s, _ := a.into(t)[name].(string)
	if s == "" {
		t.Fatalf("the answer has no %s: %d %s", name, a.status, a.body)
	}
	return bank.NewSecret(s)
}

// TestSequences walks both integration sequences that Powens documents.
func TestSequences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.do(http.MethodPost, "/auth/init", form(w.credentials(nil)))
	if m := made.into(t); m["type"] != "permanent" || m["expires_in"] != nil {
		t.Errorf("auth/init with credentials gave %v", m)
	}
	token := secretIn(t, made, "auth_token")
	for kind, want := range map[string]string{"": "standard", "?type=requestAccess": "standard", "?type=singleAccess": "single"} {
		got := w.do(http.MethodGet, "/auth/token/code"+kind, as(token))
		if m := got.into(t); m["access"] != want || m["type"] != "temporary" || fmt.Sprint(m["expires_in"]) != "1800" {
			t.Errorf("auth/token/code%s gave %s", kind, got.body)
		}
	}
	if got := w.do(http.MethodDelete, "/auth/token", as(token)); got.status != http.StatusNoContent {
		t.Errorf("DELETE auth/token: %d %s", got.status, got.body)
	}
	w.do(http.MethodGet, "/users/me", as(token)).wantError(t, "after it", http.StatusUnauthorized, "unauthorized", "")

	temporary := w.do(http.MethodPost, "/auth/init")
	m := temporary.into(t)
	if m["type"] != "temporary" || fmt.Sprint(m["expires_in"]) != "1800" {
		t.Errorf("auth/init without credentials gave %v", m)
	}
	lent := secretIn(t, temporary, "auth_token")
	if me := w.do(http.MethodGet, "/users/me", as(lent)).into(t); me["id"] != m["id_user"] {
		t.Errorf("the temporary bearer reads %v", me)
	}
	w.do(http.MethodDelete, "/auth/token", as(lent)).wantError(t, "revoke a temporary code", http.StatusForbidden, "forbidden", "")
	exchanged := w.exchange(lent, nil)
	if exchanged.into(t)["token_type"] != "Bearer" {
		t.Errorf("the exchange gave %s", exchanged.body)
	}
	kept := secretIn(t, exchanged, "access_token")
	w.clock.Pass(48 * time.Hour)
	if me := w.do(http.MethodGet, "/users/me", as(kept)).into(t); me["id"] != m["id_user"] {
		t.Errorf("the exchanged token reads %v", me)
	}
}

func TestTemporaryBearerEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lent := secretIn(t, w.do(http.MethodPost, "/auth/init"), "auth_token")
	w.clock.Pass(20 * time.Minute)
	if m := w.do(http.MethodGet, "/auth/token/code", as(lent)).into(t); fmt.Sprint(m["expires_in"]) != "600" {
		t.Errorf("a code made with a temporary code gave %v, want expires_in 600", m)
	}
	w.clock.Pass(10 * time.Minute)
	w.do(http.MethodGet, "/users/me", as(lent)).wantError(t, "after 30 minutes", http.StatusUnauthorized, "unauthorized", "")
	w.exchange(lent, nil).wantError(t, "its exchange", http.StatusBadRequest, "invalid_grant", "code")
}

// TestExchangeForms: the client application may say who it is in a form, in JSON or with HTTP Basic.
func TestExchangeForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, secret := fmt.Sprint(w.client.Client.ID), w.client.Secret.Reveal()
	for name, send := range map[string]func(code string) []option{
		"form": func(code string) []option {
			return []option{form(w.credentials(map[string]string{"code": code, "grant_type": "authorization_code", "redirect_uri": callback}))}
		},
		"JSON": func(code string) []option {
			return []option{jsonBody(fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"code":%q,"redirect_uri":null,"more":{"a":[1]}}`, id, secret, code))}
		},
		"JSON with a number": func(code string) []option {
			return []option{jsonBody(fmt.Sprintf(`{"client_id":%s,"client_secret":%q,"code":%q}`, id, secret, code))}
		},
		"Basic": func(code string) []option { return []option{basic(id, secret), form(map[string]string{"code": code})} },
		"Basic and the same in the body": func(code string) []option {
			return []option{basic(id, secret), form(w.credentials(map[string]string{"code": code}))}
		},
	} {
		if got := w.do(http.MethodPost, "/auth/token/access", send(w.code("").Reveal())...); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// TestClientRefused is R24, and the halves and contradictions around it.
func TestClientRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := fmt.Sprint(w.client.Client.ID)
	code := w.code("").Reveal()
	tests := []struct {
		name        string
		options     []option
		status      int
		code, field string
		challenge   string
	}{
		{"wrong secret", []option{form(map[string]string{"client_id": id, "client_secret": "x", "code": code})}, 401, "invalid_client", "", ""},
		{"unknown id", []option{form(map[string]string{"client_id": "1", "client_secret": "x", "code": code})}, 401, "invalid_client", "", ""},
		{"wrong by Basic", []option{basic(id, "x"), form(map[string]string{"code": code})}, 401, "invalid_client", "", "Basic"},
		{"Basic without text", []option{header("Authorization", "Basic !!!"), form(map[string]string{"code": code})}, 401, "invalid_client", "", "Basic"},
		{"Basic with another id", []option{basic("abc", "x"), form(map[string]string{"code": code})}, 401, "invalid_client", "", "Basic"},
		{"Basic and another in the body", []option{basic(id, "y"), form(w.credentials(map[string]string{"code": code}))}, 400, "invalidValue", "client_id", ""},
		{"no id", []option{form(map[string]string{"client_secret": "x", "code": code})}, 400, "missingParameter", "client_id", ""},
		{"no secret", []option{form(map[string]string{"client_id": id, "code": code})}, 400, "missingParameter", "client_secret", ""},
		{"nothing", []option{form(map[string]string{"code": code})}, 400, "missingParameter", "client_id", ""},
	}
	for _, tt := range tests {
		got := w.do(http.MethodPost, "/auth/token/access", tt.options...)
		got.wantError(t, tt.name, tt.status, tt.code, tt.field)
		if challenge := got.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, tt.challenge) || tt.challenge == "" && challenge != "" {
			t.Errorf("%s: WWW-Authenticate is %q, want %q", tt.name, challenge, tt.challenge)
		}
		if e := got.into(t)["error"]; e == nil || e == "" {
			t.Errorf("%s: the answer lacks the members of RFC 6749 §5.2: %s", tt.name, got.body)
		}
	}
	if got := w.exchange(bank.NewSecret(code), nil); got.status != http.StatusOK {
		t.Errorf("none of it burnt the code, but the exchange gave %d %s", got.status, got.body)
	}
}

// TestReplayOverHTTP is A29.
func TestReplayOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.code("")
	token := secretIn(t, w.exchange(code, nil), "access_token")
	if got := w.do(http.MethodGet, "/users/me", as(token)); got.status != http.StatusOK {
		t.Fatalf("the token reads %d %s", got.status, got.body)
	}
	again := w.exchange(code, nil)
	again.wantError(t, "the replay", http.StatusBadRequest, "invalid_grant", "code")
	if again.into(t)["error"] != "invalid_grant" {
		t.Errorf("the replay's error is %s", again.body)
	}
	w.do(http.MethodGet, "/users/me", as(token)).wantError(t, "the first token", http.StatusUnauthorized, "unauthorized", "")
	events, err := w.store.ReadEvents(t.Context(), 0, 100)
	w.check(err)
	found := false
	for _, e := range events {
		found = found || e.Name == webhook.CodeReplayed
	}
	if !found {
		t.Errorf("no event %s was kept", webhook.CodeReplayed)
	}
}

// TestIdempotencyKeyOverHTTP is A30: the same bytes within the time, else refused and revoked.
func TestIdempotencyKeyOverHTTP(t *testing.T) {
	t.Parallel()
	key := func(k string) option { return header("Idempotency-Key", k) }
	for _, tt := range []struct {
		name  string
		after time.Duration
		again []option
		good  bool
	}{
		{"same key", 59 * time.Second, []option{key("a")}, true},
		{"too late", 61 * time.Second, []option{key("a")}, false},
		{"other key", 0, []option{key("b")}, false},
		{"no key", 0, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			code := w.code("")
			first := w.exchange(code, nil, key("a"))
			token := secretIn(t, first, "access_token")
			w.clock.Pass(tt.after)
			second := w.exchange(code, nil, tt.again...)
			live := w.do(http.MethodGet, "/users/me", as(token))
			if tt.good {
				if second.status != http.StatusOK || second.body != first.body || live.status != http.StatusOK {
					t.Errorf("the repeat gave %d, the same bytes: %v; the token %d", second.status, second.body == first.body, live.status)
				}
				return
			}
			second.wantError(t, "the repeat", http.StatusBadRequest, "invalid_grant", "code")
			live.wantError(t, "the first token", http.StatusUnauthorized, "unauthorized", "")
		})
	}
}

// TestPKCEOverHTTP is A33, A34 and A36 in the shape of this surface.
func TestPKCEOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	verifier := strings.Repeat("v", 64)
	challenge, _ := grant.S256(verifier)
	for name, more := range map[string]map[string]string{
		"A33 none": nil, "A34 wrong": {"code_verifier": strings.Repeat("w", 64)}, "short": {"code_verifier": "v"},
	} {
		code := w.code(challenge)
		w.exchange(code, more).wantError(t, name, http.StatusBadRequest, "invalid_grant", "code")
		if got := w.exchange(code, map[string]string{"code_verifier": verifier}); got.status != http.StatusOK {
			t.Errorf("%s: the right verifier afterwards gave %d %s", name, got.status, got.body)
		}
	}
	w.exchange(w.code(""), map[string]string{"code_verifier": verifier}).wantError(t, "A36", http.StatusBadRequest, "invalid_grant", "code")
	w.exchange(w.code(""), map[string]string{"redirect_uri": callback + "/"}).wantError(t, "A32", http.StatusBadRequest, "invalid_grant", "code")
}

// TestOneOfSixtyFour is A38: 64 exchanges of one code at one time, over HTTP.
func TestOneOfSixtyFour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const rounds, callers = 5, 64
	for round := range rounds {
		code := w.code("")
		statuses := make([]int, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() { statuses[i] = w.exchange(code, nil).status })
		}
		wg.Wait()
		count := map[int]int{}
		for _, s := range statuses {
			count[s]++
		}
		if count[http.StatusOK] != 1 || count[http.StatusBadRequest] != callers-1 {
			t.Errorf("round %d: the statuses were %v, want one 200 and %d 400", round, count, callers-1)
		}
	}
}

// TestRenewOverHTTP is R33.
func TestRenewOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	values := w.credentials(map[string]string{"grant_type": "client_credentials", "id_user": fmt.Sprint(p.id), "revoke_previous": "true"})
	got := w.do(http.MethodPost, "/auth/renew", form(values))
	if me := w.do(http.MethodGet, "/users/me", as(secretIn(t, got, "access_token"))).into(t); fmt.Sprint(me["id"]) != fmt.Sprint(p.id) {
		t.Errorf("the renewed token reads %v", me)
	}
	w.do(http.MethodGet, "/users/me", as(p.token)).wantError(t, "the previous token", http.StatusUnauthorized, "unauthorized", "")
	values["id_user"] = "999999"
	w.do(http.MethodPost, "/auth/renew", form(values)).wantError(t, "an unknown user", http.StatusNotFound, "notFound", "")
	text := fmt.Sprintf(`{"client_id":%d,"client_secret":%q,"grant_type":"client_credentials","revoke_previous":false}`,
		w.client.Client.ID, w.client.Secret.Reveal())
	if got := w.do(http.MethodPost, "/auth/renew", jsonBody(text)); got.status != http.StatusOK {
		t.Errorf("without a user: %d %s", got.status, got.body)
	}
}

// TestBearers is A42, A44 and A45.
func TestBearers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.person().token
	plain := token.Reveal()
	single := secretIn(t, w.do(http.MethodGet, "/auth/token/code?type=singleAccess", as(token)), "code")
	raw := func(s string) option { return header("Authorization", s) }
	tests := []struct {
		name    string
		path    string
		options []option
		status  int
		code    string
	}{
		{"A42 in the query", "/users/me?access_token=" + plain, nil, 401, "unauthorized"},
		{"A44 in query and header", "/users/me?access_token=" + plain, []option{as(token)}, 400, "invalidValue"},
		{"A44 two headers", "/users/me", []option{as(token), as(token)}, 400, "invalidValue"},
		{"A44 header and body", "/users/me", []option{as(token), form(map[string]string{"access_token": plain})}, 400, "invalidValue"},
		{"none", "/users/me", nil, 401, "unauthorized"},
		{"empty", "/users/me", []option{raw("Bearer ")}, 401, "unauthorized"},
		{"other scheme", "/users/me", []option{raw("Token " + plain)}, 401, "unauthorized"},
		{"A45 minus a character", "/users/me", []option{raw("Bearer " + plain[:len(plain)-1])}, 401, "unauthorized"},
		{"A45 plus a character", "/users/me", []option{raw("Bearer " + plain + "x")}, 401, "unauthorized"},
		{"A45 other prefix", "/users/me", []option{raw("Bearer " + strings.Replace(plain, "pwl_user_", "pwl_mng_", 1))}, 401, "unauthorized"},
		{"a single code", "/users/me", []option{as(single)}, 401, "unauthorized"},
		{"an authorization code", "/users/me", []option{as(w.code(""))}, 401, "unauthorized"},
	}
	for _, tt := range tests {
		got := w.do(http.MethodGet, tt.path, tt.options...)
		got.wantError(t, tt.name, tt.status, tt.code, "")
		if tt.status == 401 && !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s: WWW-Authenticate is %q", tt.name, got.header.Get("WWW-Authenticate"))
		}
	}
	if got := w.do(http.MethodGet, "/users/me", raw("bEaReR "+plain)); got.status != http.StatusOK {
		t.Errorf("the scheme in another case: %d %s", got.status, got.body)
	}
}

// TestStoreFails is A46 and R67 over HTTP: 503 with Retry-After, and nothing of the inside in the answer.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, code := w.person().token, w.code("")
	w.check(w.store.Close())
	for name, got := range map[string]answer{
		"revoke":   w.do(http.MethodDelete, "/auth/token", as(token)),
		"read":     w.do(http.MethodGet, "/users/me", as(token)),
		"exchange": w.exchange(code, nil),
		"init":     w.do(http.MethodPost, "/auth/init"),
	} {
		got.wantError(t, name, http.StatusServiceUnavailable, "unavailable", "")
		if got.header.Get("Retry-After") == "" || strings.Contains(got.body, "sql") || strings.Contains(got.body, "closed") {
			t.Errorf("%s: Retry-After %q, body %s", name, got.header.Get("Retry-After"), got.body)
		}
	}
}

// TestNoCORS is A57: no origin is let in.
func TestNoCORS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, origin := range []string{"https://evil.test", "null", publicURL} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			got := w.do(method, "/connectors", header("Origin", origin), header("Access-Control-Request-Method", "GET"))
			for name := range got.header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s with Origin %s: the answer has %s", method, origin, name)
				}
			}
		}
	}
}
