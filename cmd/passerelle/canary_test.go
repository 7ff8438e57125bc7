package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector/testbank"
	"passerelle/web/webtest"
)

// flock is the service with its log at debug level, every canary that was put somewhere, and every answer.
type flock struct {
	*world

	records *records
	client  *http.Client
	put     []*canary
}

// TestCanaries types distinct secrets into every form, sends more to every endpoint in every position, well-formed and not,
// and through every failure of the bank; then it looks for each of them, and for every secret that was issued on the way, in
// the log, the metrics, the answers and the bytes of the database (R16, R25, R47, I5). None may be found, in any encoding.
func TestCanaries(t *testing.T) {
	t.Parallel()
	f := &flock{records: &records{secrets: make(map[string]*canary)}}
	login, password := f.typed("the right login"), f.typed("the right password")
	logins := loginJSON(t, login, password, "otp_text")
	failing := f.failing(t, &logins)
	f.world = newWorld(t, "", logins, "--log-level", "debug")
	f.records.own, f.records.next = strings.TrimPrefix(f.address, "http://"), &http.Transport{}
	f.gate.watch = f.records.bankSide
	f.client = &http.Client{Transport: f.records, Timeout: patience, CheckRedirect: plainClient.CheckRedirect}
	f.records.learn("the client secret", f.clientSecret, false)
	f.records.learn("our secret at the bank", bankSecret, false)
	control := plain("the name of a client application")
	object(t, "client", "create", "--name", control.value, "--redirect-uri", callbackURI, "--json", "--data-dir", f.dir)
	f.mustStart()

	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	code := f.walkThroughForms(ctx, login, password)
	token := f.exchanges(ctx, code)
	f.walkByRedirect(ctx)
	for scenario, who := range failing {
		f.walkIntoFailure(ctx, scenario, who[0], who[1])
	}
	f.everyEndpoint(ctx, code, token)
	f.brokenHTTP(ctx)

	_, metrics := fetch(t, http.MethodGet, f.address+"/metrics", nil)
	images := f.images()
	f.stopped()
	for name, image := range f.images() {
		images[name+" after the stop"] = image
	}
	f.look(map[string][]byte{"the log": []byte(f.errs.String()), "the metrics": []byte(metrics)}, images)
	if _, found := control.in(images[databaseName+" after the stop"]); !found {
		t.Error("a name that the database does hold was not found in it: this search finds nothing")
	}
	if !strings.Contains(f.errs.String(), "/:lang/attempt/:id/credentials") || !strings.Contains(metrics, "/:lang/attempt/:id/credentials") {
		t.Error("log or metrics do not tell of the forms that were sent: this search finds nothing")
	}
}

func (f *flock) stopped() {
	f.t.Helper()
	if code, err := f.service.stop(); err != nil || code != exitOK {
		f.t.Errorf("the stop: exit %d, %v", code, err)
	}
}

// typed makes a canary and notes it.
func (f *flock) typed(name string) *canary {
	c := typed(name)
	f.put = append(f.put, c)
	return c
}

func (f *flock) plain(name string) *canary {
	c := plain(name)
	f.put = append(f.put, c)
	return c
}

// look searches every place for every secret. What was typed may be on no page; what was issued may be in the answer that
// issues it, and nowhere else.
func (f *flock) look(places, images map[string][]byte) {
	f.t.Helper()
	for name, image := range images {
		places["the file "+name] = image
	}
	all := f.put
	for _, c := range f.records.secrets {
		all = append(all, c)
	}
	searched := 0
	for _, c := range all {
		for place, text := range places {
			searched += len(text)
			if around, found := c.in(text); found {
				f.t.Errorf("%s is in %s: %s", c.name, place, around)
			}
		}
	}
	hits := 0
	for _, a := range f.records.answers {
		text := a.shown()
		for _, c := range all {
			if around, found := c.in(text); found && !c.onPages && hits < 20 {
				hits++
				f.t.Errorf("%s is in the answer to %s: %s", c.name, a.what, around)
			}
		}
	}
	f.t.Logf("%d canaries and %d issued secrets, looked for in %d MB of log, metrics and database and in %d answers",
		len(f.put), len(f.records.secrets), searched>>20, len(f.records.answers))
	seen := make(map[string]bool)
	for _, c := range f.records.secrets {
		seen[c.name] = true
		if strings.HasPrefix(c.name, "cookie passerelle") {
			seen["a cookie of ours"] = true
		}
	}
	for _, name := range []string{
		"the client secret", "our secret at the bank", "a cookie of ours", "the code of the callback", "the access token",
		"a temporary code", "a manage token", "the bank's state", "the bank's code", "the bank's code_verifier",
		"the bank's access_token", "the bank's refresh_token", "the bank's cookie", "the bank's device",
	} {
		if !seen[name] {
			f.t.Errorf("%s was never seen, so that it was not looked for", name)
		}
	}
}

