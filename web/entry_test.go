package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/grant"
)

// TestEntryDisplayed: what cannot be trusted with a redirect is a page of ours (R5, R6, A19–A23).
func TestEntryDisplayed(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(n *grant.NewClient) { n.RedirectURIs = append(n.RedirectURIs, "http://127.0.0.1/cb") })
	id, good := itoa(s.client.Client.ID), url.QueryEscape(callbackURI)
	for name, query := range map[string]string{
		"nothing":                     "",
		"no client":                   "redirect_uri=" + good,
		"no redirect, two registered": "client_id=" + id,
		"unknown client":              "client_id=1&redirect_uri=" + good,
		"client with a plus":          "client_id=%2B" + id + "&redirect_uri=" + good,
		"client with a zero":          "client_id=0" + id + "&redirect_uri=" + good,
		"client is a word":            "client_id=abc&redirect_uri=" + good,
		"huge client":                 "client_id=99999999999999999999999&redirect_uri=" + good,
		"other path":                  "client_id=" + id + "&redirect_uri=" + good + "%2Fx",
		"other host":                  "client_id=" + id + "&redirect_uri=https%3A%2F%2Fevil.test%2Fcb",
		"script":                      "client_id=" + id + "&redirect_uri=javascript%3Aalert(1)",
		"localhost":                   "client_id=" + id + "&redirect_uri=http%3A%2F%2Flocalhost%3A51000%2Fcb",
		"query on loopback":           "client_id=" + id + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A51000%2Fcb%3Fbar%3Dfoo",
		"two clients":                 "client_id=" + id + "&client_id=2&redirect_uri=" + good,
		"two redirects":               "client_id=" + id + "&redirect_uri=" + good + "&redirect_uri=https%3A%2F%2Fevil.test",
		"two redirects, turned":       "client_id=" + id + "&redirect_uri=https%3A%2F%2Fevil.test&redirect_uri=" + good,
		"two states":                  "client_id=" + id + "&redirect_uri=" + good + "&state=a&state=b",
		"array":                       "client_id=" + id + "&redirect_uri[]=https%3A%2F%2Fevil.test",
		"indexed":                     "client_id=" + id + "&redirect_uri=" + good + "&redirect_uri[0]=https%3A%2F%2Fevil.test",
		"broken UTF-8":                "client_id=" + id + "&redirect_uri=" + good + "&state=%ff",
		"NUL":                         "client_id=" + id + "&redirect_uri=" + good + "&state=a%00b",
		"bad escape":                  "client_id=" + id + "&redirect_uri=" + good + "&state=%zz",
		"line break":                  "client_id=" + id + "&redirect_uri=" + good + "%0d%0aSet-Cookie:a=b",
		"endless":                     "client_id=" + id + "&state=" + strings.Repeat("a", 15<<10+2<<10),
	} {
		res := s.raw("GET", s.url+"/en/connect?"+query, "")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 400 && res.StatusCode != 431 || res.Header.Get("Location") != "" || len(res.Cookies()) > 0 {
			t.Errorf("%s: %d, Location %q, cookies %v", name, res.StatusCode, res.Header.Get("Location"), res.Cookies())
		}
		if strings.Contains(string(body), "<script>alert") || strings.Contains(string(body), `href="https://evil.test`) {
			t.Errorf("%s: the page reflects the request", name)
		}
	}
	// An unknown client application and an unknown redirect URI read the same, but for what was sent.
	first := ""
	for _, client := range []string{id, "424242"} {
		res := s.raw("GET", s.url+"/en/connect?client_id="+client+"&redirect_uri=https%3A%2F%2Fevil.test%2Fcb", "")
		body, _ := io.ReadAll(res.Body)
		_, text, _ := strings.Cut(strings.ReplaceAll(string(body), "<code>"+client+",", "<code>N,"), "<main")
		if !strings.Contains(text, "The client_id or the redirect_uri is wrong") || !strings.Contains(text, "<code>client_id, redirect_uri</code>") {
			t.Errorf("client %s: the page does not name both parameters", client)
		}
		if first == "" {
			first = text
		} else if first != text {
			t.Error("the page tells a known client application from an unknown one")
		}
	}
	res := s.raw("GET", s.url+"/en/connect?client_id="+id+"&redirect_uri=https%3A%2F%2Fevil.test%2Fcb", "")
	body, _ := io.ReadAll(res.Body)
	if !strings.Contains(string(body), "Invalid &#39;redirect_uri&#39;, the parameter must match the constraints defined in the administration console.") {
		t.Error("the documented sentence is missing")
	}
}

