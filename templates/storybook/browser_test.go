package storybook

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// mostTime ends a test whose browser has stopped answering: a machine under load has been seen to leave one hanging, and the
// suite with it.
const mostTime = 3 * time.Minute

// browser opens a tab of a Chromium of its own.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the script is not tried in a browser")
	}
	path := os.Getenv("PASSERELLE_TEST_CHROMIUM")
	for _, name := range []string{"chromium", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		t.Fatal("no Chromium: run go run ./cmd/dev test, or name one in PASSERELLE_TEST_CHROMIUM, or use -short")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	limited, end := context.WithTimeout(t.Context(), mostTime)
	t.Cleanup(end)
	allocator, stop := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	do(t, ctx, chromedp.EmulateViewport(390, 844))
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// until waits for the page to make an expression true, through navigations too. chromedp's own Poll builds a function
// from text, which the pages' policy forbids.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	limited, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := chromedp.Run(limited, chromedp.Evaluate[bool](expression)); err == nil && yes {
			return
		}
		select {
		case <-tick.C:
		case <-limited.Done():
			t.Fatalf("never true: %s", expression)
		}
	}
}

func TestScriptSearchesWhileTyping(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(Handler())
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/picker"), chromedp.SendKeys(chromedp.CSS("#q"), "gIRO"))
	until(t, ctx, `document.querySelectorAll("#results button").length === 1`)
	if got, want := eval[string](t, ctx, `document.getElementById("found").textContent`), "1 bank found"; got != want {
		t.Errorf("count says %q, want %q", got, want)
	}
	// The row that the script built is the one that the server writes.
	live := eval[string](t, ctx, `document.querySelector("#results button").outerHTML.replace(/\s+/g, " ")`)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/picker"))
	server := eval[string](t, ctx, `document.querySelectorAll("#results button")[1].outerHTML.replace(/\s+/g, " ")`)
	if a, b := normal(live), normal(server); a != b {
		t.Errorf("script builds\n%s\nserver writes\n%s", a, b)
	}

	// Down from the field to the first bank and the next, up again, and it stays at the end.
	do(t, ctx, chromedp.Focus(chromedp.CSS("#q")), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowUp))
	if got := eval[string](t, ctx, `document.activeElement.value`); got != bank.UUID {
		t.Errorf("the arrows lead to %q, want %q", got, bank.UUID)
	}
}

func TestScriptSearchSurvivesAReload(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(Handler())
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/picker"), chromedp.SendKeys(chromedp.CSS("#q"), "zzz"))
	until(t, ctx, `document.getElementById("found").textContent === "No bank found"`)
	if got := eval[string](t, ctx, `location.search + " " + document.getElementById("query").value`); got != "?q=zzz zzz" {
		t.Errorf("address and hidden query are %q, want ?q=zzz and zzz", got)
	}
}

