package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/cmd/dev/browser"
	"passerelle/internal/connector/testbank"
)

// widgetShop is a client application that uses the widget: for a user with an address and a password, as the quick start has it.
type widgetShop struct {
	*shop
	// cancel is registered too; embed is a page of the shop's that frames what it is told, on a site of its own.
	cancel string
	embed  *embed
	token  string
	userID string
}

// embed is a page that frames the widget, or opens it in a window, and keeps what it hears.
type embed struct {
	// origin is the page's.
	origin string
	mu     sync.Mutex
	src    string
}

func (e *embed) shows(src string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.src = src
	return e.origin + "/embed?page=7"
}

// ServeHTTP implements http.Handler.
func (e *embed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	src := strings.ReplaceAll(e.src, "&", "&amp;")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	head := `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>Host</title>` +
		`<h1>Host</h1><script>window.heard = []; addEventListener("message", (e) => heard.push({ origin: e.origin, data: e.data }))</script>`
	if r.URL.Path == "/window" {
		_, _ = io.WriteString(w, head+`<button onclick="window.open(`+"`"+src+"`"+`, 'widget', 'width=420,height=700')">Connect</button>`)
		return
	}
	_, _ = io.WriteString(w, head+`<iframe width="408" height="600" src="`+src+`"></iframe>`)
}

func newWidgetShop(t *testing.T) *widgetShop {
	t.Helper()
	w := &widgetShop{shop: newShop(t, ""), embed: &embed{}}
	site := httptest.NewServer(w.embed)
	t.Cleanup(site.Close)
	w.embed.origin = strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
	w.cancel = w.site.URL + "/stopped"
	for _, uri := range []string{w.cancel, w.embed.origin + "/embed?page=7"} {
		object(t, "client", "redirect-uri", "add", w.clientID, uri, "--json", "--data-dir", w.dir)
	}
	object(t, "client", "allowed-origin", "add", w.clientID, w.embed.origin, "--json", "--data-dir", w.dir)
	return w.user(t)
}

// user gives the same client application for another user, made and signed in as the quick start has it.
func (w *widgetShop) user(t *testing.T) *widgetShop {
	t.Helper()
	out := *w
	email, password := newLogin()+"@example.org", "correct horse battery"
	made := w.post(t, http.StatusOK, "/token", "", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {w.clientID}, "client_secret": {w.clientSecret}, "scope": {"users_create"},
	})
	person := url.Values{"email": {email}, "password": {password}}
	out.userID = fmt.Sprint(w.post(t, http.StatusCreated, "/v2.1/users", fmt.Sprint(made["access_token"]), person)["id"])
	signed := w.post(t, http.StatusOK, "/token", "", url.Values{
		"grant_type": {"password"}, "username": {email}, "password": {password}, "client_id": {w.clientID},
		"client_secret": {w.clientSecret}, "scope": {"openid profile accounts_read"}, "provider": {"connect"},
	})
	out.token = fmt.Sprint(signed["access_token"])
	return &out
}

