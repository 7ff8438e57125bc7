package testbank

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	bank "passerelle/internal/testbank"
)

// shelf is a web server with an integrator's files.
type shelf struct {
	url string

	mu    sync.Mutex
	files map[string]string
	read  int
}

func (h *harness) shelf() *shelf {
	s := &shelf{files: map[string]string{}}
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.read++
		body, ok := s.files[r.URL.Path]
		to, redirects := strings.CutPrefix(body, "-> ")
		switch {
		case redirects:
			http.Redirect(w, r, to, http.StatusFound)
		case !ok:
			http.NotFound(w, r)
		default:
			_, _ = w.Write([]byte(body))
		}
	}))
	h.Cleanup(ts.Close)
	s.url = ts.URL
	return s
}

func (s *shelf) put(path, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = content
}

func (s *shelf) reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read
}

// plain follows nothing by itself, like the client that the service hands in.
func plain() *http.Client {
	return &http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

const customer = "CREDENTIALS|alex|word\nCREDENTIALS_OWNER|Alex Exemple\nACCOUNT|a|1|01/06/25|12.50|Checkings\nTRANSACTION|-1.00|10/06/25|CAFE\n"

// enter signs in to the integration brand as a program.
func (c *caller) enter(login, password, address string, more ...string) reply {
	c.h.Helper()
	form := url.Values{"bank": {"integration"}, "login": {login}, "password": {password}, "config_url": {address}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return c.post("/website/login", form)
}

// TestFileIsReadAtEachReading: what changes between two readings shows, and a file that is gone is a bank that is closed.
func TestFileIsReadAtEachReading(t *testing.T) {
	t.Parallel()
	h := start(t)
	files := h.shelf()
	files.put("/a.txt", customer)
	p := h.program()
	status := decode[statusJSON](p.enter("alex", "word", " "+files.url+"/a.txt#x ").want(200, `"owner":"Alex Exemple"`))
	if want := "alex@" + files.url + "/a.txt"; status.Customer != want {
		t.Errorf("the customer is called %q, want %q", status.Customer, want)
	}
	list := decode[map[string][]accountJSON](p.get("/website/accounts").want(200, `"balance":"12.50"`, `"balance_date":"2025-06-01"`))["accounts"]
	if files.reads() != 1 {
		t.Errorf("the file was read %d times for a sign-in and the list after it, want once", files.reads())
	}
	movements := "/website/accounts/" + list[0].ID + "/transactions"
	p.get(movements).want(200, "CAFE")
	files.put("/a.txt", customer+"TRANSACTION|-2.00|11/06/25|THE\n")
	p.get("/website/accounts").want(200, list[0].UID)
	p.get(movements).want(200, "CAFE", "THE")
	for _, broken := range []string{"<html>", customer + "TRANSACTION|many|11/06/25|THE\n"} {
		files.put("/a.txt", broken)
		p.get("/website/accounts").want(422, "bad_configuration", "line")
	}
	files.put("/a.txt", "-> /gone.txt")
	p.get("/website/accounts").want(422, "bad_configuration", "404")
}

// TestFilesThatCannotBeRead: each ends in words for who gave the address, and never in a fault of the bank's.
func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := start(t)
	files := h.shelf()
	files.put("/a.txt", customer)
	files.put("/long.txt", customer+strings.Repeat("# nothing to see\n", bank.MostBook/10))
	files.put("/far.txt", "-> /near.txt")
	files.put("/near.txt", "-> /a.txt")
	files.put("/round.txt", "-> /round.txt")
	files.put("/out.txt", "-> ftp://example.com/a.txt")
	files.put("/in.txt", "-> "+h.url+"/control/state")
	files.put("/bad.txt", customer+"RECURRING|1|01/01/25|often|x")
	dead := httptest.NewServer(nil)
	dead.Close()
	for _, tt := range []struct {
		address string
		status  int
		says    string
	}{
		{files.url + "/a.txt", 200, "signed_in"},
		{files.url + "/far.txt", 200, "signed_in"},
		{files.url + "/round.txt", 422, "more than three times"},
		{files.url + "/out.txt", 422, "no address of a file"},
		{files.url + "/none.txt", 422, "answers 404"},
		{files.url + "/long.txt", 422, "larger than"},
		{files.url + "/bad.txt", 422, `line 5, every: \"often\" is no period`},
		{dead.URL + "/a.txt", 422, "cannot be read from here"},
		{"file:///etc/passwd", 422, "must begin with https://"},
		{"not an address", 422, "must begin with https://"},
		// The bank's own addresses hold its own files and nothing else.
		{h.url + "/files/example.txt", 401, "bad_credentials"},
		{h.url + "/control/state", 422, "at the bank itself"},
		{files.url + "/in.txt", 422, "at the bank itself"},
	} {
		h.program().enter("alex", "word", tt.address).want(tt.status, tt.says)
	}
	h.program().enter("alex", "secret-of-alex", h.url+"/files/example.txt").want(200, "Type the code of the example")
}

// TestForbiddenAddresses: an address that is judged bad is not asked, at each hop, and reads like one where nobody answers; why is told
// to the log.
func TestForbiddenAddresses(t *testing.T) {
	t.Parallel()
	h := start(t)
	files := h.shelf()
	var log strings.Builder
	h.site.log = slog.New(slog.NewTextHandler(&log, nil))
	h.site.judge = func(_ context.Context, u *url.URL) string {
		if u.Path == "/private.txt" {
			return "must not lead to a private address"
		}
		return ""
	}
	files.put("/private.txt", customer)
	files.put("/a.txt", "-> /private.txt")
	h.program().enter("alex", "word", files.url+"/private.txt").want(422, unreachable)
	if files.reads() != 0 {
		t.Error("a forbidden address was asked")
	}
	h.program().enter("alex", "word", files.url+"/a.txt").want(422, unreachable)
	if files.reads() != 1 {
		t.Errorf("%d addresses were asked, want the one that redirects", files.reads())
	}
	if n := strings.Count(log.String(), "must not lead to a private address"); n != 2 {
		t.Errorf("the log says why %d times, want 2:\n%s", n, log.String())
	}
	h.site.files = nil
	h.program().enter("alex", "word", files.url+"/a.txt").want(422, "Leave the address empty")
	h.program().enter("dev", "dev", "").want(200, "Dominique Exemple", `"customer":"dev@integration"`)
}

// TestSlowFilesAreGivenUp: a caller who leaves frees the place of the reading.
func TestSlowFilesAreGivenUp(t *testing.T) {
	t.Parallel()
	h := start(t)
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(hang.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	done := make(chan error)
	for range 2 * filesAtOnce {
		go func() {
			_, err := h.site.book(ctx, hang.URL+"/a.txt")
			done <- err
		}()
	}
	for range 2 * filesAtOnce {
		if r := bank.AsRefusal(<-done); r.Code != bank.CodeBadConfiguration {
			t.Errorf("refusal = %+v", r)
		}
	}
	if len(h.site.reads) != 0 {
		t.Errorf("%d places are still taken", len(h.site.reads))
	}
}

// TestPagesOfTheBrands walks the website's pages as a person does: the form of each brand, a mistake in the file, the questions.
func TestPagesOfTheBrands(t *testing.T) {
	t.Parallel()
	h := start(t)
	files := h.shelf()
	b := h.browser()
	b.get("/website/login?bank=moon").want(404)
	b.get("/").want(200, "linxo simulator", "Linxo13!", "wealthdemo_with_cacc.json", "/files")
	f := b.get("/website/login?bank=integration").want(200, "Integration test bank", "config_url").form("/website/login")
	f.values.Set("login", "alex")
	f.values.Set("password", "word")
	f.values.Set("config_url", files.url+"/a.txt")
	b.post(f.action, f.values).want(422, "answers 404", files.url+"/a.txt", `value="alex"`)
	files.put("/a.txt", customer+"CHALLENGE|QUESTION|What is your <b>dog</b> called?|Rex\n")
	if to := b.post(f.action, f.values).location(); to.Path != "/website/challenge" {
		t.Fatalf("sent to %s", to)
	}
	q := b.get("/website/challenge").want(200, "What is your &lt;b&gt;dog&lt;/b&gt; called?", "stands in the configuration file").form("/website/challenge")
	q.values.Set("code", "Tom")
	b.post(q.action, q.values).want(422, "not right")
	q.values.Set("code", "rex")
	b.post(q.action, q.values).location()
	b.get("/website/accounts").want(200, "Checking account", "12.50 EUR", "alex@"+files.url)

	s := h.browser()
	f = s.get("/website/login?bank=simulator").want(200, "Bank simulator", "default_savings_wealth.json").form("/website/login")
	f.values.Set("login", "linxo simulator")
	f.values.Set("password", "Linxo13!")
	f.values.Set("profile", "default_savings_wealth.json")
	s.post(f.action, f.values).location()
	s.get("/website/accounts").want(200, "Boursorama Vie", "PEE")
}

// TestBackstageReachesTheBrands: what a customer of another bank acts out is changed behind the scenes like anybody's.
func TestBackstageReachesTheBrands(t *testing.T) {
	t.Parallel()
	h := start(t)
	files := h.shelf()
	files.put("/a.txt", customer)
	simulator := url.Values{"bank": {"simulator"}, "login": {"linxo simulator"}, "password": {"Linxo13!"}, "profile": {"wealthdemo.json"}}
	for _, scenario := range []string{"", "bank_down", ""} {
		status := 200
		if scenario != "" {
			status = 503
		}
		for _, login := range []string{"dev@integration", "alex@" + files.url + "/a.txt", "linxo simulator@simulator/wealthdemo.json"} {
			h.browser().post("/backstage", url.Values{"login": {login}, "do": {"scenario"}, "scenario": {scenario}}).location()
		}
		h.program().enter("dev", "dev", "").want(status)
		h.program().enter("alex", "word", files.url+"/a.txt").want(status)
		h.program().post("/website/login", simulator).want(status)
	}
	h.browser().post("/backstage", url.Values{"login": {strings.Repeat("a", 200)}, "do": {"unlock"}}).want(400, "@integration")
}

// TestFilesPage: the documentation holds all records, and the files can be fetched.
func TestFilesPage(t *testing.T) {
	t.Parallel()
	h := start(t)
	parts := []string{"bank_down", "secret-of-alex", h.url + "/files/example.txt"}
	for _, g := range bank.Grammar() {
		parts = append(parts, "<code>"+g.Name+"|"+g.Columns[0].Name)
	}
	h.browser().get("/files").want(200, parts...)
	for name, raw := range bank.Files() {
		if r := h.browser().get("/files/" + name).want(200); r.body != string(raw) || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %s", name, r.header.Get("Content-Type"))
		}
	}
	h.browser().get("/files/nothing.txt").want(404)
}

// TestBrandsThroughTheAPI: the bank's own page asks for the file, the API shows payment accounts, and the consent is the same
// customer's as on the website.
func TestBrandsThroughTheAPI(t *testing.T) {
	t.Parallel()
	h := start(t)
	files := h.shelf()
	files.put("/a.txt", customer+"ACCOUNT|s|||7.00|Savings\n")
	b := h.browser()
	q := authorizeQuery("")
	q.Set("bank", "integration")
	q.Set("login_hint", "alex@"+files.url+"/a.txt")
	page := b.get(b.get("/oauth/authorize?" + q.Encode()).location().String())
	f := page.want(200, "Integration test bank", `value="alex"`, files.url+"/a.txt").form("/login")
	f.values.Set("login", "alex")
	f.values.Set("password", "word")
	if got := f.values.Get("config_url"); got != files.url+"/a.txt" {
		t.Errorf("the form's address is %q", got)
	}
	f.values.Set("config_url", files.url+"/none.txt")
	b.post(f.action, f.values).want(422, "answers 404")
	f.values.Set("config_url", files.url+"/a.txt")
	at := b.post(f.action, f.values).location().String()
	consent := b.get(at).want(200, "Checking account").form("/consent")
	if strings.Contains(b.get(at).body, "Savings account") {
		t.Error("the API offers savings")
	}
	consent.values.Set("decision", "approve")
	code := b.post(consent.action, consent.values).location().Query().Get("code")
	token := decode[tokenJSON](h.redeem(code).want(200))
	if want := "alex@" + files.url + "/a.txt"; token.Owner != want {
		t.Errorf("owner = %q, want %q", token.Owner, want)
	}
	p := h.program()
	p.bearer = token.AccessToken
	list := decode[map[string][]accountJSON](p.get("/api/accounts").want(200))["accounts"]
	if len(list) != 1 || list[0].UID == "" {
		t.Fatalf("accounts = %+v", list)
	}
	site := h.program()
	site.enter("alex", "word", files.url+"/a.txt").want(200)
	site.get("/website/accounts").want(200, list[0].UID)
	files.put("/a.txt", strings.Replace(customer, "12.50", "99.00", 1))
	p.get("/api/accounts").want(200, "99.00")
	files.put("/a.txt", fmt.Sprintf("%sSTATE|%s", customer, "bank_down"))
	p.get("/api/accounts").want(503, "unavailable")
	files.put("/a.txt", "-> /gone")
	p.get("/api/accounts").want(422, "bad_configuration")
	q.Set("bank", "moon")
	if got := b.get("/oauth/authorize?" + q.Encode()).location().Query().Get("error"); got != "invalid_request" {
		t.Errorf("an unknown bank: error %q", got)
	}
}
