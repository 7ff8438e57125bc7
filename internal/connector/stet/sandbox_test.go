package stet_test

import (
	"bytes"
	"context"
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

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	"passerelle/internal/connector/stet"
	"passerelle/internal/sandboxbank"
	thebank "passerelle/internal/testbank"
	site "passerelle/web/sandboxbank"
)

// sandbox is a running sandbox bank with a clock.
type sandbox struct {
	url  string
	site *site.Server

	mu     sync.Mutex
	offset time.Duration
	// then is done once a consent is given, before the third party hears of it.
	then func(consent string) error
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	s := &sandbox{}
	ts := httptest.NewUnstartedServer(nil)
	s.url = "http://" + ts.Listener.Addr().String()
	var err error
	s.site, err = site.New(site.Config{
		PublicURL: s.url, Now: s.now, SlowAnswer: 5 * time.Millisecond, Page: 7,
		Clients: []sandboxbank.Client{{ID: "PSDFR-ACPR-12345", Name: "Passerelle", RedirectPrefixes: []string{"http://127.0.0.1/callback/"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = s.site.Handler()
	ts.Start()
	t.Cleanup(ts.Close)
	return s
}

func (s *sandbox) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC).Add(s.offset)
}

func (s *sandbox) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

// institution is the directory's entry of a model: the mixed one finds the authorization server by its description, the full one is told
// where its endpoints are.
func (s *sandbox) institution(model string) connector.Institution {
	path, server := "stet", fmt.Sprintf(`"authorization_endpoint":"%s/as/stet/authorize","token_endpoint":"%s/as/stet/token"`, s.url, s.url)
	if model == "mixed" {
		path, server = "stet-mixed", fmt.Sprintf(`"issuer":"%s/as/stet-mixed"`, s.url)
	}
	return connector.Institution{
		UUID: "0f0a8f0e-7d0a-5f0a-8a53-7f1a6b9c0002", Name: "Sandbox Bank",
		Settings: fmt.Sprintf(`{"profile":%q,"base_url":"%s/%s/v1.4",%s,"client_auth":"none"}`, model, s.url, path, server),
	}
}

func (s *sandbox) kind(t *testing.T, transport http.RoundTripper) connector.Connector {
	t.Helper()
	c, err := stet.New(connector.Host{
		Client: func(connector.TLS) (*http.Client, error) {
			return &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: stay}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return settings(), nil },
		Now:      s.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return attended{c}
}

// attended reads as when the end user is there: the suite pulls more often than the four times a day that a bank allows without.
type attended struct{ connector.Connector }

// Pull implements connector.Connector.
func (a attended) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	in.PSU = there
	return a.Connector.Pull(ctx, in, out)
}

// person is somebody with a browser on the bank's pages.
type person struct {
	*testing.T

	s      *sandbox
	client *http.Client
	at     *url.URL
	doc    *html.Node
	text   string
	landed *url.URL
}

// browse signs in at a redirect, proves who it is and decides; it gives what the bank sends back.
func (s *sandbox) browse(t *testing.T, to, login, decision string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{T: t, s: s, client: &http.Client{Jar: jar, CheckRedirect: stay, Timeout: time.Minute}}
	p.open(http.MethodGet, to, nil)
	for range 60 {
		switch {
		case p.landed != nil:
			if s.then != nil {
				for _, c := range s.site.Bank().Consents() {
					if err := s.then(c.ID); err != nil {
						t.Error(err)
					}
				}
			}
			return p.landed.Query()
		case p.form("/login") != nil:
			p.press("/login", url.Values{"login": {login}, "password": {"1234"}})
		case p.form("/challenge") != nil:
			p.press("/challenge", url.Values{"code": {thebank.TextCode}})
		case strings.Contains(p.text, "Waiting for your approval"), strings.Contains(p.text, "this page looks again"):
			s.pass(3 * time.Second)
			p.open(http.MethodGet, p.at.String(), nil)
		case p.form("/consent") != nil:
			p.press("/consent", url.Values{"decision": {decision}})
		case p.form("/leave") != nil:
			p.press("/leave", nil)
		default:
			t.Fatalf("a page that leads nowhere: %s", p.text)
		}
	}
	t.Fatal("sixty pages")
	return nil
}

// open goes to an address, and on where it leads; the callback is not opened.
func (p *person) open(method, to string, form url.Values) {
	p.Helper()
	for range 10 {
		u, err := url.Parse(to)
		if err != nil {
			p.Fatal(err)
		}
		if u.Port() == "9" {
			p.landed = u
			return
		}
		req, err := http.NewRequestWithContext(p.Context(), method, to, strings.NewReader(form.Encode()))
		if err != nil {
			p.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
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
			p.at, p.text = u, string(raw)
			if p.doc, err = html.Parse(bytes.NewReader(raw)); err != nil {
				p.Fatal(err)
			}
			return
		}
		next, err := u.Parse(resp.Header.Get("Location"))
		if err != nil {
			p.Fatal(err)
		}
		method, to, form = http.MethodGet, next.String(), nil
	}
	p.Fatal("ten redirects")
}

func (p *person) form(action string) *html.Node {
	for n := range p.doc.Descendants() {
		if n.Data == "form" && strings.HasSuffix(attr(n, "action"), action) {
			return n
		}
	}
	return nil
}

// press fills in a form and sends it with what it has already.
func (p *person) press(action string, fill url.Values) {
	p.Helper()
	form, values := p.form(action), url.Values{}
	for n := range form.Descendants() {
		if n.Data == "input" && attr(n, "name") != "" && attr(n, "type") != "radio" {
			values.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	for name, given := range fill {
		values[name] = given
	}
	to, err := p.at.Parse(attr(form, "action"))
	if err != nil {
		p.Fatal(err)
	}
	p.open(http.MethodPost, to.String(), values)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestSandboxBank plays the suite against the sandbox bank in the mixed model. In the full one nothing can be taken back there (its
// authorization server has no revocation endpoint), which the suite demands: TestSandboxBankFull walks it.
func TestSandboxBank(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	conformance.Run(t, conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return s.kind(t, network()) },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return s.kind(t, silence{}) },
		Institution: s.institution("mixed"), Callback: callback, Now: s.now, Pass: s.pass,
		Browse: func(t *testing.T, to string) url.Values { t.Helper(); return s.browse(t, to, "alice", "approve") },
		Answer: func(*testing.T, *connector.Ask) map[string]string { return nil },
		Reset: func(t *testing.T) {
			t.Helper()
			s.then = nil
			if err := s.site.Bank().People().Apply(thebank.Change{Reset: true}); err != nil {
				t.Fatal(err)
			}
		},
		Scripts: sandboxScripts(s), Secrets: []string{identity.WebsiteKey.Reveal(), identity.SealKey.Reveal()},
	})
}

// sandboxScripts are the bank's scenarios, acted out by the logins of their names, and what happens to a consent later.
func sandboxScripts(s *sandbox) []conformance.Script {
	steps := []string{conformance.Redirect, conformance.Pick}
	script := func(login, decision string, fails connector.Code) conformance.Script {
		out := conformance.Script{
			Name: login, Source: bank.SourceOpenAPI, Steps: steps, Fails: fails,
			Browse: func(t *testing.T, to string) url.Values { t.Helper(); return s.browse(t, to, login, decision) },
		}
		if fails != "" {
			out.Steps = steps[:1]
		}
		return out
	}
	refused := script("bob", "refuse", connector.CodeCancelled)
	refused.Name = "the end user refuses"
	withdrawn := script("carol", "approve", connector.CodeConsentRevoked)
	withdrawn.Name = "withdrawn at the bank"
	withdrawn.Browse = func(t *testing.T, to string) url.Values {
		t.Helper()
		s.then = s.site.Bank().Revoke
		return s.browse(t, to, "carol", "approve")
	}
	return []conformance.Script{
		script("alice", "approve", ""), refused, script("otp_text", "approve", ""), script("app_quick", "approve", ""), script("slow", "approve", ""),
		script("app_refused", "approve", connector.CodeCancelled), script("redirect_deny", "approve", connector.CodeCancelled),
		script("redirect_error", "approve", connector.CodeUnavailable), withdrawn,
	}
}

// TestSandboxBankFull walks the full model to movements, and on to a consent that its customer takes back.
func TestSandboxBankFull(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	inst := s.institution("full")
	c := s.kind(t, network())
	cb := connector.Callback{URL: callback, State: bank.NewSecret("state-of-a-walk")}
	step, err := c.Begin(t.Context(), connector.BeginInput{Mode: connector.ModeConnect, Institution: inst, Source: bank.SourceOpenAPI, PSU: there, Callback: cb, Now: s.now()})
	if err != nil || step.Redirect == nil {
		t.Fatalf("begin: %+v, %v", step, err)
	}
	step, err = c.Advance(t.Context(), connector.AdvanceInput{
		Institution: inst, Source: bank.SourceOpenAPI, State: step.State, PSU: there, Callback: cb, Now: s.now(),
		Event: connector.Event{Kind: connector.EventCallback, Callback: s.browse(t, step.Redirect.URL, "alice", "approve")},
	})
	if err != nil || step.Done == nil {
		t.Fatalf("advance: %+v, %v", step, err)
	}
	session := step.Done.Session
	pull := func(keys ...string) (*sink, error) {
		out := &sink{transactions: map[string][]bank.Transaction{}}
		result, err := c.Pull(t.Context(), connector.PullInput{
			Institution: inst, Source: bank.SourceOpenAPI, Session: session, Transactions: keys, Since: s.now().AddDate(0, 0, -120), Now: s.now(),
		}, out)
		if len(result.Session) > 0 {
			session = result.Session
		}
		return out, err
	}
	list, err := pull()
	if err != nil || len(list.accounts) == 0 {
		t.Fatalf("%d accounts: %v", len(list.accounts), err)
	}
	keys := make([]string, 0, len(list.accounts))
	for _, a := range list.accounts {
		keys = append(keys, a.Key)
		if a.Owner == "" || a.Name == "" {
			t.Errorf("an account without owner or name: %+v", a)
		}
	}
	// Long enough for the tokens to need renewing.
	s.pass(2 * time.Hour)
	read, err := pull(keys...)
	if err != nil {
		t.Fatal(err)
	}
	in, outgoing := 0, 0
	for _, movements := range read.transactions {
		for _, x := range movements {
			if x.Value.Amount.IsPositive() {
				in++
			} else {
				outgoing++
			}
		}
	}
	if in == 0 || outgoing == 0 {
		t.Errorf("%d movements in and %d out, want some of both", in, outgoing)
	}
	for _, consent := range s.site.Bank().Consents() {
		if err := s.site.Bank().Revoke(consent.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pull(); err == nil {
		t.Error("what its customer took back can still be read")
	} else if code := connector.AsError(err).Code; code != connector.CodeConsentRevoked && code != connector.CodeNeedsUser {
		t.Errorf("after the end: %v", err)
	}
}
