package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/grant"
	"passerelle/web/webtest"
)

const framer = "https://shop.example"

// partition is the cookies of a frame below one site: it keeps those that say so, sends them back to frames, and keeps no others,
// as a browser does in a frame of another site.
type partition struct {
	base    *http.Transport
	mu      sync.Mutex
	cookies map[string]string
	// dropped are cookies that a browser does not take in a frame.
	dropped []string
}

// RoundTrip implements http.RoundTripper.
func (p *partition) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r = r.Clone(r.Context())
	r.Header.Del("Cookie")
	for name, value := range p.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := p.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	for _, c := range res.Cookies() {
		switch {
		case c.SameSite != http.SameSiteNoneMode || !c.Secure || !c.Partitioned:
			p.dropped = append(p.dropped, c.Name)
		case c.MaxAge < 0:
			delete(p.cookies, c.Name)
		default:
			p.cookies[c.Name] = c.Value
		}
	}
	res.Header.Del("Set-Cookie")
	return res, nil
}

// framed opens a frame of a page of the framer's.
func (s *site) framed(t *testing.T) (*webtest.Browser, *partition) {
	t.Helper()
	p := &partition{base: &http.Transport{DisableCompression: true}, cookies: make(map[string]string)}
	t.Cleanup(p.base.CloseIdleConnections)
	b, err := webtest.New(p, s.url)
	must(t, err)
	b.Header.Set("Sec-Fetch-Dest", "iframe")
	t.Cleanup(func() {
		if len(p.dropped) > 0 {
			t.Errorf("cookies that a frame cannot keep: %v", p.dropped)
		}
	})
	return b, p
}

func framedSite(t *testing.T, origins ...string) *site {
	t.Helper()
	return newSite(t, func(n *grant.NewClient) { n.Options.AllowedOrigins = origins })
}

// ancestors is who may frame a page.
func ancestors(t testing.TB, h http.Header) string {
	t.Helper()
	_, rest, found := strings.Cut(h.Get("Content-Security-Policy"), "frame-ancestors ")
	if !found {
		t.Fatalf("no frame-ancestors: %s", h.Get("Content-Security-Policy"))
	}
	rest, _, _ = strings.Cut(rest, ";")
	if (rest == "'none'") != (h.Get("X-Frame-Options") == "DENY") {
		t.Errorf("frame-ancestors %s with X-Frame-Options %q", rest, h.Get("X-Frame-Options"))
	}
	return rest
}

