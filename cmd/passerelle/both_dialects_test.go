package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// speaker asks either API as a client backend does.
type speaker struct {
	t    *testing.T
	site *linxoSite
	// linxo and powens are the user's access tokens of the two dialects.
	linxo, powens string
}

// ask sends a form, or nothing where there is none, and reads the answer into out.
func (s *speaker) ask(token, method, path string, form url.Values, want int, out any) {
	s.t.Helper()
	var body io.Reader
	header := []string{"Authorization", "Bearer " + token}
	if form != nil {
		body = strings.NewReader(form.Encode())
		header = append(header, "Content-Type", "application/x-www-form-urlencoded")
	}
	if token == "" {
		header = header[2:]
	}
	status, text := fetch(s.t, method, s.site.public+path, body, header...)
	if status != want {
		s.t.Fatalf("%s %s: %d %s, want %d", method, path, status, text, want)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		s.t.Fatalf("%s %s: %s: %v", method, path, text, err)
	}
}

// seen is what the tests look at of anything, in either dialect: an id is a text in one and a number in the other.
type seen struct {
	ID            json.RawMessage `json:"id"`
	Name, Status  string
	Balance       json.Number
	Amount, Value json.Number
	Notes         string
	OriginalName  string `json:"original_name"`
	Comment       string
	Disabled      *string
}

func (x seen) id() string { return strings.Trim(string(x.ID), `"`) }

// both lists a noun in both dialects, sorted by id.
func (s *speaker) both(noun, query string) (linxo, powens []seen) {
	s.t.Helper()
	s.ask(s.linxo, http.MethodGet, "/v2.1/"+noun+query, nil, http.StatusOK, &linxo)
	var wrapped map[string]json.RawMessage
	s.ask(s.powens, http.MethodGet, "/2.0/users/me/"+noun+strings.Replace(query, "limit=500", "limit=1000", 1), nil, http.StatusOK, &wrapped)
	if err := json.Unmarshal(wrapped[noun], &powens); err != nil {
		s.t.Fatal(err)
	}
	for _, list := range [][]seen{linxo, powens} {
		slices.SortFunc(list, func(a, b seen) int { return strings.Compare(a.id(), b.id()) })
	}
	return linxo, powens
}

// same wants the same ids in both dialects, and that two members of each agree.
func (s *speaker) same(noun, query string, of func(seen) (linxo, powens json.Number)) []seen {
	s.t.Helper()
	linxo, powens := s.both(noun, query)
	if len(linxo) == 0 || len(linxo) != len(powens) {
		s.t.Fatalf("%d and %d %s", len(linxo), len(powens), noun)
	}
	for i := range linxo {
		if linxo[i].id() != powens[i].id() {
			s.t.Errorf("%s: %s in one dialect is %s in the other", noun, linxo[i].ID, powens[i].ID)
		}
		a, _ := of(linxo[i])
		if _, b := of(powens[i]); a != b {
			s.t.Errorf("%s %s: %s in one dialect is %s in the other", noun, linxo[i].ID, a, b)
		}
	}
	return linxo
}

