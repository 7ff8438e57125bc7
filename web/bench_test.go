package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"passerelle/internal/store"
)

// BenchmarkPage measures the pages of the first steps through the whole middleware, without a socket.
func BenchmarkPage(b *testing.B) {
	for _, c := range []struct {
		name string
		walk func(v *visit) *visit
	}{
		{"terms", func(v *visit) *visit { return v }},
		{"picker", func(v *visit) *visit { return v.picker() }},
		{"credentials", func(v *visit) *visit { return v.picker().choose(formUUID) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := newSite(b)
			v := c.walk(s.visit(b))
			u, err := url.Parse(s.url)
			must(b, err)
			req := httptest.NewRequest(http.MethodGet, v.p.URL.Path, nil)
			req.Host = u.Host
			req.Header.Set("Cookie", v.b.Cookies(u)[0].String())
			req.Header.Set("Accept-Encoding", "gzip")
			ctx, queries := store.CountQueries(req.Context())
			s.server.Handler().ServeHTTP(httptest.NewRecorder(), req.Clone(ctx))
			b.ReportAllocs()
			for b.Loop() {
				rec := httptest.NewRecorder()
				s.server.Handler().ServeHTTP(rec, req.Clone(req.Context()))
				if rec.Code != 200 {
					b.Fatal(rec.Code, rec.Body)
				}
			}
			b.ReportMetric(float64(queries.Statements()), "queries/op")
		})
	}
}
