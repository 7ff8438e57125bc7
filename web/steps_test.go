package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/web/webtest"
)

// visit is a browser on its way.
type visit struct {
	*site
	t testing.TB
	b *webtest.Browser
	p *webtest.Page
}

func (s *site) visit(t testing.TB, more ...string) *visit {
	t.Helper()
	v := &visit{site: s, t: t, b: s.browser()}
	var err error
	v.p, err = v.b.Get(t.Context(), s.entry(more...))
	at(t, v.p, err, 200, "asks to read")
	return v
}

func (v *visit) then(p *webtest.Page, err error) *visit {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	v.p = p
	return v
}

func (v *visit) terms() *visit  { v.t.Helper(); return v.then(v.b.AcceptTerms(v.t.Context(), v.p)) }
func (v *visit) picker() *visit { v.t.Helper(); return v.terms() }
func (v *visit) choose(uuid string) *visit {
	v.t.Helper()
	return v.then(v.b.Choose(v.t.Context(), v.p, uuid))
}

func (v *visit) login(login, password string) *visit {
	v.t.Helper()
	return v.then(v.b.Credentials(v.t.Context(), v.p, "login", login, "password", password))
}
func (v *visit) share() *visit  { v.t.Helper(); return v.then(v.b.Share(v.t.Context(), v.p)) }
func (v *visit) reload() *visit { v.t.Helper(); return v.then(v.b.Get(v.t.Context(), v.home())) }

// home is the attempt's address.
func (v *visit) home() string {
	v.t.Helper()
	i := strings.Index(v.p.URL.Path, "/attempt/")
	if i < 0 {
		v.t.Fatalf("%s is no attempt", v.p.URL)
	}
	return v.url + "/en" + v.p.URL.Path[i:i+len("/attempt/")+36]
}

func (v *visit) want(status int, heading string) *visit {
	v.t.Helper()
	at(v.t, v.p, nil, status, heading)
	return v
}

// left is the query that the client application got.
func (v *visit) left() url.Values {
	v.t.Helper()
	if v.p.Left == nil || !strings.HasPrefix(v.p.Left.String(), callbackURI+"?") {
		v.t.Fatalf("at %s %d %q, not led to the client application (%v)", v.p.URL, v.p.Status, v.p.Heading, v.p.Left)
	}
	return v.p.Left.Query()
}

// steps lead to each page of the walk, with its heading.
var steps = []struct {
	name, heading string
	walk          func(v *visit) *visit
}{
	{"terms", "asks to read", func(v *visit) *visit { return v }},
	{"picker", "Choose your bank", func(v *visit) *visit { return v.picker() }},
	{"source", "How do you want to connect", func(v *visit) *visit { return v.picker().choose(bothUUID) }},
	{"credentials", "Log in to Form Bank", func(v *visit) *visit { return v.picker().choose(formUUID) }},
	{"refused", "Log in to Form Bank", func(v *visit) *visit { return v.picker().choose(formUUID).login("ok", "wrong") }},
	{"away", "Continue at Away Bank", func(v *visit) *visit { return v.picker().choose(awayUUID) }},
	{"challenge", "Enter the code from the text message", func(v *visit) *visit { return v.picker().choose(formUUID).login("otp", "1234") }},
	{"waiting", "Approve in your bank", func(v *visit) *visit { return v.picker().choose(formUUID).login("app", "1234") }},
	{"pick", "Which accounts may Form Bank open", func(v *visit) *visit { return v.picker().choose(formUUID).login("pick", "1234") }},
	{"selection", "Choose the accounts", func(v *visit) *visit { return v.picker().choose(formUUID).login("ok", "1234") }},
	{"failed", "Form Bank cannot be reached", func(v *visit) *visit { return v.picker().choose(formUUID).login("down", "1234") }},
}