// TestEntryRedirected: everything else goes back to the client application, with its state.
func TestEntryRedirected(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	challenge := strings.Repeat("A", 43)
	for name, more := range map[string][]string{
		"unknown code":       {"code", "nonsense"},
		"long code":          {"code", strings.Repeat("x", 9000)},
		"plain PKCE":         {"code_challenge", challenge, "code_challenge_method", "plain"},
		"no method":          {"code_challenge", challenge},
		"short challenge":    {"code_challenge", "abc", "code_challenge_method", "S256"},
		"129 characters":     {"code_challenge", strings.Repeat("A", 129), "code_challenge_method", "S256"},
		"bad alphabet":       {"code_challenge", strings.Repeat("!", 43), "code_challenge_method", "S256"},
		"method alone":       {"code_challenge_method", "S256"},
		"uuid":               {"connector_uuids", "not-a-uuid"},
		"id":                 {"connector_ids", "abc"},
		"country":            {"connector_country", "france"},
		"connections":        {"max_connections", "0"},
		"connections a word": {"max_connections", "many"},
		"usage":              {"account_usages", "everybody"},
		"iban":               {"account_ibans", "X"},
		"a bank's password":  {formUUID + ".password", "canary"},
	} {
		res := s.raw("GET", s.entry(more...), "")
		u, err := url.Parse(res.Header.Get("Location"))
		must(t, err)
		q := u.Query()
		if res.StatusCode != 303 || strings.Contains(u.String(), "canary") || u.Host != "app.example" || q.Get("error") != "invalid_request" || q.Get("error_description") == "" || q.Get("state") != "st &/é" {
			t.Errorf("%s: %d to %s", name, res.StatusCode, u)
		}
	}
	res := s.raw("GET", s.entry("state", strings.Repeat("s", 1025)), "")
	if u, _ := url.Parse(res.Header.Get("Location")); res.StatusCode != 303 || u.Query().Get("error") != "invalid_request" || u.Query().Has("state") {
		t.Errorf("a long state: %d to %s", res.StatusCode, u)
	}
	for name, state := range map[string]string{"longest": strings.Repeat("s", 1024), "markup": "<script>alert(1)</script>", "odd": "a+b c%20&=#é\t"} {
		v := s.visit(t, "state", state)
		v.then(v.b.Press(t.Context(), v.p, "/terms", "decision", "decline"))
		if got := v.left().Get("state"); got != state {
			t.Errorf("%s: state came back as %q", name, got)
		}
	}
}

// TestEntryForms: every documented form of the entry URL leads to the same visit.
func TestEntryForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	query := strings.TrimPrefix(s.entry(), s.url+"/en/connect")
	for path, want := range map[string]string{
		"/connect":                     "/fr/attempt/",
		"/2.0/auth/webview/connect":    "/fr/attempt/",
		"/2.0/auth/webview/es/connect": "/es/attempt/",
		"/de/connect":                  "/de/attempt/",
		"/fr-CA/connect":               "/fr/attempt/",
		"/xx/connect":                  "/fr/attempt/",
	} {
		b := s.browser()
		b.Language = "pl, fr;q=0.8, en;q=0.5"
		p, err := b.Get(t.Context(), s.url+path+query+"&types=banks&unknown=1&unknown=2")
		must(t, err)
		if p.Status != 200 || !strings.HasPrefix(p.URL.Path, want) {
			t.Errorf("%s leads to %d %s, want %s…", path, p.Status, p.URL, want)
		}
	}
	v := s.visit(t, "connector_uuids", formUUID, formUUID+".login", "from the link", "domain", "example.biapi.pro")
	v.terms().want(200, "Log in to Form Bank")
	f, err := v.p.Form("/credentials")
	must(t, err)
	if got := f.Value("field.login"); got != "from the link" {
		t.Errorf("prefilled with %q", got)
	}
}

