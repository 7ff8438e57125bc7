package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"passerelle/web/webtest"
)

// redirected reads the message at the end of a visit through the widget, and to whom it goes.
func redirected(t testing.TB, p *webtest.Page) (map[string]string, []string) {
	t.Helper()
	read := func(name string, into any) {
		t.Helper()
		_, rest, found := strings.Cut(string(p.Body), " "+name+`="`)
		if !found {
			t.Fatalf("no %s on %q: %s", name, p.Heading, p.Text)
		}
		rest, _, _ = strings.Cut(rest, `"`)
		must(t, json.Unmarshal([]byte(html.UnescapeString(rest)), into))
	}
	var message map[string]string
	var origins []string
	read("data-message", &message)
	read("data-origins", &origins)
	if message["eventName"] != "redirect_to" {
		t.Errorf("told as %v", message)
	}
	return message, origins
}

// TestWidgetFramed: the widget in a frame tells its end in the dialect's message, with a link for the whole window.
func TestWidgetFramed(t *testing.T) {
	t.Parallel()
	s := widgetSite(t, framer)
	for name, c := range map[string]struct {
		more []string
		end  func(v *visit) *visit
		want map[string]string
		to   string
	}{
		"made": {[]string{"redirect_url", callbackURI, "state", "s"}, func(v *visit) *visit {
			return v.terms().choose(formUUID).login("a", "1234").share()
		}, map[string]string{"status": "success", "result": "created", "state": "s"}, callbackURI + "?status=success&result=created&connection_id="},
		"made, without a return address": {nil, func(v *visit) *visit {
			return v.terms().choose(formUUID).login("b", "1234").share()
		}, map[string]string{"status": "success", "result": "created"}, "/success"},
		"cancelled": {
			[]string{"redirect_url", callbackURI},
			func(v *visit) *visit { return v.terms().press("cancel") },
			map[string]string{"status": "cancelled", "result": "none"},
			callbackURI + "?status=cancelled&result=none&queue_id=",
		},
		"cancelled to an address": {
			[]string{"redirect_url", callbackURI, "cancel_url", cancelURI},
			func(v *visit) *visit { return v.terms().press("cancel") },
			map[string]string{"status": "cancelled", "result": "none"},
			cancelURI,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := s.framed(t)
			v := (&visit{site: s, t: t, b: b}).get(s.link("/v2.1/widget/add_connection", s.person(t).widget(), append(c.more, "captive_mode", "false")...))
			v.want(200, "asks to read")
			if got := ancestors(t, v.p.Header); got != framer {
				t.Errorf("framed by %s", got)
			}
			v = c.end(v).want(200, "")
			message, origins := redirected(t, v.p)
			for name, want := range c.want {
				if message[name] != want {
					t.Errorf("%s: %q, want %q", name, message[name], want)
				}
			}
			if message["status"] == "success" && message["connection_id"] == "" || message["queue_id"] == "" || !strings.HasPrefix(message["redirect_url"], c.to) {
				t.Errorf("told %v", message)
			}
			if len(origins) != 1 || origins[0] != framer || ancestors(t, v.p.Header) != framer {
				t.Errorf("told to %v", origins)
			}
			// The frame goes back by itself where nobody acts, and not at once.
			wait := ""
			if strings.HasPrefix(c.to, "https") {
				wait = "5;url=" + message["redirect_url"]
			}
			if got := v.p.Header.Get("Refresh"); got != wait {
				t.Errorf("the frame goes back by %q, want %q", got, wait)
			}
			if link, err := v.p.Link("https://"); strings.HasPrefix(c.to, "https") && (err != nil || link.Href != message["redirect_url"]) {
				t.Errorf("the way without JavaScript is %q, %v", link.Href, err)
			}
		})
	}
}