// told reads what the end of a framed visit tells, and to whom.
func told(t testing.TB, p *webtest.Page) (map[string]any, []string) {
	t.Helper()
	body := string(p.Body)
	read := func(name string, into any) {
		t.Helper()
		_, rest, found := strings.Cut(body, " "+name+`="`)
		if !found {
			t.Fatalf("no %s on %q: %s", name, p.Heading, p.Text)
		}
		rest, _, _ = strings.Cut(rest, `"`)
		must(t, json.Unmarshal([]byte(strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#39;", "'").Replace(rest)), into))
	}
	var message struct {
		Type string
		Data map[string]any
	}
	var origins []string
	read("data-message", &message)
	read("data-origins", &origins)
	if message.Type != "powensWebviewTermination" {
		t.Errorf("told as %q", message.Type)
	}
	return message.Data, origins
}

// TestFrameByForm walks a framed visit by the form: every page may be framed by the allowed origins and by nobody else, and its end
// is told to them.
func TestFrameByForm(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer, "http://localhost:3000")
	b, cookies := s.framed(t)
	ctx := t.Context()
	want := framer + " http://localhost:3000"
	framable := func(p *webtest.Page, err error, heading string) *webtest.Page {
		t.Helper()
		at(t, p, err, 200, heading)
		if got := ancestors(t, p.Header); got != want {
			t.Errorf("%s: framed by %s, want %s", heading, got, want)
		}
		if !strings.Contains(p.Text, "This part of the page comes from") || strings.Contains(p.Text, "If it shows anything else") {
			t.Errorf("%s: a frame tells people to trust the address bar", heading)
		}
		return p
	}
	p, err := b.Get(ctx, s.entry())
	framable(p, err, "asks to read")
	p, err = b.AcceptTerms(ctx, p)
	framable(p, err, "Choose your bank")
	p, err = b.Search(ctx, p, "form bnk")
	framable(p, err, "Choose your bank")
	p, err = b.Choose(ctx, p, formUUID)
	framable(p, err, "Log in to Form Bank")
	wrong, err := b.Credentials(ctx, p, "login", "ok", "password", "nonsense")
	framable(wrong, err, "Log in to Form Bank")
	p, err = b.Credentials(ctx, wrong, "login", "ok", "password", "1234")
	framable(p, err, "Choose the accounts")
	home := p.URL.String()
	p, err = b.Share(ctx, p)
	framable(p, err, "You are done here")
	data, origins := told(t, p)
	if data["state"] != "st &/é" || data["code"] == "" || data["connectionId"] == nil || data["error"] != nil || len(data) != 3 {
		t.Errorf("told %v", data)
	}
	if strings.Join(origins, " ") != want {
		t.Errorf("told to %v", origins)
	}
	link, err := p.Link(callbackURI)
	must(t, err)
	if !strings.Contains(string(p.Body), `target="_top"`) || !strings.Contains(link.Href, "code=") {
		t.Errorf("the way without JavaScript: %q", link.Href)
	}
	if len(cookies.cookies) != 1 {
		t.Errorf("cookies of the frame: %v", cookies.cookies)
	}
	// Told again, until the code is exchanged; then without it.
	p, err = b.Get(ctx, home)
	framable(p, err, "You are done here")
	if again, _ := told(t, p); again["code"] != data["code"] {
		t.Error("a second look tells something else")
	}
	s.spent.Store(true)
	p, err = b.Get(ctx, home)
	framable(p, err, "You are done here")
	if strings.Contains(string(p.Body), data["code"].(string)) || strings.Contains(string(p.Body), "data-message") {
		t.Error("a code that was exchanged is told again")
	}
}

// TestFrameEnds: how a framed visit ends otherwise.
func TestFrameEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do      func(s *site, b *webtest.Browser, p *webtest.Page) (*webtest.Page, error)
		want    string
		heading string
	}{
		"terms refused": {func(_ *site, b *webtest.Browser, p *webtest.Page) (*webtest.Page, error) {
			return b.Press(t.Context(), p, "/terms", "decision", "decline")
		}, "tos_declined", "Not accepted"},
		"cancelled": {func(_ *site, b *webtest.Browser, p *webtest.Page) (*webtest.Page, error) {
			p, err := b.AcceptTerms(t.Context(), p)
			must(t, err)
			return b.Press(t.Context(), p, "/cancel", "", "")
		}, "access_denied", "Cancelled"},
		"expired": {func(s *site, b *webtest.Browser, p *webtest.Page) (*webtest.Page, error) {
			s.forward(3 * time.Hour / 2)
			over, err := b.Get(t.Context(), p.URL.String())
			at(t, over, err, 410, "expired")
			link, err := over.Link(s.url)
			must(t, err)
			return b.Click(t.Context(), over, link.Href)
		}, "session_expired", "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := framedSite(t, framer)
			b, _ := s.framed(t)
			p, err := b.Get(t.Context(), s.entry())
			at(t, p, err, 200, "asks to read")
			p, err = c.do(s, b, p)
			at(t, p, err, 200, c.heading)
			data, origins := told(t, p)
			if data["error"] != c.want || data["errorDescription"] == "" || data["state"] != "st &/é" || data["code"] != nil || len(origins) != 1 || origins[0] != framer {
				t.Errorf("told %v to %v", data, origins)
			}
		})
	}
}

// TestFrameManageEnds: whoever looked at their connections in a frame is told that what they changed is saved, and nobody that
// something was finished. Without a way back the page promises none.
func TestFrameManageEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away    string
		heading string
		back    bool
	}{
		"with a way back": {callbackURI, "You are done here", true},
		"without one":     {"", "You can close this page", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := framedSite(t, framer)
			p := s.person(t)
			code, err := s.grants.TemporaryCode(t.Context(), p.caller, grant.CodeSingle)
			must(t, err)
			b, _ := s.framed(t)
			pairs := []string{"client_id", itoa(s.client.Client.ID), "code", code.Plain.Reveal(), "state", "s", "redirect_uri", c.away}
			v := (&visit{site: s, t: t, b: b}).get(s.at("/en/manage", pairs...)).want(200, overview)
			v.press("close").want(200, c.heading).says("What you changed is saved.").hides("finished")
			if got := strings.Contains(v.p.Text, "You go back to"); got != c.back {
				t.Errorf("says that it goes back: %v, want %v\n%s", got, c.back, v.p.Text)
			}
			if data, origins := told(t, v.p); data["state"] != "s" || data["error"] != nil || data["code"] != nil || len(origins) != 1 {
				t.Errorf("told %v to %v", data, origins)
			}
		})
	}
}

