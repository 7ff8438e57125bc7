package openbanking_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
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
	"passerelle/internal/connector/openbanking"
	"passerelle/internal/sandboxbank"
	thebank "passerelle/internal/testbank"
	site "passerelle/web/sandboxbank"
)

const sandboxCallback = "http://127.0.0.1:9/callback/openbanking"

// world is a running sandbox bank with a clock, and what is needed to meet it.
type world struct {
	t       *testing.T
	url     string
	version string
	// profile is the entry's; empty is that of the version.
	profile string
	site    *site.Server
	client  *http.Client
	referee *referee
	// cert and key are our certificate, where the bank speaks TLS.
	cert, key string

	mu     sync.Mutex
	offset time.Duration
	// next happens to each consent right before the next pull.
	next func(id string) error
}

// newWorld starts a bank: over plain http it knows us by our signing key alone, over TLS by our certificate, which tokens are bound to.
func newWorld(t *testing.T, version string, secure bool) *world {
	t.Helper()
	w := &world{t: t, version: version, referee: newReferee(t, version)}
	ts := httptest.NewUnstartedServer(nil)
	client := sandboxbank.Client{
		ID: clientID, Name: "Passerelle", RedirectPrefixes: []string{"http://127.0.0.1/callback/"}, Keys: []crypto.PublicKey{ourKey().Public()},
	}
	scheme := "http://"
	if secure {
		scheme = "https://"
		var der []byte
		w.cert, w.key, der = selfSigned(t)
		client.Certificates = [][]byte{der}
	}
	w.url = scheme + ts.Listener.Addr().String()
	var err error
	w.site, err = site.New(site.Config{PublicURL: w.url, Clients: []sandboxbank.Client{client}, Now: w.now, SlowAnswer: 5 * time.Millisecond, Page: 7})
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

func selfSigned(t *testing.T) (cert, key string, der []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Third party"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, template, private.Public(), private); err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return text("CERTIFICATE", der), text("PRIVATE KEY", raw), der
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

// then makes something happen right before the next pull.
func (w *world) then(next func(id string) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = next
}

// happen does what is to happen before a pull, once.
func (w *world) happen() {
	w.mu.Lock()
	next := w.next
	w.next = nil
	w.mu.Unlock()
	if next == nil {
		return
	}
	for _, c := range w.site.Bank().Consents() {
		if c.Status == sandboxbank.Valid {
			if err := next(c.ID); err != nil {
				w.t.Error(err)
			}
		}
	}
}

// people is the core system behind the sandbox bank.
func (w *world) people() *thebank.Bank { return w.site.Bank().People() }

func (w *world) institution() connector.Institution {
	profile := w.profile
	if profile == "" {
		profile = "uk-" + w.version
	}
	raw, err := json.Marshal(map[string]any{
		"profile": profile, "base_url": w.url + "/uk/v" + w.version + "/aisp", "issuer": w.url + "/as/uk", "mutual_tls": w.cert != "",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return connector.Institution{UUID: "0190c9d6-7e0f-7000-8000-0000000000b2", Name: "Sandbox Bank", Settings: string(raw)}
}

// kind makes an instance over a transport, with the world's clock; the referee watches what it says.
func (w *world) kind(t *testing.T, via http.RoundTripper) connector.Connector {
	t.Helper()
	set := settings()
	if w.cert != "" {
		set["certificate"], set["key"] = bank.NewSecret(w.cert), bank.NewSecret(w.key)
		set["client_auth"] = bank.NewSecret("tls_client_auth")
	}
	c, err := openbanking.New(connector.Host{
		Client: func(id connector.TLS) (*http.Client, error) {
			inner := via
			if inner == nil {
				inner = w.transport(t, id)
			}
			return &http.Client{Transport: w.referee.watch(inner), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return set, nil },
		Now:      w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return attended{c, w}
}

// transport shows the operator's certificate where the bank speaks TLS.
func (w *world) transport(t *testing.T, id connector.TLS) http.RoundTripper {
	t.Helper()
	if w.cert == "" {
		return w.client.Transport
	}
	base, ok := w.client.Transport.(*http.Transport)
	if !ok {
		t.Fatalf("the transport is a %T", w.client.Transport)
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
type attended struct {
	connector.Connector
	w *world
}

// Pull implements connector.Connector.
func (a attended) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	a.w.happen()
	in.Now = a.w.now()
	in.PSU = connector.PSU{Present: true, IP: "192.0.2.7", Lang: "en"}
	return a.Connector.Pull(ctx, in, out)
}

// visitor is a person with a browser on the bank's pages.
type visitor struct {
	w      *world
	t      *testing.T
	client *http.Client
	at     *url.URL
	doc    *html.Node
	text   string
	landed *url.URL
}

// browse signs in at a redirect, proves who it is and decides; it gives what the bank sends back.
func (w *world) browse(t *testing.T, to, login, decision string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{w: w, t: t}
	v.client = &http.Client{Jar: jar, Transport: w.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	v.send(http.MethodGet, to, nil)
	for range 60 {
		if v.landed != nil {
			// What a bank puts behind the #, the callback's page asks for as a query.
			q, err := url.ParseQuery(v.landed.RawQuery + v.landed.Fragment)
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		switch {
		case v.form("/login") != nil:
			v.press("/login", url.Values{"login": {login}, "password": {"1234"}})
		case v.form("/challenge") != nil:
			v.press("/challenge", url.Values{"code": {v.code()}})
		case strings.Contains(v.text, "this page looks again"), strings.Contains(v.text, "This page looks again"):
			w.pass(3 * time.Second)
			v.send(http.MethodGet, v.at.String(), nil)
		case v.form("/consent") != nil:
			v.press("/consent", url.Values{"decision": {decision}})
		case v.form("/leave") != nil:
			v.press("/leave", nil)
		default:
			t.Fatalf("a page that leads nowhere: %s", v.text)
		}
	}
	t.Fatal("sixty pages")
	return nil
}

// code is what a person would type: the text message's, or the digits that the bank drew.
func (v *visitor) code() string {
	if strings.Contains(v.text, "digits of the image") {
		for _, c := range v.w.people().Snapshot().Challenges {
			if c.Kind == thebank.KindImage {
				return c.Code
			}
		}
	}
	return thebank.TextCode
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

// press fills in a form and sends it with what it has already.
func (v *visitor) press(action string, fill url.Values) {
	v.t.Helper()
	form, values := v.form(action), url.Values{}
	for n := range form.Descendants() {
		_, checked := has(n, "checked")
		if name := attr(n, "name"); n.Data == "input" && name != "" && (attr(n, "type") != "radio" || checked) {
			values.Add(name, attr(n, "value"))
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
	value, _ := has(n, name)
	return value
}

func has(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