// TestEveryStep plays on each page what people do: reload, go on in another language, press an old button, lose the cookie,
// come with another browser, cancel. None strands anybody.
func TestEveryStep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			v := step.walk(s.visit(t)).want(200, step.heading)
			page := v.p
			v.reload().want(200, step.heading).reload().want(200, step.heading)
			fr := v.then(v.b.Get(t.Context(), strings.Replace(v.home(), "/en/", "/fr/", 1)))
			if fr.p.Status != 200 || fr.p.Heading == "" {
				t.Errorf("in French: %d %q", fr.p.Status, fr.p.Heading)
			}
			v.p = page
			lost := s.browser()
			p, err := lost.Get(t.Context(), v.home())
			at(t, p, err, 403, "did not start")
			if len(p.Links) == 0 {
				t.Error("the page of a lost session has no way out")
			}
			form, err := page.Form("/cancel")
			if err != nil && step.name != "terms" {
				t.Fatal(err)
			}
			if form != nil {
				p, err = lost.Submit(t.Context(), form, webtest.Button{})
				at(t, p, err, 403, "did not start")
			}
			if step.name == "terms" {
				v.then(v.b.Press(t.Context(), page, "/terms", "decision", "decline"))
				if q := v.left(); q.Get("error") != "tos_declined" || q.Get("state") != "st &/é" {
					t.Errorf("declined: %v", q)
				}
				return
			}
			// Cancel twice: a double click. Both end at the client application.
			for range 2 {
				v.then(v.b.Submit(t.Context(), form, webtest.Button{}))
				want := "access_denied"
				if step.name == "failed" {
					want = "server_error"
				}
				if q := v.left(); q.Get("error") != want || q.Get("state") != "st &/é" || q.Has("code") {
					t.Errorf("cancelled: %v", q)
				}
			}
		})
	}
}

// TestStaleForms presses the button of an old page: nothing is performed, one sentence says so.
func TestStaleForms(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit(t)
	terms := v.p
	v.terms().want(200, "Choose your bank")
	picker := v.p
	v.then(v.b.Press(t.Context(), terms, "/terms", "decision", "decline")).want(200, "Choose your bank")
	if !strings.Contains(v.p.Text, "no longer the current one") {
		t.Errorf("no notice: %s", v.p.Text)
	}
	v.p = picker
	v.choose(formUUID).want(200, "Log in to Form Bank")
	old := v.p
	v.then(v.b.Choose(t.Context(), picker, awayUUID)).want(200, "Log in to Form Bank")
	v.p = old
	v.then(v.b.Press(t.Context(), old, "/back", "", "")).want(200, "Choose your bank")
	begins := v.bank.begins.Load()
	v.then(v.b.Credentials(t.Context(), old, "login", "ok", "password", "1234")).want(200, "Choose your bank")
	if got := v.bank.begins.Load(); got != begins {
		t.Errorf("a stale form reached the bank %d times", got-begins)
	}
}

// TestFieldErrors shows a form again with what is wrong, what was typed, and nothing secret.
func TestFieldErrors(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit(t).picker().choose(formUUID)
	v.login("me & <you>", "").want(422, "Log in to Form Bank")
	f, err := v.p.Form("/credentials")
	must(t, err)
	if got := f.Value("field.login"); got != "me & <you>" {
		t.Errorf("login is shown again as %q", got)
	}
	v.login(strings.Repeat("x", 21), "canary-password").want(422, "Log in to Form Bank")
	if strings.Contains(string(v.p.Body), "canary-password") {
		t.Error("the password came back")
	}
	if strings.Contains(v.log.String(), "canary-password") {
		t.Error("the password is in the log")
	}
	v.login("ok", "wrong").want(200, "Log in to Form Bank").login("ok", "1234").want(200, "Choose the accounts")
	none, err := v.p.Form("/accounts")
	must(t, err)
	for _, field := range none.Fields {
		field.On = false
	}
	v.then(v.b.Submit(t.Context(), none, webtest.Button{})).want(422, "Choose the accounts")
	if !strings.Contains(v.p.Text, "Tick at least one account") {
		t.Errorf("no error: %s", v.p.Text)
	}
	v.share()
	if v.left().Get("code") == "" {
		t.Error("no code at the end")
	}
}

