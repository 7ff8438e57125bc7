package linxo_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"passerelle/web/linxo"
)

// TestBesidePages: a browser that is sent to an entry address of the other dialect finds it, and a client backend the API.
func TestBesidePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	e := echo.New()
	e.GET("/accounts", func(c echo.Context) error { return c.String(http.StatusTeapot, "a page") })
	api := linxo.New(w.deps())
	e.HTTPErrorHandler = func(err error, c echo.Context) { api.ShowError(c, err) }
	api.Mount(e)
	for _, test := range []struct {
		path, bearer string
		want         int
	}{
		{"/accounts?client_id=1&code=x", "", http.StatusTeapot},
		{"/accounts", p.token.Reveal(), http.StatusOK},
		{"/accounts?client_id=1", p.token.Reveal(), http.StatusOK},
		{"/accounts", "", http.StatusUnauthorized},
		{"/v2.1/accounts?client_id=1", "", http.StatusUnauthorized},
		{"/transactions?client_id=1", "", http.StatusUnauthorized},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.path, http.NoBody)
		if test.bearer != "" {
			r.Header.Set("Authorization", "Bearer "+test.bearer)
		}
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, r)
		if rec.Code != test.want {
			t.Errorf("%s: %d, want %d: %s", test.path, rec.Code, test.want, rec.Body)
		}
	}
}
