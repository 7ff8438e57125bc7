package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector/testbank"
	"passerelle/web/webtest"
)

// limited is a service whose limits are small, behind a proxy on this machine that names its visitors.
type limited struct {
	t          *testing.T
	program    *program
	url, dir   string
	id, secret string
}

func newLimited(t *testing.T, env ...string) *limited {
	t.Helper()
	dir := dataDir(t)
	l := &limited{t: t, dir: dir}
	client := func(name string) (id, secret string) {
		made := object(t, "client", "create", "--name", name, "--redirect-uri", "https://app.example/cb", "--data-dir", dir, "--json")
		return fmt.Sprint(made["client_id"]), fmt.Sprint(made["client_secret"])
	}
	l.id, l.secret = client("Budget Leaf")
	l.program, l.url = serve(t, dir, append([]string{"PASSERELLE_LIMITS=on", "PASSERELLE_TRUSTED_PROXIES=127.0.0.1/32"}, env...)...)
	return l
}

// ask sends a request from an address and gives the answer, its body read.
func (l *limited) ask(from, method, path string, form url.Values, header ...string) (*http.Response, string) {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), method, l.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		l.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if from != "" {
		req.Header.Set("X-Forwarded-For", from)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := plainClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return res, string(text)
}

// wantLimited holds an answer to what every refusal has: the status, when to come back, and the fields.
func (l *limited) wantLimited(name string, res *http.Response, text, limit string, holds ...string) {
	l.t.Helper()
	after, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if res.StatusCode != http.StatusTooManyRequests || err != nil || after < 1 || after > 120 {
		l.t.Errorf("%s: %d with Retry-After %q, want 429 with a moment: %s", name, res.StatusCode, res.Header.Get("Retry-After"), text)
	}
	if p, r := res.Header.Get("RateLimit-Policy"), res.Header.Get("RateLimit"); !strings.HasPrefix(p, `"`+limit+`";q=`) || !strings.HasPrefix(r, `"`+limit+`";r=0;t=`+strconv.Itoa(after)) {
		l.t.Errorf("%s: the fields say %s and %s, want %s", name, p, r, limit)
	}
	for _, part := range holds {
		if !strings.Contains(text, part) {
			l.t.Errorf("%s: %q is not in\n%s", name, part, text)
		}
	}
}

// TestLimitsOfPages: who begins too many visits gets a page in their language that says when to come back and leads there; others are
// served, and so is everybody who was in a visit already.
func TestLimitsOfPages(t *testing.T) {
	t.Parallel()
	l := newLimited(t, "PASSERELLE_LIMIT_ENTRIES=8", "PASSERELLE_LIMIT_SUBMITS=2")
	entry := func(lang string) string {
		return "/" + lang + "/connect?client_id=" + l.id + "&redirect_uri=" + url.QueryEscape("https://app.example/cb") + "&state=s"
	}
	var visit string
	for range 8 {
		res, text := l.ask("198.51.100.1", http.MethodGet, entry("en"), nil)
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d: %s", res.StatusCode, text)
		}
		visit = res.Header.Get("Location")
	}
	words := map[string]string{
		"en": "Many requests came from your network", "fr": "Beaucoup de demandes sont arrivées", "de": "Aus Ihrem Netz kamen", "es": "Han llegado muchas",
		"it": "Dalla tua rete", "nl": "Er kwamen in korte tijd", "pt": "Chegaram muitos pedidos",
	}
	for lang, words := range words {
		res, text := l.ask("203.0.113.9, 198.51.100.1", http.MethodGet, entry(lang), nil)
		l.wantLimited(lang, res, text, "entry", `lang="`+lang+`"`, words, `href="`+l.url+"/"+lang+`/connect?client_id=`)
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(text, "198.51.100") {
			t.Errorf("%s: policy %s, page %s", lang, csp, text)
		}
	}
	for _, from := range []string{"198.51.100.2", "2001:db8::1", ""} {
		if res, text := l.ask(from, http.MethodGet, entry("en"), nil); res.StatusCode != http.StatusSeeOther {
			t.Errorf("from %q: %d %s", from, res.StatusCode, text)
		}
	}
	if res, _ := l.ask("198.51.100.1", http.MethodGet, visit, nil); res.StatusCode == http.StatusTooManyRequests {
		t.Error("a visit that was begun before cannot go on")
	}
	for _, path := range []string{"/healthz", "/readyz", "/static/none.css"} {
		for range 40 {
			if res, _ := l.ask("198.51.100.1", http.MethodGet, path, nil); res.StatusCode == http.StatusTooManyRequests {
				t.Fatalf("%s is limited", path)
			}
		}
	}
	if n := strings.Count(l.program.err.String(), `"a limit was reached"`); n != 1 || strings.Contains(l.program.err.String(), `"offender":"198`) {
		t.Errorf("the log has %d lines of one offender, want 1:\n%s", n, l.program.err)
	}
}