// TestWidgetFramedAtBank: the bank's page takes the whole window and leads to the integrator's page with its own query, whose new frame
// goes on with the same visit by the same link.
func TestWidgetFramedAtBank(t *testing.T) {
	t.Parallel()
	s := widgetSite(t, framer)
	p := s.person(t)
	b, cookies := s.framed(t)
	address := s.link("/v2.1/widget/add_connection", p.widget(), "redirect_url", callbackURI, "aspsp_callback_uri", bankURI, "captive_mode", "false")
	v := (&visit{site: s, t: t, b: b}).get(address).terms().choose(awayUUID).want(200, "Continue at Away Bank").says("opens in this window")
	home := v.home()
	if !strings.Contains(string(v.p.Body), `target="_top"`) || strings.Contains(string(v.p.Body), `target="_blank"`) {
		t.Errorf("the bank's page opens elsewhere: %s", v.p.Body)
	}
	f, err := v.p.Form("/leave")
	must(t, err)
	// The whole window is another place, with cookies of its own.
	window := s.browser()
	page, err := window.Submit(t.Context(), f, webtest.Button{})
	at(t, page, err, 200, "")
	link, err := page.Link(s.bank.bankURL)
	must(t, err)
	u, err := url.Parse(link.Href)
	must(t, err)
	// Not having been at the bank yet, a reload leads there still.
	page, err = window.Submit(t.Context(), f, webtest.Button{})
	at(t, page, err, 200, "")
	if _, err := page.Link(s.bank.bankURL); err != nil {
		t.Errorf("a reload does not lead to the bank: %v", err)
	}
	page, err = window.Get(t.Context(), s.url+"/callback/script?code=yes&state="+url.QueryEscape(u.Query().Get("state")))
	must(t, err)
	if page.Left == nil || page.Left.String() != bankURI {
		t.Fatalf("the bank leads to %v, want %s", page.Left, bankURI)
	}
	v.get(address).want(200, "Share all your accounts")
	if v.home() != home {
		t.Errorf("the new frame shows another visit: %s, want %s", v.home(), home)
	}
	v.share()
	if message, _ := redirected(t, v.p); message["status"] != "success" || message["result"] != "created" {
		t.Errorf("told %v", message)
	}
	if len(cookies.cookies) < 2 {
		t.Errorf("the frame keeps %v", cookies.cookies)
	}
	// A frame elsewhere has none of these cookies.
	other, _ := s.framed(t)
	other.Header.Set("User-Agent", "another")
	page, err = other.Get(t.Context(), address)
	at(t, page, err, http.StatusForbidden, "did not start")
}

// TestWidgetDeniedAtBank: a no at the bank comes back to the integrator's page too, whose frame says so.
func TestWidgetDeniedAtBank(t *testing.T) {
	t.Parallel()
	s := widgetSite(t, framer)
	b, _ := s.framed(t)
	address := s.link("/widget/add_connection", s.person(t).widget(), "aspsp_callback_uri", bankURI)
	v := (&visit{site: s, t: t, b: b}).get(address).terms().choose(awayUUID)
	f, err := v.p.Form("/leave")
	must(t, err)
	window := s.browser()
	page, err := window.Submit(t.Context(), f, webtest.Button{})
	must(t, err)
	link, err := page.Link(s.bank.bankURL)
	must(t, err)
	u, err := url.Parse(link.Href)
	must(t, err)
	page, err = window.Get(t.Context(), s.url+"/callback/script?error=access_denied&state="+url.QueryEscape(u.Query().Get("state")))
	must(t, err)
	if page.Left == nil || page.Left.String() != bankURI {
		t.Fatalf("the bank leads to %v (%d %s), want %s", page.Left, page.Status, page.Heading, bankURI)
	}
	v.get(address).want(200, "").hides("other tab")
	if _, err := v.p.Form("/leave"); err != nil {
		t.Errorf("there is no second try: %v\n%s", err, v.p.Text)
	}
}