// TestEntryPKCERequired refuses a visit without a challenge where the client application asks for one.
func TestEntryPKCERequired(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(n *grant.NewClient) { n.Options.RequirePKCE, n.Options.SendIssuer = true, true })
	u, err := url.Parse(s.raw("GET", s.entry(), "").Header.Get("Location"))
	must(t, err)
	if q := u.Query(); q.Get("error") != "invalid_request" || q.Get("iss") != s.url {
		t.Errorf("told %v", q)
	}
	challenge, _ := grant.S256(strings.Repeat("v", 43))
	v := s.visit(t, "code_challenge", challenge, "code_challenge_method", "S256").picker().choose(formUUID).login("ok", "1234").share()
	if q := v.left(); q.Get("iss") != s.url || q.Get("code") == "" {
		t.Errorf("told %v", q)
	}
}

// TestEntryCode opens a visit with a single-use code: once, but Back in the same browser leads to the visit again (A40).
func TestEntryCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	init, err := s.grants.InitUser(t.Context(), grant.InitRequest{ClientID: s.client.Client.ID, Secret: s.client.Secret})
	must(t, err)
	caller, err := s.grants.Authenticate(t.Context(), init.Token)
	must(t, err)
	code, err := s.grants.TemporaryCode(t.Context(), caller, grant.CodeSingle)
	must(t, err)
	v := s.visit(t, "code", code.Plain.Reveal())
	v.picker()
	v.then(v.b.Get(t.Context(), s.entry("code", code.Plain.Reveal()))).want(200, "Choose your bank")
	if !strings.Contains(v.p.Text, "Welcome back") {
		t.Errorf("no notice: %s", v.p.Text)
	}
	other := s.browser()
	p, err := other.Get(t.Context(), s.entry("code", code.Plain.Reveal()))
	at(t, p, err, 403, "This link was used already")
	v.choose(formUUID).login("ok", "1234").share()
	if q := v.left(); q.Has("code") || q.Get("connection_id") == "" {
		t.Errorf("told %v: a visit that began with a code ends without one", q)
	}
	if log := s.log.String(); strings.Contains(log, code.Plain.Reveal()) {
		t.Error("the code is in the log")
	}
}

// TestEntryCodeOfNobody: anybody can make a user without credentials. A visit opened with that user's code would ask in the
// client application's name, and hand what the end user shares to whoever made the user.
func TestEntryCodeOfNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	init, err := s.grants.InitUser(t.Context(), grant.InitRequest{})
	must(t, err)
	caller, err := s.grants.Authenticate(t.Context(), init.Token)
	must(t, err)
	single, err := s.grants.TemporaryCode(t.Context(), caller, grant.CodeSingle)
	must(t, err)
	for _, code := range []string{init.Token.Reveal(), single.Plain.Reveal()} {
		res := s.raw("GET", s.entry("code", code), "")
		u, err := url.Parse(res.Header.Get("Location"))
		must(t, err)
		if u.Host != "app.example" || u.Query().Get("error") != "invalid_request" || len(res.Cookies()) > 0 {
			t.Errorf("led to %s with %d cookies, want the refusal", u.Host, len(res.Cookies()))
		}
	}
}

// TestHeadDoesNothing: an entry URL and a callback are not used up by whoever only looks (R71).
func TestHeadDoesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{s.entry(), s.url + "/callback/script?state=x", s.url + "/", s.url + "/healthz"} {
		res := s.raw(http.MethodHead, path, "")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 || len(body) > 0 || len(res.Cookies()) > 0 {
			t.Errorf("HEAD %s: %d, %d bytes, cookies %v", path, res.StatusCode, len(body), res.Cookies())
		}
	}
}
