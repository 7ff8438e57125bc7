package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
)

// screen is what a tab shows, as a person sees it.
type screen struct {
	// Doc tells documents apart: a page that was loaded again is another one.
	Doc   string `json:"doc"`
	Ready bool   `json:"ready"`
	URL   string `json:"url"`
	// Heading, Notice and Alert are the page's title, its status line and what it says is wrong.
	Heading string `json:"heading"`
	Notice  string `json:"notice"`
	Alert   string `json:"alert"`
	// Posts are the last parts of the addresses of its forms.
	Posts []string `json:"posts"`
	// Away is the link to the bank's page, Words the pair of words shown beside it.
	Away  string `json:"away"`
	Words string `json:"words"`
	Text  string `json:"text"`
	// Kind is which page it is, see kindOf.
	Kind string `json:"-"`
}

const look = `(() => {
	const text = (s) => document.querySelector(s)?.innerText.trim() ?? "";
	return {
		doc: String(performance.timeOrigin), ready: document.readyState === "complete", url: location.href,
		heading: text("h1"), notice: text("main .note[role=status]"), alert: text("main [role=alert]"),
		posts: [...document.forms].filter((f) => f.method === "post").map((f) => new URL(f.action).pathname.split("/").pop()),
		away: document.querySelector("main[data-status] a.button.main")?.href ?? "", words: text("p.pairing"),
		text: document.readyState === "complete" ? document.body.innerText : "",
	};
})()`

// tab is a tab of the browser at the sites of one demo or one world.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp keeps the tab itself in a context
	// client, service and bank are the origins that the tab may visit.
	client, service, bank string
	view                  browser.View
	traffic               *traffic
	// twice makes every click two, as fast as they can come.
	twice bool
}

// openTab opens a tab of a browser of its own (its own cookies). It is closed at the end of the test.
func (s *stage) openTab(t *testing.T, v browser.View, client, service, bank string) *tab {
	t.Helper()
	if *shots == "" {
		v.Scale = 1 // four times less to paint
	}
	ctx, end, err := s.chromium.Tab(v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return (&tab{t: t, ctx: ctx, client: client, service: service, bank: bank, view: v}).ready()
}

// another opens one more tab of the same browser, with the same cookies.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx, end := chromedp.NewContext(b.ctx)
	b.t.Cleanup(end)
	out := *b
	out.ctx = ctx
	out.must(chromedp.Do(ctx, b.view.Apply()))
	return out.ready()
}

// ready makes the tab believe that somebody looks at it, and watches what it asks for.
func (b *tab) ready() *tab {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.must(err)
	b.traffic, err = watchTraffic(b.ctx, b.client, b.service, b.bank)
	b.must(err)
	return b
}

func (b *tab) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// see looks at the page as it is now; an error is a page that is just going away.
func (b *tab) see(ctx context.Context) (screen, error) {
	s, err := chromedp.Run(ctx, chromedp.Evaluate[screen](look))
	s.Kind = b.kindOf(s)
	return s, err
}

// lookEvery is the pause between two looks: a tab tells nobody what it shows.
const lookEvery = 40 * time.Millisecond

// until waits until the tab shows, fully loaded, what is wanted.
func (b *tab) until(what string, wanted func(screen) bool) screen {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last screen
	for {
		s, err := b.see(ctx)
		if err == nil {
			last = s
			if s.Ready && wanted(s) {
				return s
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.t.Fatalf("waited in vain for %s; the tab shows %q at %s\n%s", what, last.Heading, last.URL, last.Text)
		}
	}
}

// now is the page that is shown when it has been loaded.
func (b *tab) now() screen {
	b.t.Helper()
	return b.until("a page", func(s screen) bool { return s.Kind != "" })
}

// after waits for the document after one.
func (b *tab) after(s screen) screen {
	b.t.Helper()
	return b.until("the page after "+s.Kind, func(n screen) bool { return n.Doc != s.Doc && n.Kind != "" })
}

// open goes to an address.
func (b *tab) open(address string) screen {
	b.t.Helper()
	b.must(b.do(chromedp.Navigate(address)))
	return b.now()
}

// back goes back as the browser's button does.
func (b *tab) back(from screen) screen {
	b.t.Helper()
	all, err := chromedp.Run(b.ctx, chromedp.NavigationEntries())
	b.must(err)
	if all.CurrentIndex < 1 {
		b.t.Fatalf("nothing lies behind %s", from.Kind)
	}
	_, err = chromedp.Call(b.ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: all.Entries[all.CurrentIndex-1].ID})
	b.must(err)
	return b.after(from)
}

