package oauth

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

const callback = "https://app.example/back?from=us"

// grants is a client application 10000001 with one redirect URI and one person.
type grants struct {
	client grant.Client
	refuse error
	asked  []grant.SignInRequest
	made   []grant.Authorization
}

func (g *grants) CheckRedirectURI(_ context.Context, id int64, presented string) (grant.Client, string, error) {
	if id != g.client.ID || presented != callback {
		return grant.Client{}, "", fault.New(fault.Invalid, "no")
	}
	return g.client, callback, nil
}

func (g *grants) SignIn(_ context.Context, r grant.SignInRequest) (grant.Person, error) {
	g.asked = append(g.asked, r)
	if g.refuse != nil {
		return grant.Person{}, g.refuse
	}
	if r.Email != "anna@example.org" || r.Password.Reveal() != " pass word " {
		return grant.Person{}, fault.New(fault.Invalid, "no").WithCode("invalid_grant")
	}
	return grant.Person{User: grant.User{ID: 7}}, nil
}

func (g *grants) KnowDevice(r grant.SignInRequest) ([]bank.Secret, error) {
	return append([]bank.Secret{bank.NewSecret("of-" + strings.ReplaceAll(r.Email, ".", "-"))}, r.Vouchers...), nil
}

func (g *grants) NewAuthorizationCode(_ context.Context, a grant.Authorization) (grant.IssuedCode, error) {
	g.made = append(g.made, a)
	return grant.IssuedCode{Plain: bank.NewSecret("the-code")}, nil
}

// ids shows every message by its id.
type ids struct{}

func (ids) T(id string, _ map[string]any) string { return id }

// browser talks to the page and keeps its cookies.
type browser struct {
	t       *testing.T
	grants  *grants
	handler http.Handler
	cookies map[string]string
}

func open(t *testing.T) *browser {
	t.Helper()
	ring, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	g := &grants{client: grant.Client{ID: 10000001, Domain: "default", Name: "Budget Leaf"}}
	h, err := NewSignIn(SignInDeps{
		Grants: g, PublicURL: &url.URL{Scheme: "https", Host: "connect.example.org"}, Operator: "Passerelle",
		Translator: func(string) page.Translator { return ids{} }, Negotiate: func(string) string { return "en" },
		Languages: []page.Language{{Tag: "en", Name: "English"}, {Tag: "fr", Name: "Français"}},
		CSRF:      middleware.NewCSRF(ring), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		status := map[fault.Kind]int{fault.Forbidden: 403, fault.Unsupported: 415, fault.Invalid: 400}[fault.As(err).Kind]
		_ = c.String(max(status, 399), fault.As(err).Message)
	}
	e.Use(middleware.Headers(true))
	h.Mount(e)
	return &browser{t: t, grants: g, handler: e, cookies: map[string]string{}}
}

func (b *browser) do(method, target, body string, change ...func(*http.Request)) *http.Response {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://connect.example.org")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
	}
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// asking is a good one, with changes: name and value in turn; an empty value takes the parameter away.
func asking(changes ...string) string {
	v := url.Values{
		"client_id": {"10000001"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid accounts_read"}, "state": {"s t&a=te"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return PathAuthorize + "?" + v.Encode()
}

var token = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// form fills the page's form in.
func (b *browser) form(target, email, password string) string {
	b.t.Helper()
	r := b.do(http.MethodGet, target, "")
	m := token.FindStringSubmatch(text(b.t, r))
	if r.StatusCode != http.StatusOK || m == nil {
		b.t.Fatalf("GET %s: %d, token %v", target, r.StatusCode, m)
	}
	return url.Values{"csrf": {m[1]}, "step": {"0"}, "field.email": {email}, "field.password": {password}}.Encode()
}

func back(t *testing.T, r *http.Response) url.Values {
	t.Helper()
	at := r.Header.Get("Location")
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, callback+"&") {
		t.Fatalf("%d to %q, want 303 to %s", r.StatusCode, at, callback)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestSignInLeadsBackWithACode(t *testing.T) {
	t.Parallel()
	b := open(t)
	challenge := "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	target := asking("code_challenge", challenge, "code_challenge_method", "S256", "unknown", "x")
	q := back(t, b.do(http.MethodPost, target, b.form(target, " anna@example.org ", " pass word ")))
	if q.Get("code") != "the-code" || q.Get("state") != "s t&a=te" || q.Has("iss") || q.Get("from") != "us" {
		t.Errorf("the callback says %v", q)
	}
	want := grant.Authorization{ClientID: 10000001, Domain: "default", UserID: 7, RedirectURI: callback, Challenge: challenge}
	got := b.grants.made[0]
	scopes := got.Scopes.String()
	if got.Scopes = nil; got.ClientID != want.ClientID || got.UserID != want.UserID || got.Challenge != challenge || got.RedirectURI != callback || scopes != "openid accounts_read" {
		t.Errorf("made %+v with %q, want %+v", got, scopes, want)
	}
	if from := b.grants.asked[0].From; from == "" {
		t.Error("the address that asks is not told: refusals would be counted by client application")
	}
}

func TestSignInSaysWhoIssuedTheCodeWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.grants.client.Options.SendIssuer = true
	q := back(t, b.do(http.MethodPost, asking(), b.form(asking(), "anna@example.org", " pass word ")))
	if q.Get("iss") != "https://connect.example.org" {
		t.Errorf("iss is %q", q.Get("iss"))
	}
}

func TestSignInPage(t *testing.T) {
	t.Parallel()
	r := open(t).do(http.MethodGet, asking(), "")
	body := text(t, r)
	for _, want := range []string{
		`autocomplete="username"`, `autocomplete="current-password"`, "scope.openid", "scope.accounts_read", "signin.not_bank", "frame.signs_in",
		`<html lang="en"`, `lang=fr`, `action="/signin/cancel?`, "trust.signin",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	csp := r.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "form-action 'self' https://app.example;") || r.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("policy %q, X-Frame-Options %q", csp, r.Header.Get("X-Frame-Options"))
	}
	cookie := r.Header.Get("Set-Cookie")
	for _, want := range []string{"__Host-passerelle-signin=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept by caches")
	}
}

// TestSignInMistakesThatAreShown: until client application and redirect URI are known nobody is sent anywhere (R5, R6).
func TestSignInMistakesThatAreShown(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]string{
		"no client":          asking("client_id", ""),
		"unknown client":     asking("client_id", "10000009"),
		"odd client":         asking("client_id", "010000001"),
		"a UUID":             asking("client_id", "6b0c8f9e-5b1f-4b7e-9a58-7f2e3c0d9a11"),
		"no redirect URI":    asking("redirect_uri", ""),
		"another one":        asking("redirect_uri", "https://evil.example/"),
		"repeated":           asking() + "&state=other",
		"repeated client":    asking() + "&client_id=10000001",
		"bad encoding":       asking() + "&scope=%zz",
		"NUL":                asking("state", "a\x00b"),
		"no UTF-8":           asking() + "&prompt=%ff",
		"longer than a page": asking("state", strings.Repeat("a", 9000)),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			b := open(t)
			r := b.do(method, target, "")
			if r.StatusCode != http.StatusBadRequest || r.Header.Get("Location") != "" || !strings.Contains(text(t, r), "integrator.title") {
				t.Errorf("%s, %s: %d to %q", method, name, r.StatusCode, r.Header.Get("Location"))
			}
			if len(b.grants.asked) > 0 {
				t.Errorf("%s: a password was tried", name)
			}
		}
	}
}

