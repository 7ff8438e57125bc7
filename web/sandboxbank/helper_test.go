package sandboxbank

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
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

	"passerelle/internal/sandboxbank"
)

// callback is where third parties get their customers back; nothing listens there, the tests' browser stops before it.
const callback = "http://127.0.0.1:9/callback/sandbox"

// harness is a running sandbox bank with a clock that the test moves, and the referees that watch the wire.
type harness struct {
	*testing.T

	url  string
	site *Server

	mu     sync.Mutex
	offset time.Duration
	http   *http.Client
}

var epoch = time.Date(2026, 6, 15, 10, 0, 0, 0, time.UTC)

func start(t *testing.T, clients ...sandboxbank.Client) *harness {
	t.Helper()
	return startWith(t, Config{Clients: append([]sandboxbank.Client{{
		ID: "passerelle", Name: "Passerelle", RedirectPrefixes: []string{"http://127.0.0.1/callback/"},
	}}, clients...)}, false)
}

func startWith(t *testing.T, cfg Config, secure bool) *harness {
	t.Helper()
	h := &harness{T: t}
	ts := httptest.NewUnstartedServer(nil)
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	cfg.PublicURL, cfg.Now, cfg.SlowAnswer = scheme+ts.Listener.Addr().String(), h.now, 30*time.Millisecond
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = s.Handler()
	if secure {
		ts.TLS = serverTLS()
		ts.StartTLS()
	} else {
		ts.Start()
	}
	t.Cleanup(ts.Close)
	h.url, h.site, h.http = cfg.PublicURL, s, ts.Client()
	h.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return h
}

func (h *harness) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return epoch.Add(h.offset)
}

func (h *harness) forward(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.offset += d
}

// answer is what came back.
type answer struct {
	*harness

	status int
	header http.Header
	body   []byte
}

// json reads the body.
func (a answer) json() map[string]any {
	a.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(a.body, &out); err != nil {
		a.Fatalf("got %d with %.300q, want JSON", a.status, a.body)
	}
	return out
}

// at follows names and indexes into JSON.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func text(v any, path ...any) string {
	s, _ := at(v, path...).(string)
	return s
}

func list(v any, path ...any) []any {
	l, _ := at(v, path...).([]any)
	return l
}

// want holds an answer to a status.
func (a answer) want(status int) answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("got %d %.400s, want %d", a.status, a.body, status)
	}
	return a
}

// call sends a request and lets the referee of its API judge it and its answer.
func (h *harness) call(method, to string, header map[string]string, body any) answer {
	h.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			h.Fatal(err)
		}
	}
	if strings.HasPrefix(to, "/") {
		to = h.url + to
	}
	req, err := http.NewRequestWithContext(context.Background(), method, to, bytes.NewReader(raw))
	if err != nil {
		h.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, v := range header {
		// An empty value leaves a header out that is there otherwise.
		if v != "" {
			req.Header.Set(name, v)
		}
	}
	return h.do(req, raw)
}

func (h *harness) do(req *http.Request, raw []byte) answer {
	h.Helper()
	resp, err := h.http.Do(req)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		h.Fatal(err)
	}
	a := answer{harness: h, status: resp.StatusCode, header: resp.Header, body: got}
	h.judge(req, raw, a)
	return a
}

// form posts a form.
func (h *harness) form(to string, values url.Values, change ...func(*http.Request)) answer {
	h.Helper()
	if strings.HasPrefix(to, "/") {
		to = h.url + to
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, to, strings.NewReader(values.Encode()))
	if err != nil {
		h.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range change {
		c(req)
	}
	return h.do(req, nil)
}

// uuid makes a request id.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// person is a customer with a browser at the bank's pages.
type person struct {
	*harness

	client *http.Client
	at     *url.URL
	page   string
	doc    *html.Node
	// landed is the third party's address that the browser was sent to.
	landed *url.URL
}

func (h *harness) person() *person {
	h.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	p := &person{harness: h}
	p.client = &http.Client{Jar: jar, Transport: h.http.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return p
}

// open goes somewhere, over redirects, until a page comes or the third party's address.
func (p *person) open(to string) *person {
	p.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, to, nil)
	if err != nil {
		p.Fatal(err)
	}
	return p.follow(req)
}

func (p *person) follow(req *http.Request) *person {
	p.Helper()
	for range 10 {
		if strings.HasPrefix(req.URL.String(), "http://127.0.0.1:9/") {
			p.landed = req.URL
			return p
		}
		resp, err := p.client.Do(req)
		if err != nil {
			p.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			p.Fatal(err)
		}
		if resp.StatusCode/100 != 3 {
			p.at, p.page = req.URL, string(raw)
			if p.doc, err = html.Parse(bytes.NewReader(raw)); err != nil {
				p.Fatal(err)
			}
			return p
		}
		to, err := req.URL.Parse(resp.Header.Get("Location"))
		if err != nil {
			p.Fatal(err)
		}
		if req, err = http.NewRequestWithContext(context.Background(), http.MethodGet, to.String(), nil); err != nil {
			p.Fatal(err)
		}
	}
	p.Fatal("ten redirects")
	return p
}

// press fills in the form whose action ends so and sends it, with the fields that it has already.
func (p *person) press(action string, fill url.Values) *person {
	p.Helper()
	for form := range p.doc.Descendants() {
		if form.Data != "form" || !strings.HasSuffix(attr(form, "action"), action) {
			continue
		}
		values := url.Values{}
		for n := range form.Descendants() {
			if n.Data == "input" && attr(n, "name") != "" && (attr(n, "type") != "radio" || has(n, "checked")) {
				values.Add(attr(n, "name"), attr(n, "value"))
			}
		}
		for name, v := range fill {
			values[name] = v
		}
		to, err := p.at.Parse(attr(form, "action"))
		if err != nil {
			p.Fatal(err)
		}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, to.String(), strings.NewReader(values.Encode()))
		if err != nil {
			p.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return p.follow(req)
	}
	p.Fatalf("no form %s on the page %s:\n%s", action, p.at, p.page)
	return p
}

// signIn types a login.
func (p *person) signIn(login, password string) *person {
	p.Helper()
	return p.press("/login", url.Values{"login": {login}, "password": {password}})
}

// allow consents.
func (p *person) allow() *person {
	p.Helper()
	return p.press("/consent", url.Values{"decision": {"approve"}})
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
