package testbank

import (
	"encoding/json"
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

	bank "passerelle/internal/testbank"
)

const (
	clientID     = "tpp"
	clientSecret = "tpp-secret"
	redirectURI  = "http://127.0.0.1:9/callback/testbank"
)

// harness is a running test bank with a clock that the test moves.
type harness struct {
	*testing.T
	url  string
	site *Server

	mu     sync.Mutex
	offset time.Duration
}

func start(t *testing.T) *harness {
	t.Helper()
	h := &harness{T: t}
	var seed [32]byte
	copy(seed[:], t.Name())
	ts := httptest.NewUnstartedServer(nil)
	s, err := New(Config{
		PublicURL: "http://" + ts.Listener.Addr().String(),
		Clients: []bank.Client{{
			ID: clientID, Secret: clientSecret, Name: "Third Party", RedirectPrefixes: []string{"http://127.0.0.1/callback/"},
		}},
		Now: h.now, Rand: rand.NewChaCha8(seed), SlowAnswer: 30 * time.Millisecond, Files: plain(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = s.Handler()
	ts.Start()
	t.Cleanup(ts.Close)
	h.url, h.site = ts.URL, s
	return h
}

var epoch = time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)

func (h *harness) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return epoch.Add(h.offset)
}

func (h *harness) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.offset += d
}

// caller is a browser or a program with its own cookies; it follows no redirect by itself.
type caller struct {
	h      *harness
	accept string
	bearer string
	// present says that the customer is there.
	present bool
	http    *http.Client
}

func (h *harness) caller(accept string) *caller {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	return &caller{h: h, accept: accept, http: &http.Client{
		Jar: jar, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (h *harness) program() *caller { return h.caller("application/json") }
func (h *harness) browser() *caller { return h.caller("text/html") }

// reply is an answer read whole.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (c *caller) do(method, path, contentType, body string) reply {
	c.h.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.h.url + path
	}
	req, err := http.NewRequestWithContext(c.h.Context(), method, path, strings.NewReader(body))
	if err != nil {
		c.h.Fatal(err)
	}
	req.Header.Set("Accept", c.accept)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.present {
		req.Header.Set("PSU-IP-Address", "192.0.2.7")
	}
	if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.h.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.h.Fatal(err)
	}
	return reply{t: c.h.T, status: resp.StatusCode, header: resp.Header, body: string(raw)}
}

func (c *caller) get(path string) reply { c.h.Helper(); return c.do("GET", path, "", "") }

func (c *caller) post(path string, form url.Values) reply {
	c.h.Helper()
	return c.do("POST", path, "application/x-www-form-urlencoded", form.Encode())
}

func (c *caller) control(path, body string) reply {
	c.h.Helper()
	r := c.do("POST", path, "application/json", body)
	if r.status != http.StatusOK {
		c.h.Fatalf("control %s %s: %d %s", path, body, r.status, r.body)
	}
	return r
}

func (r reply) want(status int, parts ...string) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status = %d, want %d; body %s", r.status, status, r.body)
	}
	for _, p := range parts {
		if !strings.Contains(r.body, p) {
			r.t.Fatalf("body lacks %q: %s", p, r.body)
		}
	}
	return r
}

func (r reply) location() *url.URL {
	r.t.Helper()
	r.want(http.StatusSeeOther)
	u, err := url.Parse(r.header.Get("Location"))
	if err != nil {
		r.t.Fatal(err)
	}
	return u
}

func decode[T any](r reply) T {
	r.t.Helper()
	var out T
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		r.t.Fatalf("body is not the JSON expected: %v: %s", err, r.body)
	}
	return out
}

// form is a form of a page with what is filled in.
type form struct {
	action string
	values url.Values
}

// form finds the page's form that posts to an address ending so.
func (r reply) form(suffix string) form {
	r.t.Helper()
	doc, err := html.Parse(strings.NewReader(r.body))
	if err != nil {
		r.t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && strings.HasSuffix(attr(n, "action"), suffix) {
			f := form{action: attr(n, "action"), values: url.Values{}}
			for in := range n.Descendants() {
				checked := attr(in, "type") != "checkbox" && attr(in, "type") != "radio" || has(in, "checked")
				if in.Data == "input" && checked {
					f.values.Add(attr(in, "name"), attr(in, "value"))
				}
			}
			return f
		}
	}
	r.t.Fatalf("no form that posts to …%s in %s", suffix, r.body)
	return form{}
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