// TestWidgetFrameRefused: who may not frame sees no widget, and the session is not used up by it.
func TestWidgetFrameRefused(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	session := s.person(t).widget()
	b, cookies := s.framed(t)
	p, err := b.Get(t.Context(), s.link("/widget/add_connection", session))
	at(t, p, err, 400, "")
	if !strings.Contains(p.Text, "no origin may frame") || ancestors(t, p.Header) != "'none'" || len(cookies.cookies) > 0 {
		t.Errorf("shown %s with %v", p.Text, cookies.cookies)
	}
	(&visit{site: s, t: t, b: s.browser()}).get(s.link("/widget/add_connection", session)).want(200, "asks to read")
	s.warned(t, "", 1)
	b.Header.Set("Referer", "https://strange.example/embed?page=1")
	_, err = b.Get(t.Context(), s.link("/widget/add_connection", session))
	must(t, err)
	s.warned(t, "https://strange.example", 0) // it was told a moment ago
	other := widgetSite(t, framer)
	b, _ = other.framed(t)
	p, err = b.Get(t.Context(), other.link("/widget/add_connection", other.person(t).widget(), "captive_mode", "perhaps"))
	at(t, p, err, 400, "")
	if ancestors(t, p.Header) != framer || !strings.Contains(p.Text, "captive_mode") {
		t.Errorf("who integrates cannot see what is wrong: framed by %s\n%s", ancestors(t, p.Header), p.Text)
	}
	b.Header.Set("Referer", framer+"/embed?page=1")
	_, err = b.Get(t.Context(), other.link("/widget/add_connection", other.person(t).widget()))
	must(t, err)
	other.warned(t, framer, 0)
	b.Header.Set("Referer", "https://strange.example/embed?page=1")
	_, err = b.Get(t.Context(), other.link("/widget/add_connection", other.person(t).widget()))
	must(t, err)
	other.warned(t, "https://strange.example", 1)
}

// warned checks how often the log has told of a frame of an origin, with the remedy.
func (s *site) warned(t *testing.T, origin string, want int) {
	t.Helper()
	n := 0
	for line := range strings.Lines(s.log.String()) {
		if !strings.Contains(line, "browsers show nothing") || !strings.Contains(line, `"origin":"`+origin+`"`) {
			continue
		}
		n++
		if !strings.Contains(line, `"level":"WARN"`) || !strings.Contains(line, "passerelle client allowed-origin add "+strconv.FormatInt(s.client.Client.ID, 10)+" ") {
			t.Errorf("the log says %s", line)
		}
	}
	if n != want {
		t.Errorf("%d warnings of a frame of %q, want %d", n, origin, want)
	}
}

// TestWidgetWindow: where origins may listen, the pages of a visit in a window stay known to the one that opened it, and its end tells
// them; elsewhere the window is cut off, and the end is a redirect.
func TestWidgetWindow(t *testing.T) {
	t.Parallel()
	const header = "Cross-Origin-Opener-Policy"
	for name, origins := range map[string][]string{"listened to": {framer}, "alone": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := "same-origin"
			if len(origins) > 0 {
				want = "unsafe-none"
			}
			s := widgetSite(t, origins...)
			p := s.person(t)
			v := &visit{site: s, t: t, b: s.browser()}
			hops := func() {
				t.Helper()
				for _, hop := range v.p.Hops {
					if got := hop.Header.Get(header); got != want {
						t.Errorf("%s %s: %s is %s, want %s", hop.Method, hop.URL.Path, header, got, want)
					}
				}
			}
			v.get(s.link("/widget/add_connection", p.widget(), "redirect_url", callbackURI, "state", "s", "captive_mode", "false"))
			hops()
			v.terms()
			hops()
			v.choose(awayUUID)
			hops()
			v.approve()
			hops()
			v.share()
			hops()
			if len(origins) == 0 {
				v.went(callbackURI)
				return
			}
			message, to := redirected(t, v.want(200, "You are done here").p)
			if len(to) != 1 || to[0] != framer || message["result"] != "created" {
				t.Errorf("told %v to %v", message, to)
			}
			if got := v.p.Header.Get("Refresh"); got != "2;url="+message["redirect_url"] || !strings.HasPrefix(message["redirect_url"], callbackURI+"?") {
				t.Errorf("it goes back by %q", got)
			}
			// A visit through the other door in the same browser is cut off as ever.
			v.get(s.entry()).want(200, "asks to read")
			want = "same-origin"
			hops()
		})
	}
}