// TestChallenge answers a code wrong, then right.
func TestChallenge(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit(t).picker().choose(formUUID).login("otp", "1234").want(200, "Enter the code")
	v.then(v.b.Answer(t.Context(), v.p, "code", "12")).want(422, "Enter the code")
	v.then(v.b.Answer(t.Context(), v.p, "code", "000000")).want(200, "Enter the code")
	if !strings.Contains(v.p.Text, "did not accept this code") {
		t.Errorf("no error: %s", v.p.Text)
	}
	v.then(v.b.Answer(t.Context(), v.p, "code", "123456")).want(200, "Choose the accounts").share()
	if v.left().Get("code") == "" {
		t.Error("no code at the end")
	}
}

// TestApproval waits for an approval elsewhere and asks by hand.
func TestApproval(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit(t).picker().choose(formUUID).login("app", "1234").want(200, "Approve in your bank")
	for range 4 {
		if !strings.Contains(v.p.Heading, "Approve") {
			break
		}
		v.forward(2 * time.Second)
		v.then(v.b.Press(t.Context(), v.p, "/check", "", ""))
	}
	v.want(200, "Choose the accounts").share()
	if v.left().Get("code") == "" {
		t.Error("no code at the end")
	}
}

// TestExpired comes back to a page that was left open.
func TestExpired(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit(t).picker()
	old := v.p
	v.forward(31 * time.Minute)
	v.reload().want(410, "expired")
	link, err := v.p.Link(callbackURI)
	must(t, err)
	if !strings.Contains(link.Href, "error=session_expired") || !strings.Contains(link.Href, "state=st%20%26%2F%C3%A9") {
		t.Errorf("the way back is %s", link.Href)
	}
	v.then(v.b.Choose(t.Context(), old, formUUID)).want(410, "expired")
	f, err := old.Form("/connector")
	must(t, err)
	f.Action.Path = strings.TrimSuffix(f.Action.Path, "/connector") + "/restart"
	v.then(v.b.Submit(t.Context(), f, webtest.Button{})).want(200, "asks to read")
	v.terms().want(200, "Choose your bank")
}

// TestNotListed says so, then searches again, then leaves.
func TestNotListed(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit(t).picker()
	v.then(v.b.Search(t.Context(), v.p, "zzzz")).want(200, "Choose your bank")
	v.then(v.b.Press(t.Context(), v.p, "/not-listed", "", "")).want(200, "not in the list")
	if !strings.Contains(v.p.Text, "noted that zzzz is missing") {
		t.Errorf("a bank that is missing is not called so: %s", v.p.Text)
	}
	v.then(v.b.Press(t.Context(), v.p, "/back", "", "")).want(200, "Choose your bank")
	for _, found := range []string{"Away Bank", "FR7630006000011234567890189"} {
		v.then(v.b.Search(t.Context(), v.p, found)).want(200, "Choose your bank")
		v.then(v.b.Press(t.Context(), v.p, "/not-listed", "", "")).want(200, "not in the list")
		if strings.Contains(v.p.Text, "have noted") {
			t.Errorf("%s is called missing: %s", found, v.p.Text)
		}
		v.then(v.b.Press(t.Context(), v.p, "/back", "", "")).want(200, "Choose your bank")
	}
	v.then(v.b.Press(t.Context(), v.p, "/not-listed", "", "")).want(200, "not in the list")
	v.then(v.b.Cancel(t.Context(), v.p))
	if q := v.left(); q.Get("error") != "access_denied" || q.Get("state") == "" {
		t.Errorf("told %v", q)
	}
}

// TestAnother connects two in one visit.
func TestAnother(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit(t, "max_connections", "3").picker().choose(formUUID).login("ok", "1234").share().want(200, "One more?")
	v.then(v.b.Press(t.Context(), v.p, "/another", "decision", "add")).want(200, "Choose your bank")
	v.choose(formUUID).want(200, "You already connected Form Bank").press("known", "choice", "other")
	v.login("other", "1234").share().want(200, "One more?")
	v.then(v.b.Press(t.Context(), v.p, "/another", "decision", "finish"))
	q := v.left()
	if ids := strings.Split(q.Get("connection_ids"), ","); len(ids) != 2 || ids[1] != q.Get("connection_id") || q.Get("code") == "" {
		t.Errorf("told %v", q)
	}
}
