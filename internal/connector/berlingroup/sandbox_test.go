package berlingroup_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
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
	"passerelle/internal/connector/berlingroup"
	"passerelle/internal/sandboxbank"
	thebank "passerelle/internal/testbank"
	site "passerelle/web/sandboxbank"
)

const sandboxCallback = "http://127.0.0.1:9/callback/berlingroup"

// world is a running sandbox bank with a clock, and what is needed to meet it.
type world struct {
	t       *testing.T
	url     string
	site    *site.Server
	client  *http.Client
	referee *referee

	mu     sync.Mutex
	offset time.Duration
}

func newWorld(t *testing.T, secure bool) *world {
	t.Helper()
	w := &world{t: t, referee: newReferee(t)}
	m, err := certificates()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(m.Authority))
	ts := httptest.NewUnstartedServer(nil)
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	w.url = scheme + ts.Listener.Addr().String()
	// The website certificate proves who the client is, where there is TLS; without it the client is a public one.
	client := sandboxbank.Client{ID: "PSDFR-ACPR-12345", Name: "Passerelle", RedirectPrefixes: []string{"http://127.0.0.1/callback/"}}
	w.site, err = site.New(site.Config{
		PublicURL: w.url, Clients: []sandboxbank.Client{client}, Authorities: roots, Now: w.now, SlowAnswer: 5 * time.Millisecond, Page: 7,
	})
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = w.site.Handler()
	if secure {
		ts.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
		ts.StartTLS()
	} else {
		ts.Start()
	}
	t.Cleanup(ts.Close)
	w.client = ts.Client()
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC).Add(w.offset)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += d
}

// people is the core system behind the sandbox bank.
func (w *world) people() *thebank.Bank { return w.site.Bank().People() }

// institution is a flavour's directory entry.
func (w *world) institution(flavour string, settings map[string]any) connector.Institution {
	all := map[string]any{"base_url": w.url + "/" + flavour}
	for k, v := range settings {
		all[k] = v
	}
	raw, err := json.Marshal(all)
	if err != nil {
		w.t.Fatal(err)
	}
	return connector.Institution{UUID: "b4b7f0c2-6a3d-5e0b-9d6e-7c1f2a3b4c5d", Name: "Sandbox Bank", Settings: string(raw)}
}