// TestBothDialects: one user, connected through the widget of one dialect, is read and changed through both APIs: the same
// connection, accounts and transactions under the same numbers, and what is changed on one side is seen on the other.
func TestBothDialects(t *testing.T) {
	t.Parallel()
	chromium := openChromium(t)
	site := newLinxoSite(t)
	s := &speaker{t: t, site: site}
	gate := func(more ...string) url.Values {
		form := url.Values{"client_id": {site.clientID}, "client_secret": {site.clientSecret}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return form
	}
	var token struct {
		Access string `json:"access_token"`
	}
	s.ask("", http.MethodPost, "/token", gate("grant_type", "client_credentials", "scope", "users_create"), http.StatusOK, &token)
	var made struct{ ID string }
	s.ask(token.Access, http.MethodPost, "/v2.1/users", url.Values{"email": {"both@app.example"}, "password": {"one user of two dialects"}}, http.StatusCreated, &made)
	scope := "profile profile_edit accounts_manage connections_manage connections_sync transactions_read"
	s.ask("", http.MethodPost, "/token", gate("grant_type", "password", "username", "both@app.example", "password", "one user of two dialects", "scope", scope), http.StatusOK, &token)
	s.linxo = token.Access
	var session struct {
		Links map[string]string `json:"_links"`
	}
	s.ask("", http.MethodPost, "/v2.1/widget/widget_session", gate("access_token", s.linxo), http.StatusOK, &session)
	b := site.tab(t, &stage{chromium: chromium})
	site.follow(b, dev("EMBEDDED"), session.Links["add_connection"]+"&redirect_url="+url.QueryEscape(site.client.URL+"/back"))
	told := site.client.end()

	// The scoped token is none of the other dialect, whose own is had with the client application's credentials.
	s.ask(s.linxo, http.MethodGet, "/2.0/users/me", nil, http.StatusForbidden, nil)
	s.ask("", http.MethodPost, "/2.0/auth/renew", gate("grant_type", "client_credentials", "id_user", made.ID), http.StatusOK, &token)
	s.powens = token.Access

	connection := s.same("connections", "", func(seen) (a, b json.Number) { return "", "" })[0].id()
	if told.Get("connection_id") != connection || told.Get("status") != "success" {
		t.Errorf("the client application was told %v, and the connection is %s", told, connection)
	}
	balance := func(x seen) (a, b json.Number) { return x.Balance, x.Balance }
	account := s.same("accounts", "", balance)[0].id()
	movement := s.same("transactions", "?limit=500", func(x seen) (a, b json.Number) { return x.Amount, x.Value })[0].id()

	// Renamed in one, seen in the other; noted in the other, seen in the one.
	var one seen
	s.ask(s.linxo, http.MethodPatch, "/v2.1/accounts/"+account, url.Values{"name": {"Holidays"}}, http.StatusOK, nil)
	s.ask(s.powens, http.MethodGet, "/2.0/users/me/accounts/"+account, nil, http.StatusOK, &one)
	if one.Name != "Holidays" {
		t.Errorf("renamed in Linxo's dialect, the account is called %q in Powens'", one.Name)
	}
	s.ask(s.powens, http.MethodPost, "/2.0/users/me/transactions/"+movement, url.Values{"comment": {"a note"}}, http.StatusOK, nil)
	s.ask(s.linxo, http.MethodGet, "/v2.1/transactions/"+movement, nil, http.StatusOK, &one)
	if one.Notes != "a note" {
		t.Errorf("commented on in Powens' dialect, the transaction has the notes %q in Linxo's", one.Notes)
	}
	// Consent that is withdrawn in one is awaited in the other, and nothing is told of the account any more.
	s.ask(s.powens, http.MethodPost, "/2.0/users/me/accounts/"+account, url.Values{"disabled": {"true"}}, http.StatusOK, nil)
	s.ask(s.linxo, http.MethodGet, "/v2.1/accounts/"+account, nil, http.StatusOK, &one)
	if one.Status != "PENDING_CONSENT" {
		t.Errorf("the account that is not shared any more has the status %q", one.Status)
	}
	// Only its owner gives it back, on a page: neither door does it for the client application, also once the account is removed.
	again := func(when string) {
		t.Helper()
		var refusal struct{ Code, Description string }
		s.ask(s.powens, http.MethodPut, "/2.0/users/me/accounts/"+account+"?all", url.Values{"disabled": {"0"}}, http.StatusConflict, &refusal)
		if refusal.Code != "conflict" || !strings.Contains(refusal.Description, "manage_accounts") {
			t.Errorf("%s: the refusal is %+v", when, refusal)
		}
	}
	again("withdrawn")
	s.ask(s.linxo, http.MethodPatch, "/v2.1/accounts/"+account, url.Values{"status": {"ACTIVE"}}, http.StatusConflict, nil)
	s.ask(s.linxo, http.MethodDelete, "/v2.1/accounts/"+account, nil, http.StatusNoContent, nil)
	again("removed")
	s.ask(s.linxo, http.MethodGet, "/v2.1/accounts/"+account, nil, http.StatusNotFound, nil)
	// A token without scopes opens the other door too, and its widget.
	s.ask(s.powens, http.MethodGet, "/v3/connections?user_id="+made.ID, nil, http.StatusOK, nil)
	s.ask("", http.MethodPost, "/widget_session", gate("access_token", s.powens), http.StatusOK, &session)

	// A connection made over the API of one is there in the other.
	s.ask(s.powens, http.MethodPost, "/2.0/users/me/connections", url.Values{
		"id_connector": {"40"}, "source": {"directaccess"}, "login": {"both"}, "password": {"1234"},
	}, http.StatusOK, &one)
	if linxo, _ := s.both("connections", ""); !slices.ContainsFunc(linxo, func(c seen) bool { return c.id() == one.id() }) {
		t.Errorf("the connection %s is not there in Linxo's dialect: %v", one.ID, linxo)
	}
	// What is deleted in one is gone in the other, and with the user everything.
	s.ask(s.linxo, http.MethodDelete, "/v2.1/connections/"+connection, nil, http.StatusNoContent, nil)
	s.ask(s.powens, http.MethodGet, "/2.0/users/me/connections/"+connection, nil, http.StatusNotFound, nil)
	s.ask(s.powens, http.MethodDelete, "/2.0/users/me", nil, http.StatusNoContent, nil)
	s.ask(s.linxo, http.MethodGet, "/v2.1/users/me", nil, http.StatusUnauthorized, nil)
	s.ask("", http.MethodPost, "/token", gate("grant_type", "password", "username", "both@app.example", "password", "one user of two dialects"), http.StatusBadRequest, nil)
	t.Log(fmt.Sprint("connection ", connection, ", account ", account, ", transaction ", movement))
}
