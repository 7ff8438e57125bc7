package web_test

import (
	"crypto/sha256"
	"io"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/web/webtest"
)

// webauth is the address that leads straight to a bank.
func (s *site) webauth(pairs ...string) string {
	return s.at("/webauth", append([]string{"client_id", itoa(s.client.Client.ID), "redirect_uri", callbackURI, "state", "st &/é"}, pairs...)...)
}

// TestWebauth leads to a page that names who asks, from there to the bank's, and back to the client application after it, with the
// documented names.
func TestWebauth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	k := s.known(t)
	away, _ := s.connector(t, awayUUID)
	for name, pairs := range map[string][]string{
		"by UUID":       {"connector_uuid", awayUUID, "token", k.code(t)},
		"by number":     {"id_connector", itoa(away.ID), "token", k.code(t), "source", "openapi"},
		"by both":       {"id_connector", itoa(away.ID), "connector_uuid", awayUUID, "token", k.code(t)},
		"for a new one": {"connector_uuid", awayUUID},
	} {
		b := s.browser()
		p, err := b.Get(t.Context(), s.webauth(pairs...))
		must(t, err)
		if p.Left != nil || len(p.Hops) != 2 || p.Hops[0].Status != 303 || strings.Contains(p.URL.RawQuery, "token") {
			t.Fatalf("%s: %d at %s after %d hops, left: %t", name, p.Status, p.URL.Path, len(p.Hops), p.Left != nil)
		}
		for _, says := range []string{
			s.client.Client.Name + " asks to connect your accounts at Away Bank", "Go on only if you began this",
			"which accounts " + s.client.Client.Name + " may read is decided afterwards", "You go back to " + s.client.Client.Name,
		} {
			if !strings.Contains(p.Text, says) {
				t.Errorf("%s: the page lacks %q: %s", name, says, p.Text)
			}
		}
		p, err = b.Get(t.Context(), s.callback(s.stateOf(t, p), "code", "x"))
		must(t, err)
		if p.Left == nil || !strings.HasPrefix(p.Left.String(), callbackURI+"?") {
			t.Fatalf("%s: after the bank %d %q %s", name, p.Status, p.Heading, p.Text)
		}
		q := p.Left.Query()
		given := name != "for a new one"
		if q.Get("id_connection") == "" || q.Has("connection_id") || q.Get("state") != "st &/é" || q.Has("error") || q.Has("code") == given {
			t.Errorf("%s: told %v", name, q)
		}
	}
	list, err := s.db.Connections(t.Context(), k.caller.UserID)
	must(t, err)
	for _, c := range list {
		if c.ConnectorUUID == awayUUID && !c.ByAPI {
			t.Errorf("connection %d is not one of the API's", c.ID)
		}
	}
}

// stateOf is the state that the bank is to bring back, by the link of a page to the bank's.
func (s *site) stateOf(t *testing.T, p *webtest.Page) string {
	t.Helper()
	link, err := p.Link(s.bank.bankURL)
	must(t, err)
	u, err := url.Parse(link.Href)
	must(t, err)
	return u.Query().Get("state")
}

// TestWebauthAgain leads to the bank of a connection that is there, which keeps its number.
func TestWebauthAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	k, other := s.known(t), s.known(t)
	b := s.browser()
	p, err := b.Get(t.Context(), s.webauth("connector_uuid", awayUUID, "token", k.code(t)))
	must(t, err)
	p, err = b.Get(t.Context(), s.callback(s.stateOf(t, p), "code", "x"))
	must(t, err)
	id := p.Left.Query().Get("id_connection")
	p, err = b.Get(t.Context(), s.webauth("id_connection", id, "token", k.code(t)))
	must(t, err)
	if !strings.Contains(p.Text, s.client.Client.Name+" asks you to approve the connection with Away Bank again") || strings.Contains(p.Text, "decided afterwards") {
		t.Errorf("the page of one that is there: %s", p.Text)
	}
	p, err = b.Get(t.Context(), s.callback(s.stateOf(t, p), "code", "x"))
	must(t, err)
	if got := p.Left.Query(); got.Get("id_connection") != id || got.Get("state") != "st &/é" {
		t.Errorf("told %v, want connection %s again", got, id)
	}
	for name, pairs := range map[string][]string{
		"somebody else's":      {"id_connection", id, "token", other.code(t)},
		"without a token":      {"id_connection", id},
		"another connector's":  {"id_connection", id, "connector_uuid", formUUID, "token", k.code(t)},
		"of no connection":     {"id_connection", "999999", "token", k.code(t)},
		"of a form's":          {"id_connection", itoa(k.connection), "token", k.code(t)},
		"of an odd connection": {"id_connection", "x", "token", k.code(t)},
	} {
		res := s.raw("GET", s.webauth(pairs...), "")
		u, err := url.Parse(res.Header.Get("Location"))
		must(t, err)
		if q := u.Query(); u.Host != "app.example" || q.Get("error") != "invalid_request" || q.Get("state") != "st &/é" {
			t.Errorf("%s: %d to %s", name, res.StatusCode, u)
		}
	}
}