// kind makes an instance over a transport, with the world's clock; the referee watches what it says.
func (w *world) kind(t *testing.T, via http.RoundTripper) connector.Connector {
	t.Helper()
	s := operator(t)
	c, err := berlingroup.New(connector.Host{
		Client: func(id connector.TLS) (*http.Client, error) {
			inner := via
			if inner == nil {
				inner = w.transport(t, id)
			}
			return &http.Client{Transport: w.referee.watch(inner), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return s, nil },
		Now:      w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return attended{c}
}

// transport shows the operator's certificate where the bank speaks TLS.
func (w *world) transport(t *testing.T, id connector.TLS) http.RoundTripper {
	t.Helper()
	base, ok := w.client.Transport.(*http.Transport)
	if !ok {
		t.Fatalf("the transport is a %T", w.client.Transport)
	}
	if !strings.HasPrefix(w.url, "https") {
		return base
	}
	pair, err := tls.X509KeyPair([]byte(id.Certificate), []byte(id.Key.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	own := base.Clone()
	own.TLSClientConfig.Certificates = []tls.Certificate{pair}
	t.Cleanup(own.CloseIdleConnections)
	return own
}

// attended reads as when the end user is there: the suite pulls more often than the four times a day that a bank allows without.
type attended struct{ connector.Connector }

// Pull implements connector.Connector.
func (a attended) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	in.PSU = connector.PSU{Present: true, IP: "192.0.2.7", Lang: "en"}
	return a.Connector.Pull(ctx, in, out)
}

// silence is a network on which nothing ever answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// visitor is a person with a browser on the bank's pages.
type visitor struct {
	w      *world
	t      *testing.T
	client *http.Client
	login  string
	at     *url.URL
	doc    *html.Node
	text   string
	landed *url.URL
}

// browse signs in at a redirect, proves who it is and allows; it gives what the bank sends back.
func (w *world) browse(t *testing.T, to, login, decision string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{w: w, t: t, login: login}
	v.client = &http.Client{Jar: jar, Transport: w.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	v.send(http.MethodGet, to, nil)
	for range 60 {
		if v.landed != nil {
			return v.landed.Query()
		}
		switch {
		case v.has("/login"):
			v.press("/login", url.Values{"login": {login}, "password": {"1234"}})
		case v.has("/challenge"):
			v.challenge()
		case strings.Contains(v.text, "Waiting for your approval"), strings.Contains(v.text, "this page looks again"):
			w.pass(3 * time.Second)
			v.send(http.MethodGet, v.at.String(), nil)
		case v.has("/consent"):
			v.press("/consent", url.Values{"decision": {decision}})
		case v.has("/leave"):
			v.press("/leave", nil)
		default:
			t.Fatalf("a page that leads nowhere: %s", v.text)
		}
	}
	t.Fatal("sixty pages")
	return nil
}

func (v *visitor) challenge() {
	v.t.Helper()
	fill := url.Values{"code": {thebank.TextCode}}
	if strings.Contains(v.text, "digits of the image") {
		fill.Set("code", v.w.digits())
	}
	v.press("/challenge", fill)
}

// digits are those of the image that the bank drew last.
func (w *world) digits() string {
	for _, c := range w.people().Snapshot().Challenges {
		if c.Kind == thebank.KindImage {
			return c.Code
		}
	}
	return ""
}

func (v *visitor) send(method, to string, form url.Values) {
	v.t.Helper()
	for range 10 {
		if strings.HasPrefix(to, "http://127.0.0.1:9/") {
			var err error
			if v.landed, err = url.Parse(to); err != nil {
				v.t.Fatal(err)
			}
			return
		}
		req, err := http.NewRequestWithContext(v.t.Context(), method, to, strings.NewReader(form.Encode()))
		if err != nil {
			v.t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := v.client.Do(req)
		if err != nil {
			v.t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			v.t.Fatal(err)
		}
		if resp.StatusCode/100 != 3 {
			v.at, v.text = req.URL, string(raw)
			if v.doc, err = html.Parse(bytes.NewReader(raw)); err != nil {
				v.t.Fatal(err)
			}
			return
		}
		next, err := req.URL.Parse(resp.Header.Get("Location"))
		if err != nil {
			v.t.Fatal(err)
		}
		method, to, form = http.MethodGet, next.String(), nil
	}
	v.t.Fatal("ten redirects")
}

func (v *visitor) form(action string) *html.Node {
	for n := range v.doc.Descendants() {
		if n.Data == "form" && strings.HasSuffix(attr(n, "action"), action) {
			return n
		}
	}
	return nil
}

func (v *visitor) has(action string) bool { return v.form(action) != nil }

// press fills in a form and sends it with what it has already.
func (v *visitor) press(action string, fill url.Values) {
	v.t.Helper()
	form, values := v.form(action), url.Values{}
	for n := range form.Descendants() {
		if n.Data == "input" && attr(n, "name") != "" && (attr(n, "type") != "radio" || checked(n)) {
			values.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	for name, given := range fill {
		values[name] = given
	}
	to, err := v.at.Parse(attr(form, "action"))
	if err != nil {
		v.t.Fatal(err)
	}
	v.send(http.MethodPost, to.String(), values)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func checked(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "checked" {
			return true
		}
	}
	return false
}

// answer types what a person would: identifiers, a choice, the code of a text message or of an image.
func (w *world) answer(login string) func(*testing.T, *connector.Ask) map[string]string {
	return func(_ *testing.T, ask *connector.Ask) map[string]string {
		out := map[string]string{}
		for _, f := range ask.Fields {
			switch {
			case f.Name == berlingroup.FieldLogin:
				out[f.Name] = login
			case f.Name == berlingroup.FieldPassword:
				out[f.Name] = "1234"
			case f.Type == bank.FieldList:
				out[f.Name] = f.Options[0].Value
			case ask.Medium == "image":
				out[f.Name] = w.digits()
			default:
				out[f.Name] = thebank.TextCode
			}
		}
		return out
	}
}