// post sends a form as a client backend does, and gives the answer.
func (w *widgetShop) post(t *testing.T, status int, path, token string, form url.Values) map[string]any {
	t.Helper()
	return w.ask(t, status, http.MethodPost, path, token, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

func (w *widgetShop) ask(t *testing.T, status int, method, path, token string, body io.Reader, header ...string) map[string]any {
	t.Helper()
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	got, text := fetch(t, method, w.address+path, body, header...)
	if got != status {
		t.Fatalf("%s: %d %s, want %d", path, got, text, status)
	}
	return decode(t, text)
}

// link makes a session and gives one of its links with more behind it, as integrators put it there.
func (w *widgetShop) link(t *testing.T, name, more string) string {
	t.Helper()
	answer := w.post(t, http.StatusOK, "/v2.1/widget/widget_session", "", url.Values{
		"client_id": {w.clientID}, "client_secret": {w.clientSecret}, "access_token": {w.token},
	})
	links, _ := answer["_links"].(map[string]any)
	link := fmt.Sprint(links[name])
	if id := fmt.Sprint(answer["session_id"]); len(id) != 32 || !strings.HasPrefix(link, w.address+"/v2.1/widget/") || !strings.HasSuffix(link, "?session_id="+id) {
		t.Fatalf("the link %s of the session is %s", name, link)
	}
	return link + more
}

// back is the parameters for a return to the shop with a state.
func (w *widgetShop) back(state string) string {
	return "&redirect_url=" + url.QueryEscape(w.site.URL+"/cb") + "&state=" + url.QueryEscape(state)
}

// testWidget uses the widget as integrators do: every entry point from the session to the return.
func (s *stage) testWidget(t *testing.T) {
	t.Parallel()
	w := newWidgetShop(t)
	// The visits in order: each needs what the one before left behind.
	t.Run("entry points", func(t *testing.T) {
		views := ways()
		id := ""
		p := direct("two_challenges")
		for i, v := range []struct {
			name string
			walk func(b *tab, n screen) screen
			want string
		}{
			{"terms", func(b *tab, n screen) screen { return b.press(n, `button[value=accept]`) }, "updated none"},
			{"add_connection", func(b *tab, n screen) screen { return b.told(p, n) }, "created"},
			{"manage_connections", func(b *tab, n screen) screen { return b.press(n, `form[action$="/close"] button`) }, "none"},
			{"edit_credentials", func(b *tab, n screen) screen {
				p.website = "par"
				return b.step(p, n)
			}, "updated"},
			{"manage_accounts", func(b *tab, n screen) screen { return b.told(p, n) }, "updated"},
			{"professional_account", func(b *tab, n screen) screen {
				b.choose(`select[name="field.country"]`, "FR")
				b.fill(`input[name="field.company_name"]`, "Boulangerie Martin")
				b.fill(`input[name="field.registration_number"]`, "732 829 320")
				b.must(b.click(`input[name="field.role"]`))
				return b.press(n, `form[action$="/professional"] button.main`)
			}, "updated none"},
		} {
			t.Run(v.name, func(t *testing.T) {
				more := w.back(v.name)
				if v.name == "edit_credentials" || v.name == "manage_accounts" {
					more += "&connection_id=" + id
				}
				b := w.tab(s, t, views[i%len(views)])
				n := b.open(w.link(t, v.name, more))
				if !b.view.NoScript {
					s.inspect(b, n, "widget-"+v.name)
				}
				if strings.Contains(n.URL, "session") {
					t.Errorf("the address keeps the session: %s", n.URL)
				}
				v.walk(b, b.reload())
				b.until("the shop", func(n screen) bool { return strings.HasPrefix(n.URL, w.site.URL) })
				q := w.came(t, v.name)
				if q.Get("status") != "success" || !strings.Contains(" "+v.want+" ", " "+q.Get("result")+" ") || q.Has("code") {
					t.Errorf("%s: told %v", v.name, q)
				}
				if v.name == "add_connection" {
					if id = q.Get("connection_id"); id == "" || q.Get("queue_id") == "" {
						t.Fatalf("told %v", q)
					}
				}
				for _, wrong := range b.traffic.take() {
					t.Error(wrong)
				}
			})
		}
		got := w.ask(t, http.StatusOK, http.MethodGet, "/v2.1/connections/"+id, w.token, http.NoBody)
		if got["status"] == "RUNNING" || got["user_id"] != w.userID {
			t.Errorf("after captive visits the connection is %v", got)
		}
	})
	t.Run("framed", func(t *testing.T) { t.Parallel(); s.testWidgetFramed(t, newWidgetShop(t)) })
	t.Run("to the bank and back", func(t *testing.T) { t.Parallel(); s.testWidgetAtBank(t, newWidgetShop(t)) })
	t.Run("window", func(t *testing.T) { t.Parallel(); s.testWidgetWindow(t, newWidgetShop(t)) })
	t.Run("keyboard", func(t *testing.T) { t.Parallel(); s.testWidgetKeyboard(t, newWidgetShop(t)) })
	t.Run("reload and back", func(t *testing.T) { t.Parallel(); s.testWidgetAgain(t, newWidgetShop(t)) })
	t.Run("looks", func(t *testing.T) { t.Parallel(); s.testWidgetLooks(t, newWidgetShop(t)) })
}

// told walks a plan to its end, and waits until the client application is told: the page at the end goes there by itself.
func (b *tab) told(p *plan, n screen) screen {
	b.t.Helper()
	p.until = "service accounts"
	if n = b.walk(p, n); n.Kind == p.until {
		b.must(b.click(`form[action$="/accounts"] button.main`))
	}
	return b.until("the client application", func(n screen) bool { return n.Kind == "client told" })
}

// hears waits for the message at the end, which comes from the service alone.
func (b *tab) hears() map[string]string {
	b.t.Helper()
	waitFor(b, "a message", func() (bool, bool) { return true, eval[int](b, `heard.length`) > 0 })
	told := eval[struct {
		Origin string            `json:"origin"`
		Data   map[string]string `json:"data"`
	}](b, `heard[0]`)
	if told.Origin != b.service || told.Data["eventName"] != "redirect_to" || eval[int](b, `heard.length`) != 1 {
		b.t.Errorf("heard %+v", told)
	}
	return told.Data
}

// testWidgetFramed connects in the frame of a released client: 408 by 600, a message at the end, a link for those without scripts.
func (s *stage) testWidgetFramed(t *testing.T, w *widgetShop) {
	b := s.openTab(t, ways()[0], w.embed.origin, w.address, w.gate.URL)
	f := b.framed(w.embed.shows(w.link(t, "add_connection", w.back("framed")+"&captive_mode=false")))
	p := direct("par")
	n := f.toSource(p.source)
	f.fill(fieldLogin, p.login)
	f.fill(fieldPassword, p.password)
	b.must(b.picture("widget-framed-form"))
	f.press(n, `form[action$="/credentials"] button.main`)
	n = f.until("the accounts", func(n screen) bool { return n.Kind == "service accounts" })
	b.must(b.picture("widget-framed-consent"))
	f.press(n, `form[action$="/accounts"] button.main`)
	told := b.hears()
	if told["status"] != "success" || told["result"] != "created" || told["connection_id"] == "" || told["state"] != "framed" ||
		!strings.HasPrefix(told["redirect_url"], w.site.URL+"/cb?status=success&") {
		t.Errorf("told %v", told)
	}
	b.must(b.picture("widget-framed-end"))
	b.noCookieElsewhere(w.address)
}

// testWidgetAtBank: the main page goes to the bank and comes back to the integrator's page, whose frame goes on with the visit.
func (s *stage) testWidgetAtBank(t *testing.T, w *widgetShop) {
	for i, v := range []browser.View{ways()[0], ways()[2]} {
		t.Run(v.Name, func(t *testing.T) {
			b := s.openTab(t, v, w.embed.origin, w.address, w.gate.URL)
			state := fmt.Sprintf("bank-%d", i)
			src := w.user(t).link(t, "add_connection", w.back(state)+"&aspsp_callback_uri="+url.QueryEscape(w.embed.origin+"/embed?page=7"))
			f := b.framed(w.embed.shows(src))
			p := open("par")
			f.press(f.toSource(p.source), `form[action$="/credentials"] button.main`)
			f.heading("Continue at")
			b.must(b.picture("widget-at-bank"))
			f.click(`form[action$="/leave"] button`)
			n := b.until("the bank in the whole window", func(n screen) bool { return n.Kind == "bank login" })
			b.signIn(p, n)
			b.must(b.click(`button[value=approve]`))
			b.until("the integrator's page", func(n screen) bool { return n.URL == w.embed.origin+"/embed?page=7" })
			f = b.frameNow()
			f.until("the accounts", func(n screen) bool { return n.Kind == "service accounts" })
			f.click(`form[action$="/accounts"] button.main`)
			if told := b.hears(); told["status"] != "success" || told["result"] != "created" || told["state"] != state {
				t.Errorf("told %v", told)
			}
			b.must(b.picture("widget-at-bank-end"))
		})
	}
}

// testWidgetWindow opens the widget in a window of its own, which tells the page that opened it, and goes back by itself.
func (s *stage) testWidgetWindow(t *testing.T, w *widgetShop) {
	b := s.openTab(t, ways()[0], w.embed.origin, w.address, w.gate.URL)
	w.embed.shows(w.link(t, "add_connection", w.back("window")+"&captive_mode=false"))
	b.must(b.do(chromedp.Navigate(w.embed.origin + "/window")))
	eval[bool](b, `(document.querySelector("button").click(), true)`)
	window := *b
	window.ctx, _ = b.joins("page", w.address)
	window.client = w.site.URL
	(&window).ready()
	p := direct("par")
	p.until = "service accounts"
	n := window.walk(p, window.now())
	window.must(window.click(`form[action$="/accounts"] button.main`))
	if told := b.hears(); told["status"] != "success" || told["result"] != "created" || told["state"] != "window" {
		t.Errorf("told %v (from %s)", told, n.Kind)
	}
	window.until("the shop", func(n screen) bool { return strings.HasPrefix(n.URL, w.site.URL) })
	if q := w.came(t, "window"); q.Get("status") != "success" || q.Get("connection_id") == "" {
		t.Errorf("came back with %v", q)
	}
}

// testWidgetKeyboard connects without a mouse.
func (s *stage) testWidgetKeyboard(t *testing.T, w *widgetShop) {
	b := w.tab(s, t, ways()[2])
	n := b.open(w.link(t, "add_connection", w.back("keys")+"&captive_mode=false"))
	b.tabTo("accept", button("accept"))
	n = b.enter(n)
	b.tabTo("the bank", button(testbank.UUID))
	n = b.enter(n)
	p := direct("par")
	b.tabTo("the way in", button(p.source))
	b.enter(n)
	b.tabTo("login", func(f focus) bool { return f.Tag == "INPUT" && f.Type == "text" })
	b.must(b.do(chromedp.KeyEvent(p.login)))
	b.tabTo("password", func(f focus) bool { return f.Type == "password" })
	b.must(b.do(chromedp.KeyEvent(p.password)))
	b.must(b.do(chromedp.KeyEvent(kb.Enter)))
	n = b.until("the accounts", func(n screen) bool { return n.Kind == "service accounts" })
	b.tabTo("share", button(""))
	b.enter(n)
	b.until("the client application", func(n screen) bool { return n.Kind == "client told" })
	if q := w.came(t, "keys"); q.Get("status") != "success" {
		t.Errorf("told %v", q)
	}
}

// testWidgetAgain reloads each page, goes back behind it to the link, and loses nothing.
func (s *stage) testWidgetAgain(t *testing.T, w *widgetShop) {
	for i, v := range []browser.View{ways()[0], ways()[3]} {
		t.Run(v.Name, func(t *testing.T) {
			b := w.tab(s, t, v)
			state := fmt.Sprintf("again-%d", i)
			link := w.user(t).link(t, "add_connection", w.back(state)+"&captive_mode=false&consent_per_account=true")
			p := direct("two_challenges")
			p.seen = func(n screen) screen {
				if !strings.HasPrefix(n.URL, w.address+"/en/attempt/") || n.Kind == "service end" {
					return n
				}
				m := b.reload()
				if m.Kind != n.Kind || m.URL != n.URL {
					t.Errorf("Reload of %s leads to %s at %s", n.Kind, m.Kind, m.URL)
				}
				m = b.open(link)
				if m.Kind != n.Kind || path.Base(m.URL) != path.Base(n.URL) && !strings.HasPrefix(m.URL, n.URL) {
					t.Errorf("the link leads from %s to %s at %s, want %s", n.Kind, m.Kind, m.URL, n.URL)
				}
				return m
			}
			b.told(p, b.open(link))
			if q := w.came(t, state); q.Get("status") != "success" || q.Get("result") != "created" {
				t.Errorf("told %v", q)
			}
			// Back is the end again, which leads to the shop as before; a page that was kept, and has no scripts, has a link.
			if n := b.back(b.now()); n.Heading == "You are done here" && v.NoScript {
				b.must(b.click(`a[target=_top]`))
			}
			b.until("the client application", func(n screen) bool { return n.Kind == "client told" })
			for len(w.shop.back) > 0 {
				if q := w.came(t, state); q.Get("result") != "created" {
					t.Errorf("Back: told %v", q)
				}
			}
		})
	}
}

// testWidgetLooks inspects pages that look as an integrator wants them: axe finds all words readable, by day and by night.
func (s *stage) testWidgetLooks(t *testing.T, w *widgetShop) {
	for name, look := range map[string]string{
		"documented": "&font=Arial&font_color=Blue&elements_color=Yellow", "night": "&background_color=%23101820&elements_color=tomato&button_radius=24px",
		"loud":   "&background_color=yellow&font_color=yellow&elements_color=yellow&elements_font_color=yellow&display_header=false",
		"middle": "&background_color=gray&font_color=silver&elements_color=gray&elements_font=Georgia",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, dark := range []bool{false, true} {
				v := ways()[0]
				v.Dark = dark
				b := w.tab(s, t, v)
				p := direct("par")
				p.until = "service accounts"
				p.seen = func(n screen) screen {
					s.inspect(b, n, fmt.Sprintf("widget-look-%s-%v-%s", name, dark, file(n.Kind)))
					return n
				}
				b.walk(p, b.open(w.user(t).link(t, "add_connection", look)))
			}
		})
	}
}