func TestScriptSendsAFormOnce(t *testing.T) {
	t.Parallel()
	came := make(chan string, 8)
	mux := http.NewServeMux()
	mux.Handle("/", Handler())
	mux.HandleFunc("POST /story/terms/terms", func(w http.ResponseWriter, r *http.Request) {
		came <- r.PostFormValue("decision")
		w.WriteHeader(http.StatusNoContent) // the browser stays on the page, as while an answer is on its way
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/terms"))
	const button = `document.querySelector("button[value=accept]")`
	eval[bool](t, ctx, button+`.click(), `+button+`.click(), true`)
	until(t, ctx, button+`.disabled`)
	eval[bool](t, ctx, button+`.form.requestSubmit(), true`)
	// Coming back to the page (Back, kept in the browser's memory) loads it again, and the button works.
	eval[bool](t, ctx, `dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
	until(t, ctx, `!`+button+`.disabled`)
	eval[bool](t, ctx, button+`.click(), true`)
	for range 2 {
		select {
		case got := <-came:
			if got != "accept" {
				t.Errorf("the form came with the decision %q, want accept", got)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the form did not come")
		}
	}
	if len(came) > 0 {
		t.Error("a second click sent the form again")
	}
}

func TestScriptShowsAndHidesAPassword(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(Handler())
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/credentials"))
	state := `document.getElementById("f-password").type + " " + document.querySelector("[data-reveal]").textContent`
	for _, want := range []string{"password Show", "text Hide", "password Show"} {
		if got := eval[string](t, ctx, state); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		do(t, ctx, chromedp.Click(chromedp.CSS("[data-reveal]")))
	}
}

func TestScriptCleansAPastedCode(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(Handler())
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/challenge-sms"), chromedp.SendKeys(chromedp.CSS("#f-otp"), "123 45-67"))
	if got := eval[string](t, ctx, `document.getElementById("f-otp").value`); got != "123456" {
		t.Errorf("the code is %q, want 123456", got)
	}
}

func TestScriptHintsByCountry(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(Handler())
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/professional"))
	const hint = `document.getElementById("f-registration_number-help").textContent`
	const choose = `(list => { list.value = "%"; list.dispatchEvent(new Event("change")); return true; })(document.getElementById("f-country"))`
	for _, c := range []struct{ country, want string }{
		{"FR", "SIREN (9 digits) or SIRET (14 digits)"}, {"NL", "KVK number: 8 digits"}, {"SE", "The company’s number in its country’s register"},
	} {
		eval[bool](t, ctx, strings.Replace(choose, "%", c.country, 1))
		if got := eval[string](t, ctx, hint); got != c.want {
			t.Errorf("%s: the hint is %q, want %q", c.country, got, c.want)
		}
	}
}

func TestScriptOffersToGoOnAfterAWhile(t *testing.T) {
	t.Parallel()
	soon := strings.NewReplacer(`data-after="8"`, `data-after="1"`)
	mux := http.NewServeMux()
	stories := Handler()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/story/waiting-reading" {
			stories.ServeHTTP(w, r)
			return
		}
		kept := httptest.NewRecorder()
		stories.ServeHTTP(kept, r)
		maps.Copy(w.Header(), kept.Header())
		_, _ = soon.WriteString(w, kept.Body.String())
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/waiting-reading"))
	const offer = `document.querySelector("[data-after]")`
	if got := eval[string](t, ctx, offer+`.dataset.after`); got != "1" {
		t.Fatalf("the offer comes after %q seconds", got)
	}
	until(t, ctx, `!`+offer+`.hidden && `+offer+`.checkVisibility()`)
}

func TestScriptGoesAlongWhenTheStepChanges(t *testing.T) {
	t.Parallel()
	var shown, asked atomic.Int32
	mux := http.NewServeMux()
	stories := Handler()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/story/waiting-approval" && shown.Add(1) > 1 {
			r.URL.Path = "/story/accounts"
		}
		stories.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /story/waiting-approval/status", func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) {
		case 1: // the first answer fails: the script asks again
			http.Error(w, "no", http.StatusBadGateway)
		case 2:
			answer(w, map[string]int{"step": 3})
		default:
			answer(w, map[string]int{"step": 4})
		}
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(srv.URL+"/story/waiting-approval"))
	until(t, ctx, `document.querySelectorAll("input[name=account]").length > 0`)
	if got := asked.Load(); got != 3 {
		t.Errorf("asked %d times, want 3", got)
	}
}

func TestPagesBreakNoPolicyInTheBrowser(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(Handler())
	t.Cleanup(srv.Close)
	ctx := browser(t)
	for _, s := range Stories() {
		do(t, ctx, chromedp.Navigate(srv.URL+"/story/"+s.ID+"?accent=ffb000"))
		foreign := eval[int](t, ctx, `performance.getEntriesByType("resource").filter(e => !e.name.startsWith(location.origin) && !e.name.startsWith("data:")).length`)
		wide := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`)
		accent := eval[string](t, ctx, `getComputedStyle(document.documentElement).getPropertyValue("--accent")`)
		if foreign != 0 || wide > 0 || accent == "#0f5c63" {
			t.Errorf("%s: %d foreign requests, %d px too wide, accent %s", s.ID, foreign, wide, accent)
		}
	}
}

// normal removes the blanks between elements.
var blanks = regexp.MustCompile(`> <`)

func normal(html string) string { return blanks.ReplaceAllString(html, "><") }
