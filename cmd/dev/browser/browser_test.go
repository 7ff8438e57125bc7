package browser

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

func chromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short opens no browser")
	}
	path := os.Getenv(Variable)
	if path == "" {
		t.Fatalf("%s is not set: run this test with `go run ./cmd/dev test`, or leave it out with -short", Variable)
	}
	return path
}

func TestViewsAndNoScript(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!DOCTYPE html><meta name="viewport" content="width=device-width">
			<p>off</p><script>document.querySelector("p").textContent = "on"</script>`))
	}))
	t.Cleanup(server.Close)
	b, err := Open(t.Context(), chromium(t))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	quiet := Views[1]
	quiet.NoScript = true
	for _, v := range append([]View{quiet}, Views...) {
		tab, end, err := b.Tab(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(tab, chromedp.Navigate(server.URL)); err != nil {
			t.Fatal(err)
		}
		text, err := chromedp.Run(tab, chromedp.Text(chromedp.CSS("p")))
		if want := map[bool]string{true: "off", false: "on"}[v.NoScript]; err != nil || text != want {
			t.Errorf("%s: script is %q, %v, want %q", v.Name, text, err, want)
		}
		width, err := chromedp.Run(tab, chromedp.Evaluate[int64](`innerWidth`))
		if err != nil || width != v.Width {
			t.Errorf("%s: %d wide, %v, want %d", v.Name, width, err, v.Width)
		}
		dark, err := chromedp.Run(tab, chromedp.Evaluate[bool](`matchMedia("(prefers-color-scheme: dark)").matches`))
		if err != nil || dark != v.Dark {
			t.Errorf("%s: dark %v, %v, want %v", v.Name, dark, err, v.Dark)
		}
		end()
	}
}

// Not parallel: it sets where the browser keeps its files.
func TestCloseLeavesNothing(t *testing.T) {
	path := chromium(t)
	// Not t.TempDir: Chromium binds a socket below, whose path ends at 107 bytes.
	dir, err := os.MkdirTemp("", "b")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv("TMPDIR", dir)
	b, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		t.Errorf("the browser left %s", f.Name())
	}
}

func TestOwn(t *testing.T) {
	t.Parallel()
	w := &Watch{origin: "http://127.0.0.1:80"}
	for address, want := range map[string]bool{
		"http://127.0.0.1:80/a":          true,
		"http://127.0.0.1:80":            true,
		"http://127.0.0.1:81/a":          false,
		"https://127.0.0.1:80/a":         false,
		"http://127.0.0.1:80@evil.test/": false,
		"http://127.0.0.1:80.evil.test/": false,
		"data:image/png;base64,AA":       true,
		"http://[::1":                    false,
	} {
		if got := w.own(address); got != want {
			t.Errorf("own(%q) = %v, want %v", address, got, want)
		}
	}
}
