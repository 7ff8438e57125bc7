package openapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func get(t *testing.T, serve echo.HandlerFunc, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	if err := serve(echo.New().NewContext(r, rec)); err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestServed: both can be kept and asked for again, packed where that is taken.
func TestServed(t *testing.T) {
	t.Parallel()
	h := New("https://api.example")
	for name, serve := range map[string]echo.HandlerFunc{"document": h.Document, "page": h.Page} {
		first := get(t, serve)
		tag := first.Header().Get("ETag")
		if first.Code != http.StatusOK || first.Body.Len() < 10_000 || tag == "" || first.Header().Get("Cache-Control") != "public, max-age=3600" {
			t.Errorf("%s: %d, %d bytes, tag %q, %q", name, first.Code, first.Body.Len(), tag, first.Header().Get("Cache-Control"))
		}
		for _, sent := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			if again := get(t, serve, "If-None-Match", sent); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
				t.Errorf("%s: If-None-Match %s gives %d with %d bytes, want 304 without any", name, sent, again.Code, again.Body.Len())
			}
		}
		if other := get(t, serve, "If-None-Match", `"other"`); other.Code != http.StatusOK {
			t.Errorf("%s: another tag gives %d, want 200", name, other.Code)
		}
		packed := get(t, serve, "Accept-Encoding", "gzip")
		if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= first.Body.Len()/2 {
			t.Errorf("%s: packed it is %d bytes, plain %d", name, packed.Body.Len(), first.Body.Len())
		}
	}
	if !json.Valid(get(t, h.Document).Body.Bytes()) {
		t.Error("the description is not JSON")
	}
}

// TestPageIsClean: the page loads nothing but our own style sheet, carries no script and no style of its own (CSP), and every
// link within it leads somewhere.
func TestPageIsClean(t *testing.T) {
	t.Parallel()
	text := get(t, New("https://api.example").Page).Body.String()
	for _, bad := range []string{"<script", "<style", "style=", "onclick", "<img", "javascript:"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if ids[m[1]] {
			t.Errorf("two elements are called %s", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]+)"`).FindAllStringSubmatch(text, -1) {
		target, inside := strings.CutPrefix(m[1], "#")
		if inside && !ids[target] {
			t.Errorf("the link %s leads nowhere", m[1])
		}
		if !inside && !strings.HasPrefix(m[1], "/static/") && m[1] != "/favicon.ico" && m[1] != "/2.0/openapi.json" {
			t.Errorf("the page leads to %s", m[1])
		}
	}
	for _, o := range Operations() {
		if !ids[o.ID()] {
			t.Errorf("the page does not show %s %s", o.Method, o.Path)
		}
	}
}
