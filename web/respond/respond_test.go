package respond_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"passerelle/internal/fault"
	"passerelle/web/middleware"
	"passerelle/web/respond"
)

// shown is what an error shape answered.
func shown(t *testing.T, show func(echo.Context, error), err error, authorization string) *httptest.ResponseRecorder {
	t.Helper()
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { show(c, err) }
	e.Use(middleware.RequestID())
	e.GET("/", func(echo.Context) error { return err })
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, r)
	return rec
}

func members(t *testing.T, rec *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatalf("%q is not JSON: %v", rec.Body, err)
	}
	return out
}

// TestKinds: each kind has its status and its code in each shape.
func TestKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind          fault.Kind
		status        int
		powens, oauth string
	}{
		{fault.Invalid, 400, "invalidValue", "invalid_request"},
		{fault.Unauthenticated, 401, "unauthorized", "invalid_client"},
		{fault.Forbidden, 403, "forbidden", "access_denied"},
		{fault.NotFound, 404, "notFound", "invalid_request"},
		{fault.Conflict, 409, "conflict", "invalid_request"},
		{fault.Gone, 410, "gone", "session_expired"},
		{fault.Timeout, 408, "timeout", "invalid_request"},
		{fault.TooLarge, 413, "tooLarge", "invalid_request"},
		{fault.Unsupported, 415, "unsupportedMediaType", "invalid_request"},
		{fault.MethodNotAllowed, 405, "methodNotAllowed", "invalid_request"},
		{fault.Misdirected, 421, "misdirected", "invalid_request"},
		{fault.Limited, 429, "tooManyRequests", "temporarily_unavailable"},
		{fault.Unavailable, 503, "unavailable", "temporarily_unavailable"},
		{fault.Internal, 500, "bug", "server_error"},
		{fault.Kind("new"), 500, "bug", "invalid_request"},
	}
	for _, tt := range tests {
		err := fmt.Errorf("while doing: %w", fault.New(tt.kind, "Say this.").WithField("a_field").WithCause(errors.New("inside")))
		p, o, pr := shown(t, respond.PowensToken, err, ""), shown(t, respond.OAuth, err, ""), shown(t, respond.Problem, err, "")
		for _, rec := range []*httptest.ResponseRecorder{p, o, pr} {
			wantHead(t, tt.kind, rec, tt.status)
		}
		if !strings.HasPrefix(pr.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: the problem is sent as %s", tt.kind, pr.Header().Get("Content-Type"))
		}
		wantMembers(t, string(tt.kind)+" as powens", p, map[string]any{
			"code": tt.powens, "description": "a_field: Say this.", "message": nil, "request_id": p.Header().Get("X-Request-Id"),
			"error": tt.oauth, "error_description": "a_field: Say this.",
		})
		wantMembers(t, string(tt.kind)+" as oauth", o, map[string]any{"error": tt.oauth, "error_description": "a_field: Say this."})
		wantMembers(t, string(tt.kind)+" as problem", pr, map[string]any{
			"type": "urn:passerelle:problem:" + string(tt.kind), "title": http.StatusText(tt.status), "status": float64(tt.status),
			"detail": "a_field: Say this.", "field": "a_field", "code": string(tt.kind),
			"instance": "urn:passerelle:request:" + pr.Header().Get("X-Request-Id"),
		})
	}
}

// wantHead checks what every shape has: the status, the headers, and nothing of the cause.
func wantHead(t *testing.T, kind fault.Kind, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	if rec.Code != status || strings.Contains(rec.Body.String(), "inside") || rec.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %d %s, want %d and no cause", kind, rec.Code, rec.Body, status)
	}
	want := ""
	if kind == fault.Limited || kind == fault.Unavailable {
		want = "1"
	}
	if got := rec.Header().Get("Retry-After"); got != want {
		t.Errorf("%s: Retry-After is %q, want %q", kind, got, want)
	}
}