// TestFrameRefused: who may not frame, does not, and nothing is begun for them.
func TestFrameRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	k := s.known(t)
	code := k.code(t)
	b, cookies := s.framed(t)
	p, err := b.Get(t.Context(), s.entry("code", code))
	at(t, p, err, 400, "")
	if !strings.Contains(p.Text, "no origin may frame") || ancestors(t, p.Header) != "'none'" || len(cookies.cookies) > 0 {
		t.Errorf("shown %s with %v", p.Text, cookies.cookies)
	}
	v := s.visit(t, "code", code).picker() // the code opens a visit still
	if got := ancestors(t, v.p.Header); got != "'none'" {
		t.Errorf("a visit in a tab is framed by %s", got)
	}
	// A visit that was begun in a tab is not framed later, whatever its client application allows.
	other := framedSite(t, framer)
	v = other.visit(t).picker()
	if got := ancestors(t, v.p.Header); got != "'none'" || !strings.Contains(v.p.Text, "If it shows anything else") {
		t.Errorf("a visit in a tab is framed by %s", got)
	}
	res := other.raw("GET", v.p.URL.String(), "", "Sec-Fetch-Dest", "iframe", "Cookie", v.cookie(t, other))
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("the cookie of a tab counts in a frame: %d", res.StatusCode)
	}
	for _, path := range []string{"/", "/en/attempt/0198c1f0-6a2e-7c43-9d1b-3f6f0a5f2b10", "/en/nothing", "/healthz", "/callback/script?state=x", "/en/connect?client_id=1"} {
		if got := ancestors(t, other.raw("GET", other.url+path, "", "Sec-Fetch-Dest", "iframe").Header); got != "'none'" {
			t.Errorf("%s is framed by %s", path, got)
		}
	}
}

// cookie is the cookies of a visit's browser, as a header.
func (v *visit) cookie(t testing.TB, s *site) string {
	t.Helper()
	u, err := url.Parse(s.url)
	must(t, err)
	var out []string
	for _, c := range v.b.Cookies(u) {
		out = append(out, c.Name+"="+c.Value)
	}
	return strings.Join(out, "; ")
}

// TestFrameOfAnother: the origins of one client application are nothing to the visits of another, whatever the address says; and one
// that is no longer allowed loses the visits under way.
func TestFrameOfAnother(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	foreign, err := s.grants.CreateClient(t.Context(), grant.NewClient{
		Name: "Other", RedirectURIs: []string{callbackURI}, Options: grant.Options{AllowedOrigins: []string{"https://evil.example"}},
	})
	must(t, err)
	b, cookies := s.framed(t)
	p, err := b.Get(t.Context(), s.entry())
	at(t, p, err, 200, "asks to read")
	p, err = b.Get(t.Context(), p.URL.String()+"?client_id="+itoa(foreign.Client.ID))
	at(t, p, err, 200, "asks to read")
	if got := ancestors(t, p.Header); got != framer {
		t.Errorf("framed by %s", got)
	}
	// Top-level, the visit is nobody's.
	for name, value := range cookies.cookies {
		res := s.raw("GET", p.URL.String(), "", "Sec-Fetch-Dest", "document", "Cookie", name+"="+value)
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("the cookie of a frame counts in a tab: %d", res.StatusCode)
		}
	}
	must(t, s.grants.SetOptions(t.Context(), s.client.Client.ID, grant.Options{AllowedOrigins: []string{"https://new.example"}}))
	p, err = b.Get(t.Context(), p.URL.String())
	at(t, p, err, 200, "asks to read")
	if got := ancestors(t, p.Header); got != "'none'" {
		t.Errorf("still framed by %s", got)
	}
}

// TestFrameLost: a frame whose browser keeps no cookies is told so, where it can be seen.
func TestFrameLost(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	b, cookies := s.framed(t)
	p, err := b.Get(t.Context(), s.entry())
	at(t, p, err, 200, "asks to read")
	clear(cookies.cookies)
	p, err = b.Get(t.Context(), p.URL.String())
	at(t, p, err, 403, "did not start")
	if got := ancestors(t, p.Header); got != framer || !strings.Contains(string(p.Body), `target="_top"`) {
		t.Errorf("framed by %s: %s", got, p.Body)
	}
	// A visit cannot begin: the framing page hears of it.
	p, err = b.Get(t.Context(), s.entry("code", "nonsense"))
	at(t, p, err, 200, "did not work")
	if data, origins := told(t, p); data["error"] != "invalid_request" || data["state"] != "st &/é" || origins[0] != framer || ancestors(t, p.Header) != framer {
		t.Errorf("told %v to %v", data, origins)
	}
}

// TestFrameErrors: an error is seen in the frame of a visit by the browser that holds it, and framed by nobody otherwise.
func TestFrameErrors(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	b, cookies := s.framed(t)
	p, err := b.Get(t.Context(), s.entry())
	at(t, p, err, 200, "asks to read")
	address := p.URL.String() + "/status?step=none"
	var held string
	for name, value := range cookies.cookies {
		held = name + "=" + value
	}
	for name, c := range map[string]struct{ dest, cookie, want string }{
		"held": {"iframe", held, framer}, "not held": {"iframe", "", "'none'"}, "in a tab": {"document", held, "'none'"},
	} {
		res := s.raw("GET", address, "", "Sec-Fetch-Dest", c.dest, "Cookie", c.cookie)
		_, _ = io.Copy(io.Discard, res.Body)
		if got := ancestors(t, res.Header); res.StatusCode != 400 || got != c.want {
			t.Errorf("%s: %d framed by %s, want %s", name, res.StatusCode, got, c.want)
		}
	}
}