// forwarded names an address as a proxy would.
type forwarded struct {
	from string
	next http.RoundTripper
}

func (f forwarded) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", f.from)
	return f.next.RoundTrip(r)
}

// TestLimitKeepsTheVisit: a form with credentials that is one too many lands on a page that leads back to the visit, whose form is as
// it was; nothing was sent to the bank.
func TestLimitKeepsTheVisit(t *testing.T) {
	t.Parallel()
	l := newLimited(t, "PASSERELLE_LIMIT_SUBMITS=1")
	b, err := webtest.New(forwarded{"198.51.100.1", http.DefaultTransport}, l.url)
	if err != nil {
		t.Fatal(err)
	}
	form := l.page(b.Get(t.Context(), l.url+"/en/connect?client_id="+l.id+"&redirect_uri="+url.QueryEscape("https://app.example/cb")+
		"&state=s&connector_uuids="+testbank.UUID))
	form = l.page(b.AcceptTerms(t.Context(), form))
	form = l.page(b.Source(t.Context(), form, bank.SourceDirectAccess))
	form = l.page(b.Credentials(t.Context(), form, "login", "", "password", ""))
	if form.Status != http.StatusUnprocessableEntity {
		t.Fatalf("an empty form: %d %s", form.Status, form.Text)
	}
	refused := l.page(b.Credentials(t.Context(), form, "login", "dev", "password", "dev"))
	if refused.Status != http.StatusTooManyRequests || refused.Heading != "A moment, please" || !strings.Contains(refused.Text, "Try again in") {
		t.Fatalf("one form too many: %d %s", refused.Status, refused.Text)
	}
	var again string
	for _, a := range refused.Links {
		if a.Text == "Try again" {
			again = a.Href
		}
	}
	if back := l.page(b.Click(t.Context(), refused, again)); back.Status != http.StatusOK || back.Heading != form.Heading || len(back.Forms) != len(form.Forms) {
		t.Errorf("led to %d %q, want the form %q", back.Status, back.Heading, form.Heading)
	}
}