// wantMembers checks that an answer holds these members and no others.
func wantMembers(t *testing.T, what string, rec *httptest.ResponseRecorder, want map[string]any) {
	t.Helper()
	if got := members(t, rec); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestUnknownErrors: what is no fault shows nothing of itself.
func TestUnknownErrors(t *testing.T) {
	t.Parallel()
	err := errors.New("pq: relation secret_table does not exist")
	for name, show := range map[string]func(echo.Context, error){
		"powens": respond.Powens, "oauth": respond.OAuth, "problem": respond.Problem,
		"page": respond.Page(func(echo.Context, int, *fault.Error, string) error { return errors.New("no page either") }),
	} {
		rec := shown(t, show, err, "")
		if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "secret_table") || rec.Body.Len() == 0 {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"missingParameter": "missingParameter", "noAccount": "noAccount", "invalid_grant": "invalid_grant",
		"invalid_request": "invalidValue", "invalid_redirect_uri": "invalidValue",
	} {
		rec := shown(t, respond.Powens, fault.New(fault.Invalid, "x").WithCode(code), "")
		if got := members(t, rec)["code"]; got != want {
			t.Errorf("code %s reads %v, want %s", code, got, want)
		}
	}
}

func TestWWWAuthenticate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		kind          fault.Kind
		code          string
		authorization string
		want          string
	}{
		{"no token", fault.Unauthenticated, "", "", `Bearer realm="passerelle"`},
		{"bad token", fault.Unauthenticated, "invalid_token", "Bearer x", `Bearer realm="passerelle", error="invalid_token"`},
		{"weak token", fault.Forbidden, "insufficient_scope", "Bearer x", `Bearer realm="passerelle", error="insufficient_scope"`},
		{"bad client by Basic", fault.Unauthenticated, "invalid_client", "basic x", `Basic realm="passerelle", charset="UTF-8"`},
		{"bad client in the body", fault.Unauthenticated, "invalid_client", "", ""},
		{"forbidden", fault.Forbidden, "", "Bearer x", ""},
	}
	for _, tt := range tests {
		rec := shown(t, respond.Powens, fault.New(tt.kind, "x").WithCode(tt.code), tt.authorization)
		if got := rec.Header().Get("WWW-Authenticate"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRetryAfterRoundsUp(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", 1500 * time.Millisecond: "2", time.Minute: "60"} {
		rec := shown(t, respond.Powens, fault.New(fault.Limited, "x").WithRetry(after), "")
		if got := rec.Header().Get("Retry-After"); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	show := respond.Page(func(c echo.Context, status int, f *fault.Error, reference string) error {
		return c.HTML(status, "<p>"+f.Message+" "+reference+"</p>")
	})
	rec := shown(t, show, fault.New(fault.Gone, "Over."), "")
	if want := "<p>Over. " + rec.Header().Get("X-Request-Id") + "</p>"; rec.Code != http.StatusGone || rec.Body.String() != want {
		t.Errorf("%d %s, want 410 %s", rec.Code, rec.Body, want)
	}
}

// TestCallback is R7 and A25: the state comes back as it was sent, and the registered query stays.
func TestCallback(t *testing.T) {
	t.Parallel()
	state := "a b+c&d=e%2f\"<script>é;\x01"
	tests := []struct{ uri, want string }{
		{"https://app.example/cb", "https://app.example/cb?code=x&state="},
		{"https://app.example/cb?", "https://app.example/cb?code=x&state="},
		{"https://app.example/cb?tenant=7", "https://app.example/cb?tenant=7&code=x&state="},
		{"powens-1://callback", "powens-1://callback?code=x&state="},
	}
	for _, tt := range tests {
		got := respond.Return{RedirectURI: tt.uri, State: state, Issuer: "https://us.example"}.Callback(respond.Pair{Name: "code", Value: "x"})
		if !strings.HasPrefix(got, tt.want) || strings.ContainsAny(got, "+<> \"") {
			t.Errorf("Callback(%s) = %s, want %s…", tt.uri, got, tt.want)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if q := u.Query(); q.Get("state") != state || q.Get("iss") != "https://us.example" || q.Get("code") != "x" {
			t.Errorf("Callback(%s) carries %v", tt.uri, q)
		}
	}
	if got := (respond.Return{RedirectURI: "https://a/b"}).Callback(); got != "https://a/b" {
		t.Errorf("with nothing to say: %s", got)
	}
}

func TestBack(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		fault.New(fault.Forbidden, "You said no.").WithCode("access_denied"):         "access_denied",
		fault.New(fault.Invalid, "Bad \"challenge\" é.").WithCode("invalid_request"): "invalid_request",
		fault.New(fault.Forbidden, "No.").WithCode("tos_declined"):                   "tos_declined",
		errors.New("inside"): "server_error",
	} {
		rec := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody), rec)
		if err := respond.Back(c, respond.Return{RedirectURI: "https://a/b", State: "s"}, err); err != nil {
			t.Fatal(err)
		}
		u, parseErr := url.Parse(rec.Header().Get("Location"))
		if parseErr != nil {
			t.Fatal(parseErr)
		}
		description := u.Query().Get("error_description")
		if rec.Code != http.StatusSeeOther || u.Query().Get("error") != want || u.Query().Get("state") != "s" ||
			strings.ContainsAny(description, "\"é") || strings.Contains(description, "inside") {
			t.Errorf("%v: %d %s, want 303 with error=%s", err, rec.Code, u, want)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody), rec)
	amount := decimal.RequireFromString("123456789012345678.10")
	if err := respond.JSON(c, http.StatusOK, map[string]any{"v": respond.Number(amount), "n": respond.OptionalNumber(nil), "t": "<é>"}); err != nil {
		t.Fatal(err)
	}
	if got, want := rec.Body.String(), `{"n":null,"t":"<é>","v":123456789012345678.1}`+"\n"; got != want {
		t.Errorf("the body is %s, want %s", got, want)
	}
	again := httptest.NewRecorder()
	c = echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody), again)
	if err := respond.JSON(c, http.StatusOK, func() {}); err == nil || again.Body.Len() != 0 {
		t.Errorf("a value that has no JSON gave %v and %d bytes", err, again.Body.Len())
	}
}