func (b *tab) reload() screen {
	b.t.Helper()
	b.must(b.do(chromedp.Reload()))
	return b.now()
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// eval computes an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// press clicks with the mouse and waits for the page after.
func (b *tab) press(s screen, selector string) screen {
	b.t.Helper()
	end := time.Now().Add(patience)
	for {
		err := b.click(selector)
		if err == nil {
			return b.after(s)
		}
		// A page that reloads itself can take its button away in the middle of a click.
		n := b.now()
		if n.Doc != s.Doc && n.Kind != s.Kind {
			return n
		}
		if s = n; time.Now().After(end) {
			b.t.Fatalf("click %s on %s %q: %v", selector, s.Kind, s.Heading, err)
		}
	}
}

// place finds the middle of an element that a person can reach: in view, enabled, and with nothing over it.
const place = `((e) => {
	if (!e) return { Why: "is not there" };
	if (e.disabled) return { Why: "is disabled" };
	e.scrollIntoView({ block: "center", behavior: "instant" });
	const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
	return e.contains(document.elementFromPoint(x, y)) ? { X: x, Y: y } : { Why: "is hidden or covered" };
})`

// click clicks once, or twice where the tab does everything twice. The page's own tree is asked and not the protocol's copy
// of it, which is wrong for pages that come back with Back.
func (b *tab) click(selector string) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Evaluate[struct {
		X, Y float64
		Why  string
	}](place+`(document.querySelector(`+quote(selector)+`))`))
	switch {
	case err != nil:
		return err
	case at.Why != "":
		return errors.New(at.Why)
	}
	clicks := []chromedp.Action[chromedp.Void]{chromedp.MouseClickXY(at.X, at.Y)}
	if b.twice {
		clicks = append(clicks, clicks[0])
	}
	return chromedp.Do(ctx, clicks...)
}

// fill types into a field, over what is there.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	if !eval[bool](b, `((e) => { e.focus(); e.select(); return document.activeElement === e })(document.querySelector(`+quote(selector)+`))`) {
		b.t.Fatalf("%s does not take the focus", selector)
	}
	_, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text})
	b.must(err)
}

// choose picks an option of a list.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	if got := eval[string](b, `((e) => { e.value = `+quote(value)+`; return e.value })(document.querySelector(`+quote(selector)+`))`); got != value {
		b.t.Fatalf("%s does not take %q", selector, value)
	}
}

func (b *tab) has(selector string) bool {
	b.t.Helper()
	return eval[bool](b, `document.querySelector(`+quote(selector)+`) !== null`)
}

func quote(s string) string {
	out, _ := json.Marshal(s) // a string always can
	return string(out)
}

// kindOf names a page by what it asks for: "service terms", "bank login", "client accounts". Empty is no page of these.
func (b *tab) kindOf(s screen) string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	has := func(post string) bool { return slices.Contains(s.Posts, post) }
	first := func(kinds ...string) string {
		for _, k := range kinds {
			if has(k) {
				return k
			}
		}
		return ""
	}
	switch origin := u.Scheme + "://" + u.Host; origin {
	case b.service:
		if s.Away != "" {
			return "service away"
		}
		// The pages of what is connected have several forms each; the others are known by any one.
		for _, k := range []struct{ post, kind string }{
			{"remove", "removal"}, {"removal", "connection"}, {"add", "overview"}, {"known", "known"},
		} {
			if has(k.post) {
				return "service " + k.kind
			}
		}
		if kind := first("terms", "connector", "source", "credentials", "challenge", "accounts", "another", "confirm", "check", "retry", "restart"); kind != "" {
			return "service " + kind
		}
		return "service end"
	case b.bank:
		if u.Path == "/phone" {
			return "bank phone"
		}
		if kind := first("again", "login", "challenge", "consent"); kind != "" {
			return "bank " + kind
		}
		if strings.HasPrefix(u.Path, "/oauth/request/") && s.Heading == "Confirm that it is you" {
			return "bank app"
		}
		return "bank return"
	case b.client:
		switch {
		case strings.HasPrefix(u.Path, "/accounts/"):
			return "client transactions"
		case u.Path == "/" && has("disconnect"):
			return "client accounts"
		case u.Path == "/" && has("connect"):
			return "client home"
		}
		return "client told"
	}
	return ""
}

// picture saves what the tab shows, where pictures are wanted.
func (b *tab) picture(name string) error {
	if *shots == "" {
		return nil
	}
	const lossless = 100
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for _, dark := range []bool{true, false} {
		v := b.view
		if v.Dark = dark; dark {
			v.Name += "-dark"
		}
		if err := chromedp.Do(ctx, v.Apply()); err != nil {
			return err
		}
		image, err := chromedp.Run(ctx, chromedp.FullScreenshot(lossless))
		if err = errors.Join(err, savePicture(name+"."+v.Name+".png", image)); err != nil {
			return fmt.Errorf("picture of %s: %w", name, err)
		}
	}
	return chromedp.Do(ctx, b.view.Apply())
}
