package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"passerelle/internal/store"
)

// TestStatementsOfPages holds each page of the walk to its budget of SQL statements: the attempt, the client application (which
// the wired service keeps for a moment), and the accounts where the page lists them. Counts are exact on every machine; a page
// that needs one more should say why here.
func TestStatementsOfPages(t *testing.T) {
	t.Parallel()
	// The accounts, and the other ways into the same login, which may share them already.
	budget := map[string]int64{"selection": 4}
	s := newSite(t)
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			want := int64(2)
			if n, ok := budget[step.name]; ok {
				want = n
			}
			v := step.walk(s.visit(t)).want(200, step.heading).reload()
			u, err := url.Parse(s.url)
			must(t, err)
			req := httptest.NewRequest(http.MethodGet, v.p.URL.Path, nil)
			req.Host = u.Host
			for _, c := range v.b.Cookies(u) {
				req.AddCookie(c)
			}
			ctx, counted := store.CountQueries(req.Context())
			rec := httptest.NewRecorder()
			s.server.Handler().ServeHTTP(rec, req.WithContext(ctx))
			if rec.Code != http.StatusOK {
				t.Fatalf("got %d", rec.Code)
			}
			if got := counted.Statements(); got != want {
				t.Errorf("got %d statements, want %d", got, want)
			}
		})
	}
}
