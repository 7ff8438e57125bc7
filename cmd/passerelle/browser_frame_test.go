package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"passerelle/internal/connector/testbank"
)

// host is a page of a client application that frames the webview, on a site of its own: localhost is another one than 127.0.0.1.
type host struct {
	*shop
	// origin is the page's.
	origin string
}

// newHost starts a shop that frames. Its page keeps what it is told.
func newHost(t *testing.T, logins string) *host {
	t.Helper()
	h := &host{shop: newShop(t, logins)}
	h.origin = framingPage(t)
	h.allow(t, "add", h.origin)
	return h
}

// framingPage serves a page that frames what its address names, and gives its origin.
func framingPage(t *testing.T) string {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		q := r.URL.Query()
		frame := `<iframe width="440" height="740" src="` + strings.ReplaceAll(q.Get("src"), "&", "&amp;") + `"`
		if q.Has("sandbox") {
			frame += ` sandbox="` + q.Get("sandbox") + `"`
		}
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Host</title><h1>Host</h1>`+
			`<script>window.heard = []; addEventListener("message", (e) => heard.push({ origin: e.origin, data: e.data }))</script>`+frame+`></iframe>`)
	}))
	t.Cleanup(site.Close)
	return strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
}

func (h *host) allow(t *testing.T, verb, origin string) {
	t.Helper()
	object(t, "client", "allowed-origin", verb, h.clientID, origin, "--json", "--data-dir", h.dir)
}

// page is the address of a framing page with the webview in it.
func framing(origin, src string, sandbox ...string) string {
	q := url.Values{"src": {src}}
	if len(sandbox) > 0 {
		q.Set("sandbox", sandbox[0])
	}
	return origin + "/?" + q.Encode()
}

// frame is the webview in the page of a tab.
type frame struct {
	t *testing.T
	// outer is the tab, ctx the frame's own target: another site's frame has one.
	outer *tab
	ctx   context.Context //nolint:containedctx // chromedp keeps the target in a context
	id    target.ID
}

// targets lists what there is in the tab's own browser: frames, tabs.
func (b *tab) targets(kind string) []*target.Info {
	b.t.Helper()
	all, err := chromedp.Targets(b.ctx)
	b.must(err)
	own := chromedp.FromContext(b.ctx).BrowserContextID
	var out []*target.Info
	for _, info := range all {
		if info.Type == kind && info.BrowserContextID == own {
			out = append(out, info)
		}
	}
	return out
}

// waitFor asks until there is an answer.
func waitFor[T any](b *tab, what string, ask func() (T, bool)) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if got, ok := ask(); ok {
			return got
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// framed opens a page that frames the webview, and gives the frame.
func (b *tab) framed(address string) *frame {
	b.t.Helper()
	b.must(b.do(chromedp.Navigate(address)))
	return b.frameNow()
}

// frameNow is the frame of the service in the page that is shown.
func (b *tab) frameNow() *frame {
	b.t.Helper()
	ctx, id := b.joins("iframe", b.service)
	f := &frame{t: b.t, outer: b, ctx: ctx, id: id}
	b.must(chromedp.Do(ctx))
	return f
}

// joins waits for a frame ("iframe") or window ("page") of the tab's own browser whose address begins so.
func (b *tab) joins(kind, address string) (context.Context, target.ID) {
	b.t.Helper()
	info := waitFor(b, "the "+kind+" at "+address, func() (*target.Info, bool) {
		for _, info := range b.targets(kind) {
			if strings.HasPrefix(info.URL, address) {
				return info, true
			}
		}
		return nil, false
	})
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(info.TargetID))
	b.t.Cleanup(cancel)
	return ctx, info.TargetID
}

// inFrame computes an expression in the frame, as if somebody had just touched it.
func inFrame[T any](ctx context.Context, f *frame, expression string) (T, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, func(p *runtime.EvaluateParams) {
		yes := true
		p.UserGesture = &yes
	}))
}

// until waits until the frame shows, fully loaded, what is wanted.
func (f *frame) until(what string, wanted func(screen) bool) screen {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, patience)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last screen
	for {
		s, err := inFrame[screen](ctx, f, look)
		if s.Kind = f.outer.kindOf(s); err == nil {
			if last = s; s.Ready && s.Kind != "" && wanted(s) {
				return s
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			f.t.Fatalf("waited in vain for %s; the frame shows %q at %s (%v)\n%s", what, last.Heading, last.URL, err, last.Text)
		}
	}
}

func (f *frame) heading(text string) screen {
	f.t.Helper()
	return f.until(text, func(s screen) bool { return strings.Contains(s.Heading, text) })
}

// press clicks in the frame and waits for its next page.
func (f *frame) press(s screen, selector string) screen {
	f.t.Helper()
	f.click(selector)
	return f.until("the page after "+s.Heading, func(n screen) bool { return n.Doc != s.Doc })
}

func (f *frame) click(selector string) {
	f.t.Helper()
	if _, err := inFrame[bool](f.ctx, f, `(document.querySelector(`+quote(selector)+`).click(), true)`); err != nil {
		f.t.Fatalf("click %s: %v", selector, err)
	}
}

func (f *frame) fill(selector, text string) {
	f.t.Helper()
	if _, err := inFrame[bool](f.ctx, f, `(document.querySelector(`+quote(selector)+`).value = `+quote(text)+`, true)`); err != nil {
		f.t.Fatalf("fill %s: %v", selector, err)
	}
}

// toSource walks to the choice of the way in, and takes one.
func (f *frame) toSource(source string) screen {
	f.t.Helper()
	s := f.heading("asks to read")
	s = f.press(s, `button[value=accept]`)
	s = f.press(s, `button[value="`+testbank.UUID+`"]`)
	return f.press(s, `button[value=`+source+`]`)
}

// heard waits for what the framing page is told.
func (b *tab) heard() (told struct {
	Origin string `json:"origin"`
	Data   struct {
		Type string         `json:"type"`
		Data map[string]any `json:"data"`
	} `json:"data"`
},
) {
	b.t.Helper()
	waitFor(b, "a message", func() (bool, bool) { n := eval[int](b, `heard.length`); return true, n > 0 })
	told = eval[struct {
		Origin string `json:"origin"`
		Data   struct {
			Type string         `json:"type"`
			Data map[string]any `json:"data"`
		} `json:"data"`
	}](b, `heard[0]`)
	return told
}

// testFramed connects in a frame of another site, by the form, and by the bank's page in a tab beside it.
func (s *stage) testFramed(t *testing.T) {
	t.Parallel()
	h := newHost(t, "")
	t.Run("form", func(t *testing.T) {
		t.Parallel()
		b := s.openTab(t, ways()[0], h.origin, h.address, h.gate.URL)
		f := b.framed(framing(h.origin, h.visit("in a frame")))
		p := direct("par")
		n := f.toSource(p.source)
		f.fill(fieldLogin, p.login)
		f.fill(fieldPassword, p.password)
		f.press(n, `form[action$="/credentials"] button.main`)
		n = f.until("the accounts", func(n screen) bool { return n.Kind == "service accounts" })
		f.press(n, `form[action$="/accounts"] button.main`)
		told := b.heard()
		if told.Origin != h.address || told.Data.Type != "powensWebviewTermination" || told.Data.Data["state"] != "in a frame" || told.Data.Data["connectionId"] == nil {
			t.Fatalf("told %+v", told)
		}
		h.reads(t, fmt.Sprint(told.Data.Data["code"]), p)
		b.noCookieElsewhere(h.address)
	})
	t.Run("bank", func(t *testing.T) {
		t.Parallel()
		b := s.openTab(t, ways()[0], h.origin, h.address, h.gate.URL)
		f := b.framed(framing(h.origin, h.visit("beside")))
		p := open("par")
		f.press(f.toSource(p.source), `form[action$="/credentials"] button.main`)
		f.heading("Continue at")
		beside := f.leaves()
		f.heading("Go on in the other tab")
		p.until = "service end"
		end := beside.walk(p, beside.now())
		if end.Heading != "Finished here" || strings.Contains(end.Text, "Compte") {
			t.Errorf("the tab beside the frame shows %q\n%s", end.Heading, end.Text)
		}
		n := f.until("the frame going on by itself", func(n screen) bool { return n.Kind == "service accounts" })
		f.press(n, `form[action$="/accounts"] button.main`)
		told := b.heard()
		if told.Data.Data["state"] != "beside" {
			t.Fatalf("told %+v", told)
		}
		h.reads(t, fmt.Sprint(told.Data.Data["code"]), p)
	})
	t.Run("without JavaScript", func(t *testing.T) {
		t.Parallel()
		b := s.openTab(t, ways()[0], h.origin, h.address, h.gate.URL)
		// A sandbox without allow-scripts is a frame whose JavaScript is off.
		f := b.framed(framing(h.origin, h.visit("quiet"), "allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"))
		p := open("par")
		f.press(f.toSource(p.source), `form[action$="/credentials"] button.main`)
		f.heading("Continue at")
		beside := f.leaves()
		p.until = "service end"
		beside.walk(p, beside.now())
		f.click(`noscript a.button`) // such a sandbox stops the refresh too
		n := f.until("the frame going on", func(n screen) bool { return n.Kind == "service accounts" })
		n = f.press(n, `form[action$="/accounts"] button.main`)
		if n.Heading != "You are done here" || eval[int](b, `heard.length`) != 0 {
			t.Errorf("the end is %q", n.Heading)
		}
		f.click(`a[target=_top]`)
		b.until("the client application", func(n screen) bool { return strings.HasPrefix(n.URL, h.site.URL) })
		h.reads(t, h.came(t, "quiet").Get("code"), p)
	})
	t.Run("sandboxed", func(t *testing.T) {
		t.Parallel()
		// A frame without an origin of its own sends "Origin: null", as a foreign one would: it can look and do nothing.
		b := s.openTab(t, ways()[0], h.origin, h.address, h.gate.URL)
		f := b.framed(framing(h.origin, h.visit("sandboxed"), "allow-scripts allow-forms"))
		n := f.heading("asks to read")
		f.click(`button[value=accept]`)
		n = f.until("the refusal", func(o screen) bool { return o.Doc != n.Doc })
		if n.Kind != "service end" || eval[int](b, `heard.length`) != 0 {
			t.Errorf("it leads to %s %q", n.Kind, n.Heading)
		}
	})
	t.Run("refused", func(t *testing.T) { s.testFrameRefused(t, h) })
}

// leaves opens the bank's page in a tab beside the frame, and gives that tab.
func (f *frame) leaves() *tab {
	f.t.Helper()
	before := map[target.ID]bool{}
	for _, info := range f.outer.targets("page") {
		before[info.TargetID] = true
	}
	f.click(`form[action$="/leave"] button`)
	info := waitFor(f.outer, "the tab beside the frame", func() (*target.Info, bool) {
		for _, info := range f.outer.targets("page") {
			if !before[info.TargetID] && strings.HasPrefix(info.URL, f.outer.bank) {
				return info, true
			}
		}
		return nil, false
	})
	ctx, cancel := chromedp.NewContext(f.outer.ctx, chromedp.WithTargetID(info.TargetID))
	f.t.Cleanup(cancel)
	out := *f.outer
	out.ctx = ctx
	return out.ready()
}

// noCookieElsewhere: what the frame keeps is kept for its place alone.
func (b *tab) noCookieElsewhere(service string) {
	b.t.Helper()
	other := b.another()
	n := other.open(service + "/en/attempt/0198c1f0-6a2e-7c43-9d1b-3f6f0a5f2b10")
	if n.Kind != "service end" {
		b.t.Errorf("shown %s", n.Kind)
	}
	if got := eval[string](other, `document.cookie`); got != "" {
		b.t.Errorf("cookies that scripts can read: %s", got)
	}
	other.traffic.take() // the answer was 404, which the console tells
}

// testFrameRefused: pages that were not allowed to do not frame, however they try.
func (s *stage) testFrameRefused(t *testing.T, h *host) {
	t.Helper()
	evil := framingPage(t)
	for name, address := range map[string]string{
		"an origin that is not listed":        framing(evil, h.visit("evil")),
		"the allowed page in one that is not": framing(evil, framing(h.origin, h.visit("nested"))),
		"its own address under another name":  framing(strings.Replace(h.origin, "localhost", "127.0.0.1", 1), h.visit("named")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.openTab(t, ways()[0], evil, h.address, h.gate.URL)
			b.must(b.do(chromedp.Navigate(address)))
			waitFor(b, "the page", func() (bool, bool) { return true, eval[bool](b, `document.readyState === "complete"`) })
			shown := func() string {
				for _, info := range b.targets("iframe") {
					if !strings.HasPrefix(info.URL, h.address) {
						continue
					}
					ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(info.TargetID))
					b.t.Cleanup(cancel)
					text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ""`))
					if err == nil {
						return text
					}
				}
				return ""
			}
			if text := shown(); strings.Contains(text, "asks to read") {
				t.Errorf("it is framed:\n%s", text)
			}
			if got := eval[int](b, `heard.length`); got != 0 {
				t.Errorf("it heard %d messages", got)
			}
		})
	}
}