// TestWebauthRefused: what cannot be trusted is shown, and the rest told in the callback.
func TestWebauthRefused(t *testing.T) {
	t.Parallel()
	const queried = "https://app.example/cb?x=1"
	s := newSite(t, func(n *grant.NewClient) { n.RedirectURIs = append(n.RedirectURIs, queried) })
	id := itoa(s.client.Client.ID)
	for name, c := range map[string]struct{ address, says string }{
		"unknown client":       {s.at("/webauth", "client_id", "1", "redirect_uri", callbackURI), "The client_id or the redirect_uri is wrong"},
		"unknown redirect URI": {s.at("/webauth", "client_id", id, "redirect_uri", "https://evil.test/"), "The client_id or the redirect_uri is wrong"},
		"no redirect URI":      {s.at("/webauth", "client_id", id), "redirect_uri"},
		"a query":              {s.at("/2.0/webauth", "client_id", id, "redirect_uri", queried, "connector_uuid", awayUUID), "Redirect URIs must not contain query parameters"},
		"two tokens":           {s.webauth("token", "a") + "&token=b", "token"},
		"an indexed source":    {s.webauth("source[0]", "openapi"), "source[0]"},
		"two connectors":       {s.webauth("connector_uuid", awayUUID) + "&connector_uuid=" + formUUID, "connector_uuid"},
	} {
		res := s.raw("GET", c.address, "")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 400 || res.Header.Get("Location") != "" || !strings.Contains(string(body), c.says) || len(res.Cookies()) > 0 {
			t.Errorf("%s: %d to %q\n%s", name, res.StatusCode, res.Header.Get("Location"), body)
		}
	}
	for name, pairs := range map[string][]string{
		"no connector":        {},
		"unknown connector":   {"connector_uuid", "00000000-0000-4000-8000-00000000ffff"},
		"no UUID":             {"connector_uuid", "abc"},
		"unknown number":      {"id_connector", "77"},
		"two that differ":     {"connector_uuid", awayUUID, "id_connector", "2"},
		"no bank's page":      {"connector_uuid", formUUID},
		"a source of another": {"connector_uuid", awayUUID, "source", "Open API"},
		"one of a form":       {"connector_uuid", bothUUID, "source", "directaccess"},
		"one and a form's":    {"connector_uuid", bothUUID, "source", "openapi,directaccess"},
		"one that is not":     {"connector_uuid", awayUUID, "source", "directaccess"},
		"an unknown token":    {"connector_uuid", awayUUID, "token", "nonsense"},
		"a password":          {"connector_uuid", bothUUID, "password", "canary-1234"},
		"a dotted password":   {"connector_uuid", bothUUID, bothUUID + ".password", "canary-1234"},
		"an endless value":    {"connector_uuid", bothUUID, "login", strings.Repeat("x", 1025)},
		"a value with a NUL":  {"connector_uuid", bothUUID, "login", "a\x00b"},
		"a long state":        {"connector_uuid", awayUUID, "state", strings.Repeat("s", 1025)},
	} {
		res := s.raw("GET", s.webauth(pairs...), "")
		location := res.Header.Get("Location")
		u, err := url.Parse(location)
		must(t, err)
		if u.Host != "app.example" || u.Query().Get("error") != "invalid_request" || len(res.Cookies()) > 0 || strings.Contains(location, "canary") {
			t.Errorf("%s: %d to %s", name, res.StatusCode, u)
		}
		if strings.HasPrefix(name, "one ") && !strings.Contains(u.Query().Get("error_description"), "source") {
			t.Errorf("%s: told %q", name, u.Query().Get("error_description"))
		}
	}
	if begins := s.bank.begins.Load(); begins != 0 {
		t.Errorf("%d calls of the bank for refused requests", begins)
	}
}

// TestWebauthValues: values of fields come as parameters of the field's name, or with the connector's UUID before it.
func TestWebauthValues(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	k := s.known(t)
	for query, want := range map[string]map[string]string{
		"login=a%20b":                                  {bothUUID + ".login": "a b"},
		bothUUID + ".login=dotted":                     {bothUUID + ".login": "dotted"},
		"login=plain&" + bothUUID + ".login=dotted":    {bothUUID + ".login": "dotted"},
		"unknown=1&" + awayUUID + ".login=x&website=1": {},
	} {
		p, err := s.browser().Get(t.Context(), s.webauth("connector_uuid", bothUUID, "token", k.code(t))+"&"+query)
		must(t, err)
		hash := sha256.Sum256([]byte(s.stateOf(t, p)))
		a, _, err := s.db.AttemptByCallback(t.Context(), hash[:], s.now())
		if err != nil {
			t.Errorf("%s: %d at %s: %v", query, p.Status, p.URL.Path, err)
			continue
		}
		if r := a.Request; r.Flow != connect.FlowWebauth || len(r.Prefill)+len(want) > 0 && !reflect.DeepEqual(r.Prefill, want) || !reflect.DeepEqual(r.ConnectorUUIDs, []string{bothUUID}) || r.ConnectorIDs != nil {
			t.Errorf("%s: %+v, want %v", query, r, want)
		}
	}
}
