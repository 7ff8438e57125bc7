package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, path string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestURLCarriesTheHash(t *testing.T) {
	t.Parallel()
	if got, want := URL("app.css"), regexp.MustCompile(`^/static/app\.[0-9a-f]{12}\.css$`); !want.MatchString(got) {
		t.Errorf("URL(app.css) = %q, want %v", got, want)
	}
	if got, want := URL("none.css"), "/static/none.css"; got != want {
		t.Errorf("URL(none.css) = %q, want %q", got, want)
	}
	a, b := newFile("x.js", []byte("a")), newFile("x.js", []byte("b"))
	if a.name == b.name {
		t.Errorf("two contents share the name %q", a.name)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method, path, encoding, wantType string
		wantStatus                             int
		wantGzip                               bool
	}{
		{"style sheet", "GET", URL("app.css"), "gzip, br", "text/css; charset=utf-8", 200, true},
		{"script", "GET", URL("app.js"), "", "text/javascript; charset=utf-8", 200, false},
		{"icon", "GET", URL("favicon.svg"), "gzip;q=0", "image/svg+xml", 200, false},
		{"head", "HEAD", URL("app.css"), "", "text/css; charset=utf-8", 200, false},
		{"any coding", "GET", URL("app.css"), "br;q=1, *;q=0.1", "text/css; charset=utf-8", 200, true},
		{"plain name", "GET", "/static/app.css", "", "text/plain; charset=utf-8", 404, false},
		{"up and out", "GET", "/static/../static.go", "", "text/plain; charset=utf-8", 404, false},
		{"folder", "GET", "/static/", "", "text/plain; charset=utf-8", 404, false},
		{"post", "POST", URL("app.css"), "", "text/plain; charset=utf-8", 405, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			res := get(t, c.method, c.path, map[string]string{"Accept-Encoding": c.encoding})
			if res.StatusCode != c.wantStatus {
				t.Fatalf("status = %d, want %d", res.StatusCode, c.wantStatus)
			}
			if got := res.Header.Get("Content-Type"); got != c.wantType {
				t.Errorf("Content-Type = %q, want %q", got, c.wantType)
			}
			if got := res.Header.Get("Content-Encoding") == "gzip"; got != c.wantGzip {
				t.Errorf("packed = %v, want %v", got, c.wantGzip)
			}
			if got := res.Header.Get("Cache-Control"); c.wantStatus == 200 && !strings.Contains(got, "immutable") {
				t.Errorf("Cache-Control = %q, want immutable", got)
			}
		})
	}
}

func TestPackedIsTheSameFile(t *testing.T) {
	t.Parallel()
	plain, err := io.ReadAll(get(t, "GET", URL("app.js"), nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(get(t, "GET", URL("app.js"), map[string]string{"Accept-Encoding": "gzip"}).Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain, unpacked) {
		t.Error("the packed script differs from the plain one")
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"", "gzip"} {
		first := get(t, "GET", URL("app.css"), map[string]string{"Accept-Encoding": encoding})
		tag := first.Header.Get("ETag")
		again := get(t, "GET", URL("app.css"), map[string]string{"Accept-Encoding": encoding, "If-None-Match": tag})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%q: status = %d, want 304", encoding, again.StatusCode)
		}
		if other := get(t, "GET", URL("app.css"), map[string]string{"Accept-Encoding": encoding, "If-None-Match": `"old"`}); other.StatusCode != 200 {
			t.Errorf("%q: status for an old tag = %d, want 200", encoding, other.StatusCode)
		}
	}
}

func TestFavicon(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	Favicon().ServeHTTP(w, httptest.NewRequest("GET", "/favicon.ico", nil))
	if got := w.Header().Get("Content-Type"); w.Code != 200 || got != "image/svg+xml" {
		t.Errorf("got %d %q, want 200 image/svg+xml", w.Code, got)
	}
}

// The budget of the first screen is 25 kB packed for page, style sheet and script; these are its fixed part.
func TestAssetsStayWithinBudget(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"app.css": 20_000, "app.js": 7_500, "return.js": 700, "favicon.svg": 1_000} {
		if got := len(files.plain[name].body); got > limit {
			t.Errorf("%s has %d bytes, want at most %d", name, got, limit)
		}
	}
	if got := len(files.plain["app.css"].gzip()) + len(files.plain["app.js"].gzip()); got > 9_000 {
		t.Errorf("style sheet and script have %d bytes packed, want at most 9000", got)
	}
}

// The pages' Content-Security-Policy asks for trusted types and allows no foreign address.
func TestAssetsObeyThePolicy(t *testing.T) {
	t.Parallel()
	const script = `innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b|https?://(?:[^w]|w[^w])`
	for name, banned := range map[string]string{
		"app.js": script, "frame.js": script, "return.js": script,
		"app.css": `@import|url\(`,
	} {
		if m := regexp.MustCompile(banned).Find(files.plain[name].body); m != nil {
			t.Errorf("%s contains %q", name, m)
		}
	}
}
