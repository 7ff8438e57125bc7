package apitest

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// Main runs the tests and then asks what the description promises and none of them saw. A part of the tests cannot tell, and so is
// not asked. Nor is the second run on PostgreSQL: whether a talk answers at once or later depends there on the pace of the server, and
// the first run has shown both.
func Main(m *testing.M, missing func() []string) {
	flag.Parse()
	code := m.Run()
	if code == 0 && whole() && os.Getenv("PASSERELLE_TEST_ENGINE") == "" {
		for _, what := range missing() {
			fmt.Fprintln(os.Stderr, "described and never seen:", what)
			code = 1
		}
	}
	os.Exit(code)
}

// whole says whether all tests ran, and none of them to write its files anew.
func whole() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz", "test.bench"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	update := flag.Lookup("update")
	return !testing.Short() && (update == nil || update.Value.String() == "false")
}

var anyParam = regexp.MustCompile(`\{[a-z]+\}`)

// SameRoutes wants that the routes that are there ("GET /users/{user}") are those that are described, whatever their parameters are
// called.
func SameRoutes(t *testing.T, there, described []string) {
	t.Helper()
	plain := func(routes []string) []string {
		out := make([]string, len(routes))
		for i, r := range routes {
			out[i] = anyParam.ReplaceAllString(r, "{}")
		}
		return out
	}
	have, want := plain(there), plain(described)
	for _, r := range have {
		if !slices.Contains(want, r) {
			t.Errorf("%s is not described", r)
		}
	}
	for _, r := range want {
		if !slices.Contains(have, r) {
			t.Errorf("%s is described and not there", r)
		}
	}
}

// Ill asks an address of an area that can do nothing but fail, once for each way to: mount mounts it on a server, with the error that
// it answers everything with. Each answer goes to read; Retry-After must be there where it promises that it is worth it.
func Ill(t *testing.T, at string, mount func(e *echo.Echo, ill error), read func(answer *httptest.ResponseRecorder)) {
	t.Helper()
	for _, err := range []error{
		fault.New(fault.Timeout, "The request took too long to arrive."), fault.New(fault.Unavailable, "Not just now."), errors.New("a bug"),
	} {
		e := echo.New()
		mount(e, err)
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, at, http.NoBody)
		r.Header.Set("Authorization", "Bearer x")
		e.ServeHTTP(rec, r)
		read(rec)
		kind := fault.As(err).Kind
		if promised := kind == fault.Unavailable; promised != (rec.Header().Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After is %q", kind, rec.Header().Get("Retry-After"))
		}
	}
}
