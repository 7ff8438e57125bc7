package simplefin_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	thebank "passerelle/internal/testbank"
	site "passerelle/web/sandboxbank"
	"passerelle/web/webtest"
)

// The stand-in of sfintest is as rude as servers can be. The sandbox bank is a server with customers: their tokens come from its pages,
// and what the accounts do is acted out behind its counter.

// sandbox is a running sandbox bank, with the stand-in's clock.
type sandbox struct {
	*world

	url  string
	site *site.Server
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	s := &sandbox{world: newWorld(t)}
	ts := httptest.NewUnstartedServer(nil)
	s.url = "http://" + ts.Listener.Addr().String()
	var err error
	if s.site, err = site.New(site.Config{PublicURL: s.url, Now: s.now, SlowAnswer: 5 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = s.site.Handler()
	ts.Start()
	t.Cleanup(ts.Close)
	return s
}

var shownToken = regexp.MustCompile(`id="token" value="([^"]+)"`)

// make walks a customer through the bank's pages to a token.
func (s *sandbox) make(t *testing.T, login string) string {
	t.Helper()
	b, err := webtest.New(nil, s.url)
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Get(t.Context(), s.url+"/simplefin/create")
	const most = 6
	for range most {
		if err != nil {
			t.Fatal(err)
		}
		if found := shownToken.FindSubmatch(p.Body); found != nil {
			return string(found[1])
		}
		p, err = s.next(t.Context(), b, p, login)
	}
	t.Fatalf("no token at %s: %s", p.URL, p.Text)
	return ""
}

// next does what a page of the bank asks for.
func (s *sandbox) next(ctx context.Context, b *webtest.Browser, p *webtest.Page, login string) (*webtest.Page, error) {
	for _, step := range []struct {
		form, name, value string
		fields            []string
	}{
		{"/create", "", "", nil},
		{"/login", "", "", []string{"login", login, "password", "1234"}},
		{"/challenge", "", "", []string{"code", thebank.TextCode}},
		{"/consent", "decision", "approve", nil},
		{"/token", "", "", nil},
	} {
		if _, err := p.Form(step.form); err == nil {
			return b.Press(ctx, p, step.form, step.name, step.value, step.fields...)
		}
	}
	return p, nil
}

func (s *sandbox) institution(t *testing.T) connector.Institution {
	t.Helper()
	settings, err := json.Marshal(map[string]any{"create_url": s.url + "/simplefin/create", "hosts": []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	return connector.Institution{UUID: "5b3c7a52-3a60-5d0c-8ad8-1c2f0a4d9e11", Name: "Sandbox Bank", Settings: string(settings)}
}

// TestSandboxConformance plays the suite over the sandbox bank.
func TestSandboxConformance(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	as := func(login string, change ...func(*conformance.Script)) conformance.Script {
		out := conformance.Script{
			Name: login, Source: bank.SourceDirectAccess, Steps: []string{conformance.Ask},
			Answer: func(t *testing.T, _ *connector.Ask) map[string]string {
				t.Helper()
				return map[string]string{"token": s.make(t, login)}
			},
		}
		for _, c := range change {
			c(&out)
		}
		return out
	}
	wants := func(code connector.Code) func(*conformance.Script) {
		return func(c *conformance.Script) { c.PullFails, c.Background = code, code }
	}
	conformance.Run(t, conformance.Subject{
		New:         func(t *testing.T) connector.Connector { t.Helper(); return s.kind(t, network()) },
		Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return s.kind(t, silence{}) },
		Institution: s.institution(t),
		Callback:    "http://127.0.0.1:9/callback/simplefin", Now: s.now, Pass: s.pass,
		Browse: func(*testing.T, string) url.Values { return nil },
		Answer: as("success").Answer,
		Reset:  func(*testing.T) {},
		Scripts: []conformance.Script{
			as("success"), as("otp_text"), as("new_account"), as("account_closed"), as("slow"),
			as("sca_required", wants(connector.CodeNeedsUser)),
		},
		Secrets: []string{"sfp", "sfc"},
	})
}

// TestSandboxWithdraws reads until the customer withdraws the token at the bank, and asks for another then.
func TestSandboxWithdraws(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	inst := s.institution(t)
	step, err := s.begin(t, inst, s.make(t, "success"))
	if err != nil || step.Done == nil {
		t.Fatalf("begin: %+v, %v", step, err)
	}
	pull := func() (*sink, error) {
		out := &sink{transactions: map[string][]bank.Transaction{}}
		in := connector.PullInput{Institution: inst, Source: bank.SourceDirectAccess, Session: step.Done.Session, Since: s.now().AddDate(0, -4, 0), Now: s.now()}
		if _, err := s.kind(t, network()).Pull(t.Context(), in, out); err != nil {
			return nil, err
		}
		for _, a := range out.accounts {
			in.Transactions = append(in.Transactions, a.Key)
		}
		out = &sink{transactions: map[string][]bank.Transaction{}}
		_, err := s.kind(t, network()).Pull(t.Context(), in, out)
		return out, err
	}
	got, err := pull()
	if err != nil {
		t.Fatal(err)
	}
	movements, coming := 0, 0
	for _, a := range got.accounts {
		if !strings.HasPrefix(a.Name, "Sandbox Bank – ") || a.Balance.Currency == "" {
			t.Errorf("an account is %+v", a)
		}
		for _, m := range got.transactions[a.Key] {
			movements++
			if m.Coming {
				coming++
			}
		}
	}
	if len(got.accounts) < 2 || movements < 50 || coming == 0 {
		t.Errorf("%d accounts, %d movements with %d coming", len(got.accounts), movements, coming)
	}
	for _, k := range s.site.Bank().Consents() {
		if err := s.site.Bank().Revoke(k.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pull(); err == nil || connector.AsError(err).Code != connector.CodeConsentRevoked {
		t.Errorf("after the token was withdrawn: %v, want %s", err, connector.CodeConsentRevoked)
	}
}
