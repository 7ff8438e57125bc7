package linxo_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/describe"
	"passerelle/web/linxo"
	"passerelle/web/linxo/openapi"
	"passerelle/web/linxo/openapi/check"
	"passerelle/web/webtest/apitest"
)

// nouns are those whose operations the API answers itself: the authorization server's are tested with it.
var nouns = []string{"users", "widget", "connections", "accounts", "transactions", "providers", "queues", "description"}

// TestMain runs the tests and then looks whether every answer and every refusal that the descriptions promise occurred in one of
// them.
func TestMain(m *testing.M) {
	apitest.Main(m, func() []string { return check.Missing(nouns...) })
}

// described reads an answer against the description.
func described(t *testing.T, method, path string, a answer) {
	t.Helper()
	err := check.Answer(check.Response{Method: method, Path: path, Status: a.status, Header: a.header, Body: []byte(a.body)})
	if err != nil {
		t.Errorf("not as described: %v", err)
	}
}

// versions are the two descriptions by their prefixes.
var versions = map[string]func() *describe.API{"/v2.1": openapi.V21, "/v3": openapi.V3}

// operations are those of a version that the API answers itself.
func operations(api *describe.API) []openapi.Operation {
	return slices.DeleteFunc(api.Operations(), func(o openapi.Operation) bool { return o.Pages || !slices.Contains(nouns, o.Noun) })
}

// TestEveryRouteIsDescribed, in both versions, and every described address is there.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	for prefix, api := range versions {
		var want []string
		for _, o := range operations(api()) {
			want = append(want, o.Method+" "+o.Path)
		}
		apitest.SameRoutes(t, linxo.Routes(prefix), want)
	}
}

// ill are grants whose engine answers nothing but a fault.
type ill struct {
	linxo.Grants
	err error
}

func (i ill) Authenticate(context.Context, bank.Secret) (grant.Caller, error) {
	return grant.Caller{}, i.err
}

// TestDescribedGeneralRefusals: what any operation may answer, whatever it does, is answered as described too, with Retry-After
// where that is promised.
func TestDescribedGeneralRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for prefix := range versions {
		at := prefix + "/users/me"
		w.do(http.MethodGet, at, func(r *http.Request) { r.Host = "elsewhere.example" }).wantError(t, "a foreign Host", 421, "MISDIRECTED", "")
		w.do(http.MethodGet, prefix+"/nowhere").wantError(t, "nothing there", 404, "RESOURCE_UNKNOWN", "")
		w.do(http.MethodPost, at).wantError(t, "no such method", 405, "METHOD_NOT_ALLOWED", "")
		w.do(http.MethodPost, prefix+"/users", body("text/plain", "email")).wantError(t, "another type", 415, "UNSUPPORTED_MEDIA_TYPE", "")
		w.do(http.MethodPost, prefix+"/users", jsonBody(strings.Repeat(" ", 2<<20))).wantError(t, "a large body", 413, "TOO_LARGE", "")
		apitest.Ill(t, at, func(e *echo.Echo, err error) {
			deps := w.deps()
			deps.Grants = ill{err: err}
			api := linxo.New(deps)
			e.HTTPErrorHandler = func(err error, c echo.Context) { api.ShowError(c, err) }
			api.Mount(e)
		}, func(rec *httptest.ResponseRecorder) {
			described(t, http.MethodGet, at, answer{rec.Code, rec.Header(), rec.Body.String()})
		})
	}
}

// TestDescribedDescription: it is served below the versions, may be kept, and nothing of it stands at the root.
func TestDescribedDescription(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/v2.1/openapi.json", "/v2.1/docs", "/v2.1/postman.json", "/v3/openapi.json", "/v3/docs"} {
		a := w.do(http.MethodGet, path)
		tag := a.header.Get("ETag")
		if a.status != http.StatusOK || tag == "" {
			t.Errorf("%s: %d with tag %q", path, a.status, tag)
		}
		if again := w.do(http.MethodGet, path, header("If-None-Match", tag)); again.status != http.StatusNotModified {
			t.Errorf("%s: %d, want 304", path, again.status)
		}
		w.do(http.MethodGet, path+"?twice=1&twice=2").wantDescribed(t, path)
	}
	if a := w.do(http.MethodGet, "/docs"); a.status != http.StatusNotFound {
		t.Errorf("/docs: %d", a.status)
	}
	if text := w.do(http.MethodGet, "/v2.1/postman.json").body; strings.Contains(text, "your.host") || !strings.Contains(text, publicURL+"/v2.1") {
		t.Error("the collection does not have our address in it")
	}
}

// wantDescribed wants an answer that is no fault of ours.
func (a answer) wantDescribed(t *testing.T, what string) {
	t.Helper()
	if a.status >= http.StatusInternalServerError {
		t.Errorf("%s: %d %s", what, a.status, a.body)
	}
}
