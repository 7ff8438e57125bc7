package axe

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
	"passerelle/templates/storybook"
)

// run asks axe for every rule it has and brings home what a person needs to
// find the place.
const run = `axe.run(document).then(r => r.violations.map(v =>
	v.id + " (" + v.help + "): " + v.nodes.map(n => n.target.join(" ") + ": " + n.failureSummary).join("; ")))`

// tools returns the axe script and an open browser. They come from the task
// runner; without them this test fails rather than pass unseen.
func tools(t *testing.T) (script string, b *browser.Browser) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short opens no browser")
	}
	axe, chromium := os.Getenv("PASSERELLE_TEST_AXE"), os.Getenv(browser.Variable)
	if axe == "" || chromium == "" {
		t.Fatalf("PASSERELLE_TEST_AXE and %s are not set: run this test with `go run ./cmd/dev test`, or leave it out with -short", browser.Variable)
	}
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	b, err = browser.Open(t.Context(), chromium)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return string(source), b
}

// look opens a page and returns everything that is wrong with it.
func look(ctx context.Context, script, address string, w *browser.Watch) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(address), chromedp.Evaluate[chromedp.Void](script)); err != nil {
		return nil, err
	}
	problems, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, err
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.scrollingElement.scrollWidth > document.documentElement.clientWidth`))
	if wide {
		problems = append(problems, "the page is wider than the screen")
	}
	return append(problems, w.Take()...), err
}

func TestEveryPageInEveryView(t *testing.T) {
	t.Parallel()
	script, b := tools(t)
	server := httptest.NewServer(storybook.Handler())
	t.Cleanup(server.Close)
	stories := storybook.Stories()
	if len(stories) == 0 {
		t.Fatal("the storybook is empty")
	}
	for _, view := range browser.Views {
		t.Run(view.Name, func(t *testing.T) {
			t.Parallel()
			tab, end, err := b.Tab(view)
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			watch, err := browser.NewWatch(tab, server.URL)
			if err != nil {
				t.Fatal(err)
			}
			for _, story := range stories {
				t.Run(story.ID, func(t *testing.T) {
					problems, err := look(tab, script, server.URL+"/story/"+story.ID, watch)
					if err != nil {
						t.Fatal(err)
					}
					for _, p := range problems {
						t.Error(p)
					}
				})
			}
		})
	}
}

// TestSeesWhatIsWrong shows a page with a fault of each kind: a run that sees
// nothing there would see nothing anywhere.
func TestSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	script, b := tools(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src *; style-src 'unsafe-inline'")
		_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><title>Bad</title><main><h1>Bad</h1>
			<p style="color:#999;background:#aaa">Hard to read</p><div style="width:5000px">wide</div>
			<img src="http://stranger.test/a.png" alt=""><script>1</script></main>`))
	}))
	t.Cleanup(server.Close)
	tab, end, err := b.Tab(browser.Views[0])
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	watch, err := browser.NewWatch(tab, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := look(tab, script, server.URL+"/", watch)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(problems, "\n")
	for _, want := range []string{"color-contrast", "stranger.test", "Content Security Policy", "wider than the screen"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q was not seen; only:\n%s", want, all)
		}
	}
}