func (l *limited) page(p *webtest.Page, err error) *webtest.Page {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// TestLimitsOfAPIs: each dialect refuses in its own shape; a client application that is over its limit keeps no other out, and nobody
// uses it up by naming it.
func TestLimitsOfAPIs(t *testing.T) {
	t.Parallel()
	l := newLimited(t, "PASSERELLE_LIMIT_CLIENT=6", "PASSERELLE_LIMIT_ENTRIES=8")
	other := object(t, "client", "create", "--name", "Other", "--redirect-uri", "https://app.example/cb", "--data-dir", l.dir, "--json")
	third := object(t, "client", "create", "--name", "Third", "--redirect-uri", "https://app.example/cb", "--data-dir", l.dir, "--json")
	own := object(t, "client", "limit", fmt.Sprint(third["client_id"]), "50", "--data-dir", l.dir, "--json")
	if fmt.Sprint(own["requests_per_minute"]) != "50" {
		t.Errorf("client limit gives %v", own)
	}
	init := func(id, secret string) (token string, res *http.Response, text string) {
		t.Helper()
		res, text = l.ask("198.51.100.1", http.MethodPost, "/2.0/auth/init", url.Values{"client_id": {id}, "client_secret": {secret}})
		if res.StatusCode == http.StatusOK {
			token = fmt.Sprint(decode(t, text)["auth_token"])
		}
		return token, res, text
	}
	for range 40 { // in its name, from elsewhere
		res, _ := l.ask("203.0.113.66", http.MethodPost, "/2.0/auth/init", url.Values{"client_id": {l.id}, "client_secret": {"wrong"}})
		if res.StatusCode != http.StatusUnauthorized {
			t.Fatalf("a wrong secret: %d", res.StatusCode)
		}
	}
	token, res, text := init(l.id, l.secret)
	if token == "" || !strings.HasPrefix(res.Header.Get("RateLimit"), `"client";r=6`) {
		t.Fatalf("%d %s %v", res.StatusCode, text, res.Header)
	}
	read := func(token string) (*http.Response, string) {
		return l.ask("198.51.100.1", http.MethodGet, "/2.0/users/me", nil, "Authorization", "Bearer "+token)
	}
	for left := 4; left >= 0; left-- {
		res, text := read(token)
		if got := res.Header.Get("RateLimit"); res.StatusCode != http.StatusOK || !strings.HasPrefix(got, fmt.Sprintf(`"client";r=%d;t=`, left)) {
			t.Fatalf("%d %s, RateLimit %s, want %d left", res.StatusCode, text, got, left)
		}
	}
	res, text = read(token)
	l.wantLimited("Powens", res, text, "client", `"code":"tooManyRequests"`)
	_, res, text = init(l.id, l.secret)
	l.wantLimited("Powens, by secret", res, text, "client", `"code":"tooManyRequests"`)
	credentials := url.Values{"grant_type": {"client_credentials"}, "client_id": {l.id}, "client_secret": {l.secret}, "scope": {"users_create"}}
	res, text = l.ask("198.51.100.1", http.MethodPost, "/token", credentials)
	l.wantLimited("OAuth", res, text, "client", `"error":"temporarily_unavailable"`)

	credentials.Set("client_id", fmt.Sprint(other["client_id"]))
	credentials.Set("client_secret", fmt.Sprint(other["client_secret"]))
	res, text = l.ask("198.51.100.1", http.MethodPost, "/token", credentials)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("another client application from the same address: %d %s", res.StatusCode, text)
	}
	bearer := "Bearer " + fmt.Sprint(decode(t, text)["access_token"])
	for i := range 6 {
		if res, text = l.ask("198.51.100.1", http.MethodGet, "/v2.1/users/1", nil, "Authorization", bearer); i < 5 && res.StatusCode == http.StatusTooManyRequests {
			t.Fatalf("limited after %d of 6", i+1)
		}
	}
	l.wantLimited("Linxo", res, text, "client", `"error":"TOO_MANY_REQUESTS"`)
	for range 20 {
		if token, res, text := init(fmt.Sprint(third["client_id"]), fmt.Sprint(third["client_secret"])); token == "" {
			t.Fatalf("its own limit does not hold: %d %s", res.StatusCode, text)
		}
	}
	for range 8 {
		if res, text := l.ask("203.0.113.7", http.MethodPost, "/2.0/auth/init", url.Values{}); res.StatusCode != http.StatusOK {
			t.Fatalf("a stranger's user: %d %s", res.StatusCode, text)
		}
	}
	res, text = l.ask("203.0.113.7", http.MethodPost, "/2.0/auth/init", url.Values{})
	l.wantLimited("a stranger's ninth user", res, text, "entry", `"code":"tooManyRequests"`)
}