// TestSignInMistakesThatAreTold: everything else goes back with the state (RFC 6749 §4.1.2.1).
func TestSignInMistakesThatAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ target, want string }{
		"no response type":  {asking("response_type", ""), "invalid_request"},
		"token":             {asking("response_type", "token"), "unsupported_response_type"},
		"hybrid":            {asking("response_type", "code id_token"), "unsupported_response_type"},
		"fragment":          {asking("response_mode", "fragment"), "invalid_request"},
		"unknown scope":     {asking("scope", "openid everything"), "invalid_scope"},
		"a client's scope":  {asking("scope", "users_create"), "invalid_scope"},
		"plain":             {asking("code_challenge", strings.Repeat("a", 43), "code_challenge_method", "plain"), "invalid_request"},
		"no method":         {asking("code_challenge", strings.Repeat("a", 43)), "invalid_request"},
		"request object":    {asking("request", "e30.e30."), "request_not_supported"},
		"request by URI":    {asking("request_uri", "https://evil.example/r"), "request_uri_not_supported"},
		"without a session": {asking("prompt", "none"), "login_required"},
	} {
		b := open(t)
		q := back(t, b.do(http.MethodGet, c.target, ""))
		if q.Get("error") != c.want || q.Get("state") != "s t&a=te" || q.Get("error_description") == "" || q.Has("code") {
			t.Errorf("%s: %v, want %s", name, q, c.want)
		}
	}
	q := back(t, open(t).do(http.MethodGet, asking("state", strings.Repeat("s", 1025)), ""))
	if q.Get("error") != "invalid_request" || q.Has("state") {
		t.Errorf("a state too long: %v", q)
	}
	b := open(t)
	b.grants.client.Options.RequirePKCE = true
	if q := back(t, b.do(http.MethodGet, asking(), "")); q.Get("error") != "invalid_request" {
		t.Errorf("no challenge where one is required: %v", q)
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	r := b.do(http.MethodPost, asking(), b.form(asking(), "anna@example.org", "secret-typed"))
	body := text(t, r)
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "signin.refused") || !strings.Contains(body, `value="anna@example.org"`) {
		t.Errorf("%d: %s", r.StatusCode, body)
	}
	if strings.Contains(body, "secret-typed") {
		t.Error("the password stands in the page")
	}
	// An unknown address reads the same.
	unknown := text(t, b.do(http.MethodPost, asking(), b.form(asking(), "anna@example.org", "other")))
	if normal(unknown) != normal(body) {
		t.Error("the two refusals differ")
	}
}

