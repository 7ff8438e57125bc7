package testbank_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/testbank"
	thebank "passerelle/internal/testbank"
	site "passerelle/web/testbank"
)

const (
	clientID     = "passerelle"
	clientSecret = "client-secret-canary-0001"
	callback     = "http://127.0.0.1:9/callback/testbank"
)

// world is a running test bank with a clock, and what is needed to meet it.
type world struct {
	url  string
	bank *thebank.Bank

	mu     sync.Mutex
	offset time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	ts := httptest.NewUnstartedServer(nil)
	s, err := site.New(site.Config{
		PublicURL: "http://" + ts.Listener.Addr().String(),
		Clients: []thebank.Client{{
			ID: clientID, Secret: clientSecret, Name: "Passerelle", RedirectPrefixes: []string{"http://127.0.0.1/callback/"},
		}},
		Now: w.now, Rand: rand.NewChaCha8([32]byte{1}), SlowAnswer: 5 * time.Millisecond,
		Files: &http.Client{Transport: network(), Timeout: 5 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = s.Handler()
	ts.Start()
	t.Cleanup(ts.Close)
	w.url, w.bank = ts.URL, s.Bank()
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC).Add(w.offset)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += d
}

// kind makes an instance with an HTTP client of its own.
func (w *world) kind(t *testing.T, transport http.RoundTripper) connector.Connector {
	t.Helper()
	c, err := testbank.New(&http.Client{Transport: transport, Timeout: 10 * time.Second}, testbank.Config{
		BaseURL: w.url, ClientID: clientID, ClientSecret: bank.NewSecret(clientSecret),
	})
	if err != nil {
		t.Error(err)
	}
	return c
}

// network is a transport of its own, so that no two instances share a connection.
func network() http.RoundTripper { return &http.Transport{DisableKeepAlives: true} }

// silence is a network on which nothing ever answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// code is what a person would type: the text message's, or the digits that the bank drew.
func (w *world) code(ask *connector.Ask) string {
	if ask.Medium != "image" {
		return thebank.TextCode
	}
	for _, c := range w.bank.Snapshot().Challenges {
		if c.Kind == thebank.KindImage {
			return c.Code
		}
	}
	return ""
}

func (w *world) answer(t *testing.T, ask *connector.Ask) map[string]string {
	t.Helper()
	f := ask.Fields[0]
	if f.Type == bank.FieldList {
		return map[string]string{f.Name: f.Options[0].Value}
	}
	return map[string]string{f.Name: w.code(ask)}
}

// visitor is a browser on the bank's pages.
type visitor struct {
	t    *testing.T
	w    *world
	http *http.Client
	at   *url.URL
	doc  *html.Node
	body string

	onWait func()
	login  func(url.Values)
}

// browse signs in, meets the challenges, approves, and gives the query that comes back. An address that leads out of the bank
// is not opened: its query is the callback.
func (w *world) browse(t *testing.T, to string) url.Values {
	t.Helper()
	return w.browseWith(t, to, func() { w.pass(time.Second) })
}

// browseFilling fills in the login form with something else than the test bank's.
func (w *world) browseFilling(t *testing.T, to string, login func(url.Values)) url.Values {
	t.Helper()
	return w.visit(t, to, func() { w.pass(time.Second) }, login)
}

// browseWith does something each time that the bank's page waits for the app.
func (w *world) browseWith(t *testing.T, to string, onWait func()) url.Values {
	t.Helper()
	return w.visit(t, to, onWait, func(f url.Values) { f.Set("login", "alice"); f.Set("password", "1234") })
}

// visit is a person at the bank's pages.
func (w *world) visit(t *testing.T, to string, onWait func(), login func(url.Values)) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, w: w, onWait: onWait, login: login, http: &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	q := v.open(http.MethodGet, to, nil)
	for range 60 {
		if q != nil {
			return q
		}
		q = v.act()
	}
	t.Errorf("still on the bank's page %s: %s", v.at, v.body)
	return url.Values{}
}

// open goes to an address; the query is given when it leads back.
func (v *visitor) open(method, to string, form url.Values) url.Values {
	v.t.Helper()
	for {
		req, err := http.NewRequestWithContext(v.t.Context(), method, to, strings.NewReader(form.Encode()))
		if err != nil {
			v.t.Fatal(err)
		}
		if method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := v.http.Do(req)
		if err != nil {
			v.t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		v.at, v.body = req.URL, string(raw)
		next := resp.Header.Get("Location")
		if _, refresh, ok := strings.Cut(resp.Header.Get("Refresh"), "url="); ok {
			next = refresh
		}
		if next == "" {
			v.doc, err = html.Parse(strings.NewReader(v.body))
			if err != nil {
				v.t.Fatal(err)
			}
			return nil
		}
		u, err := req.URL.Parse(next)
		if err != nil {
			v.t.Fatal(err)
		}
		if u.Host != req.URL.Host {
			return u.Query()
		}
		method, to, form = http.MethodGet, u.String(), nil
	}
}

// act does what the page asks for.
func (v *visitor) act() url.Values {
	v.t.Helper()
	base := strings.TrimSuffix(v.at.Path, "/login")
	base = strings.TrimSuffix(strings.TrimSuffix(base, "/challenge"), "/consent")
	for _, page := range []struct {
		action string
		fill   func(url.Values)
	}{
		{base + "/login", v.login},
		{base + "/challenge", func(f url.Values) {
			if f.Has("method") {
				f.Set("method", "text")
				return
			}
			medium := ""
			if strings.Contains(v.body, "digits of the image") {
				medium = "image"
			}
			f.Set("code", v.w.code(&connector.Ask{Medium: medium}))
		}},
		{base + "/consent", func(f url.Values) { f.Set("decision", "approve") }},
	} {
		if form, ok := v.form(page.action); ok {
			page.fill(form)
			return v.open(http.MethodPost, v.w.url+page.action, form)
		}
	}
	if strings.Contains(v.body, "Waiting for your approval") || strings.Contains(v.body, "Nothing to do") {
		v.onWait()
		return v.open(http.MethodGet, v.at.String(), nil)
	}
	if form, ok := v.form(base + "/leave"); ok {
		return v.open(http.MethodPost, v.w.url+base+"/leave", form)
	}
	return url.Values{"error": {"stuck"}}
}

// form reads what a form would send as it stands.
func (v *visitor) form(action string) (url.Values, bool) {
	for n := range v.doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || attr(n, "action") != action {
			continue
		}
		out := url.Values{}
		var list string
		for in := range n.Descendants() {
			switch {
			case in.Data == "input":
				out.Add(attr(in, "name"), attr(in, "value"))
			case in.Data == "select":
				list = attr(in, "name")
				out.Set(list, "par")
			case in.Data == "option" && has(in, "selected"):
				out.Set(list, attr(in, "value"))
			}
		}
		return out, true
	}
	return nil, false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