// loginJSON is a customer of the bank's file.
func loginJSON(t *testing.T, login, password *canary, scenario string) string {
	t.Helper()
	b, err := json.Marshal(map[string]string{"login": login.value, "password": password.value, "person": "camille", "scenario": scenario})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// failing makes a customer for each way in which a bank can fail, and adds them to its file.
func (f *flock) failing(t *testing.T, logins *string) map[string][2]*canary {
	t.Helper()
	out := make(map[string][2]*canary)
	for _, scenario := range []string{"wrong_password", "password_expired", "action_needed", "bank_down", "bug", "bad_json", "rate_limit"} {
		who := [2]*canary{f.typed("the login of " + scenario), f.typed("the password of " + scenario)}
		out[scenario] = who
		*logins += ",\n" + loginJSON(t, who[0], who[1], scenario)
	}
	return out
}

// visitor is a person whose answers are kept.
func (f *flock) visitor(source, login, website, more string) *person {
	d := f.newPerson(source, login, website)
	d.bar.next, d.entry = f.records, f.entry(more)
	return d
}

// page ends the test when a page did not come.
func (f *flock) page(p *webtest.Page, err error) *webtest.Page {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

// walkThroughForms goes through every form of ours with a canary in every field, wrong first, then right, and in members that
// no form has. It gives the code at the end.
func (f *flock) walkThroughForms(ctx context.Context, login, password *canary) string {
	f.t.Helper()
	secret := url.Values{testbank.UUID + ".password": {f.typed("the prefilled password").value}}
	refused := f.visitor(bank.SourceDirectAccess, login.value, allGoesWell, "&"+secret.Encode())
	if q, ok := returned(f.page(refused.b.Get(ctx, refused.entry))); !ok || q.Get("error") != "invalid_request" {
		f.t.Fatalf("a password in the entry URL leads to %v, want the refusal", q)
	}
	prefill := url.Values{testbank.UUID + ".login": {f.typed("the prefilled login").value}, "password": {f.typed("an unknown parameter").value}}
	d := f.visitor(bank.SourceDirectAccess, login.value, allGoesWell, "&"+prefill.Encode())
	p := f.page(d.b.Get(ctx, d.entry))
	extra := f.typed("a member that the form does not have")
	for _, step := range [][]string{
		{"/terms", "decision", "accept"},
		{"/connector", "connector", testbank.UUID},
		{"/source", "source", bank.SourceDirectAccess},
		{"/credentials", "", "", "field.login", login.value, "field.password", f.typed("a wrong password").value},
		{"/credentials", "", "", "field.login", strings.Repeat("x", 129), "field.password", f.typed("a password beside a login too long").value},
		{"/credentials", "", "", "field.login", "", "field.password", f.typed("a password beside no login").value},
		{"/credentials", "", "", "field.login", login.value, "field.password", password.value},
		{"/challenge", "", "", "field.code", f.typed("a code that is none").value},
		{"/challenge", "", "", "field.code", f.digits().value},
		{"/challenge", "", "", "field.code", "123456"},
		{"/accounts", "", ""},
	} {
		p = f.page(d.lookUntil(ctx, p, step[0]))
		form, err := p.Form(step[0])
		if err != nil {
			f.t.Fatal(err)
		}
		form.Fields = append(form.Fields, &webtest.Field{Name: "password", Value: extra.value}, &webtest.Field{Name: "field.more", Value: extra.value})
		p = f.page(d.b.Press(ctx, p, step[0], step[1], step[2], step[3:]...))
	}
	q, ok := returned(p)
	if !ok {
		f.t.Fatalf("not led back: %d %q %s", p.Status, p.Heading, p.Text)
	}
	f.records.learn("the code of the callback", q.Get("code"), true)
	return q.Get("code")
}

func (f *flock) digits() *canary {
	c := digits("a wrong code")
	f.put = append(f.put, c)
	return c
}

// lookUntil loads a waiting page until the form is there.
func (d *person) lookUntil(ctx context.Context, p *webtest.Page, form string) (*webtest.Page, error) {
	for {
		if _, err := p.Form(form); err == nil {
			return p, nil
		}
		if _, err := p.Form("/check"); err != nil {
			return nil, fmt.Errorf("no form %s: %d %q %s", form, p.Status, p.Heading, p.Text)
		}
		var err error
		if p, err = d.lookAgain(ctx, p); err != nil {
			return nil, err
		}
	}
}

// walkByRedirect connects at the bank's own page, so that the bank's codes and tokens go through our hands.
func (f *flock) walkByRedirect(ctx context.Context) {
	f.t.Helper()
	d := f.visitor(bank.SourceOpenAPI, "somebody", allGoesWell, "")
	if _, err := d.walk(ctx, rand.New(rand.NewPCG(1, 1)), &flow{}); err != nil { //nolint:gosec // nothing is cut here
		f.t.Fatal(err)
	}
}

// walkIntoFailure types canaries into the form of a bank that then fails, and leaves by cancelling.
func (f *flock) walkIntoFailure(ctx context.Context, scenario string, login, password *canary) {
	f.t.Helper()
	d := f.visitor(bank.SourceDirectAccess, login.value, "", "&account_ibans="+f.plain("an IBAN asked for").value)
	p := f.page(d.b.Get(ctx, d.entry))
	p = f.page(d.b.AcceptTerms(ctx, p))
	p = f.page(d.b.Choose(ctx, p, testbank.UUID))
	p = f.page(d.b.Source(ctx, p, bank.SourceDirectAccess))
	p = f.page(d.b.Credentials(ctx, p, "login", login.value, "password", password.value))
	for strings.Contains(string(p.Body), "/check") {
		p = f.page(d.lookAgain(ctx, p))
	}
	if _, err := p.Form("/accounts"); err == nil && scenario != "rate_limit" {
		f.t.Errorf("%s did not fail: %q", scenario, p.Heading)
	}
	f.page(d.b.Cancel(ctx, p))
}

// exchanges tries the code in every wrong way, then in the right one, reads the data and gives the token.
func (f *flock) exchanges(ctx context.Context, code string) string {
	f.t.Helper()
	good := url.Values{"client_id": {f.clientID}, "client_secret": {f.clientSecret}, "code": {code}, "grant_type": {"authorization_code"}}
	with := func(name, value string) string {
		v := url.Values{}
		for k := range good {
			v[k] = good[k]
		}
		v.Set(name, value)
		return v.Encode()
	}
	const form = "application/x-www-form-urlencoded"
	for _, try := range []struct{ query, media, body string }{
		{"", form, with("client_secret", f.typed("a wrong client secret").value)},
		{"", form, with("code_verifier", f.plain("a verifier that nobody asked for").value)},
		{"", form, with("redirect_uri", "https://evil.example/"+f.plain("a redirect URI").value)},
		{"", form, with("code", code[:len(code)-1])},
		{"", form, with("grant_type", "password") + "&password=" + url.QueryEscape(f.typed("a password grant").value)},
		{"", form, good.Encode() + "&%zz=" + f.plain("a broken form").value},
		{"?" + good.Encode(), form, ""},
		{"", "application/json", `{"code": "` + code + `", "client_secret": "` + f.clientSecret + `", "broken`},
		{"", "text/plain", good.Encode()},
		{"", form, with("code", "pwl_code_"+strings.Repeat("0", 32)+"."+f.plain("a made-up code").value)},
	} {
		status := f.ask(ctx, http.MethodPost, "/2.0/auth/token/access"+try.query, try.body, http.Header{"Content-Type": {try.media}})
		if status < 400 || status > 499 {
			f.t.Errorf("an exchange that is wrong (%s, %s) answers %d", try.query, try.media, status)
		}
	}
	b := f.backend(1)
	token, err := b.exchange(ctx, code, f.plain("an idempotency key").value)
	if err != nil {
		f.t.Fatal(err)
	}
	f.records.learn("the access token", token, true)
	for n := 0; n == 0; {
		if n, err = b.transactions(ctx, token); err != nil {
			f.t.Fatal(err)
		}
		time.Sleep(pageRefresh) // a job tells nobody outside that it has ended
	}
	user := b.initUser(ctx, f.t)
	f.records.learn("the token of a new user", user, true)
	f.records.learn("a temporary code", b.temporaryCode(ctx, f.t, user), true)
	made := object(f.t, "token", "create", "--kind", "users", "--json", "--data-dir", f.dir)
	f.records.learn("a manage token", fmt.Sprint(made["access_token"]), true)
	f.ask(ctx, http.MethodGet, "/2.0/users", "", bearer(fmt.Sprint(made["access_token"])))
	return token
}

// ask sends a request, keeps the answer and gives the status.
func (f *flock) ask(ctx context.Context, method, path, body string, header http.Header) int {
	f.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, f.address+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := f.client.Do(req)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = res.Body.Close()
	describedAnswer(f.t, res, text)
	return res.StatusCode
}