var random = regexp.MustCompile(`(nonce|value)="[A-Za-z0-9+/_-]{20,}"`)

func normal(body string) string { return random.ReplaceAllString(body, "") }

func TestSignInEmpty(t *testing.T) {
	t.Parallel()
	b := open(t)
	r := b.do(http.MethodPost, asking(), b.form(asking(), " ", ""))
	if body := text(t, r); r.StatusCode != http.StatusUnprocessableEntity || strings.Count(body, `aria-invalid="true"`) != 2 || len(b.grants.asked) > 0 {
		t.Errorf("%d, tried %d: %s", r.StatusCode, len(b.grants.asked), body)
	}
}

func TestSignInThrottled(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.grants.refuse = fault.New(fault.Limited, "later").WithRetry(14*time.Minute + 2*time.Second)
	r := b.do(http.MethodPost, asking(), b.form(asking(), "anna@example.org", "x"))
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "842" || !strings.Contains(text(t, r), "signin.throttled") {
		t.Errorf("%d, Retry-After %q", r.StatusCode, r.Header.Get("Retry-After"))
	}
	if m, s := waitOf(0); m != 1 || s != "1" {
		t.Errorf("no wait is %d minutes, %s seconds", m, s)
	}
}

// TestSignInTakesItsOwnFormsOnly: a form that another page made the browser send, one of another request or of another browser tries
// nothing (login CSRF).
func TestSignInTakesItsOwnFormsOnly(t *testing.T) {
	t.Parallel()
	good := func(b *browser) string { return b.form(asking(), "anna@example.org", " pass word ") }
	for name, send := range map[string]func(b *browser) *http.Response{
		"no token": func(b *browser) *http.Response {
			return b.do(http.MethodPost, asking(), "field.email=anna%40example.org&field.password=x")
		},
		"another browser": func(b *browser) *http.Response {
			body := good(b)
			b.cookies = map[string]string{}
			return b.do(http.MethodPost, asking(), body)
		},
		"a made-up cookie": func(b *browser) *http.Response {
			body := good(b)
			b.cookies["__Host-passerelle-signin"] = "short"
			return b.do(http.MethodPost, asking(), body)
		},
		"another request": func(b *browser) *http.Response {
			return b.do(http.MethodPost, asking("scope", "profile_edit"), good(b))
		},
	} {
		b := open(t)
		r := send(b)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(t, r), "notice.reload") || len(b.grants.asked) > 0 {
			t.Errorf("%s: %d, tried %d", name, r.StatusCode, len(b.grants.asked))
		}
	}
	b := open(t)
	r := b.do(http.MethodPost, asking(), good(b), func(r *http.Request) {
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	if r.StatusCode != http.StatusForbidden || len(b.grants.asked) > 0 {
		t.Errorf("from another site: %d, tried %d", r.StatusCode, len(b.grants.asked))
	}
	// The language is no part of what a form is good for.
	body := good(b)
	back(t, b.do(http.MethodPost, asking("lang", "fr"), body))
}

func TestSignInCancelled(t *testing.T) {
	t.Parallel()
	b := open(t)
	target := strings.Replace(asking(), PathAuthorize, PathCancel, 1)
	q := back(t, b.do(http.MethodPost, target, b.form(asking(), "", "")))
	if q.Get("error") != "access_denied" || q.Get("state") != "s t&a=te" || len(b.grants.asked) > 0 {
		t.Errorf("the callback says %v", q)
	}
}

// TestSignInTwice: a double click and a reload of the form make two codes, of which the browser follows one.
func TestSignInTwice(t *testing.T) {
	t.Parallel()
	b := open(t)
	body := b.form(asking(), "anna@example.org", " pass word ")
	for range 2 {
		back(t, b.do(http.MethodPost, asking(), body))
	}
	if len(b.grants.made) != 2 {
		t.Errorf("%d codes", len(b.grants.made))
	}
}

func TestSignInLanguage(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		asking(): "en", asking("lang", "fr"): "fr", asking("ui_locales", "xx fr-CA en"): "fr", asking("lang", "zz"): "en",
	} {
		if body := text(t, open(t).do(http.MethodGet, target, "")); !strings.Contains(body, `<html lang="`+want+`"`) {
			t.Errorf("%s is not in %s", target, want)
		}
	}
}

func TestSignInForms(t *testing.T) {
	t.Parallel()
	b := open(t)
	body := b.form(asking(), "anna@example.org", "x")
	r := b.do(http.MethodPost, asking(), body, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
	if r.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("JSON: %d", r.StatusCode)
	}
	for _, bad := range []string{body + "&field.email=other", body + "&x=%ff", "%zz"} {
		if r := b.do(http.MethodPost, asking(), bad); r.StatusCode != http.StatusBadRequest || len(b.grants.asked) > 0 {
			t.Errorf("%q: %d", bad, r.StatusCode)
		}
	}
	if r := b.do(http.MethodHead, asking(), ""); r.StatusCode != http.StatusOK || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
}

func TestNewSignInNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := NewSignIn(SignInDeps{}); err == nil {
		t.Error("a page without anything was made")
	}
}
