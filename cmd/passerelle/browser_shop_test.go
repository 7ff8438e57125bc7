package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"passerelle/cmd/dev/browser"
)

// shop is a client application of the tests' own at a service and a bank of their own: it shows that somebody came back, and
// remembers with what.
type shop struct {
	*world
	// back are the queries of those who came back.
	back chan url.Values
	site *httptest.Server
}

// newShop starts everything. Logins are customers of the bank, as JSON.
func newShop(t *testing.T, logins string) *shop {
	t.Helper()
	s := &shop{world: newWorld(t, "", logins, "--log-level", "warn"), back: make(chan url.Values, 16)}
	s.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cb" {
			s.back <- r.URL.Query()
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">`+
			`<link rel="icon" href="data:,"><title>Budget</title><main><h1>Welcome back</h1></main></html>`)
	}))
	t.Cleanup(s.site.Close)
	object(t, "client", "redirect-uri", "add", s.clientID, s.site.URL+"/cb", "--json", "--data-dir", s.dir)
	s.mustStart()
	return s
}

// visit is where the shop sends end users, with a state of their own.
func (s *shop) visit(state string) string {
	q := url.Values{"domain": {"d"}, "client_id": {s.clientID}, "redirect_uri": {s.site.URL + "/cb"}, "state": {state}}
	return s.address + "/en/connect?" + q.Encode()
}

// tab opens a tab at the shop's sites.
func (s *shop) tab(st *stage, t *testing.T, v browser.View) *tab {
	t.Helper()
	return st.openTab(t, v, s.site.URL, s.address, s.gate.URL)
}

// came waits for somebody to come back, and checks the state.
func (s *shop) came(t *testing.T, state string) url.Values {
	t.Helper()
	select {
	case q := <-s.back:
		if q.Get("state") != state {
			t.Errorf("came back with %v, want the state %q", q, state)
		}
		return q
	default:
		t.Fatal("nobody came back")
		return nil
	}
}

// reads exchanges the code and compares everything that the token reads with what the bank itself says.
func (s *shop) reads(t *testing.T, code string, p *plan) {
	t.Helper()
	b := s.backend(2)
	token, err := b.exchange(t.Context(), code, "")
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, b, token)
	var list struct {
		Accounts []struct {
			ID      int64
			Name    string
			Balance float64
		}
	}
	if err := b.call(t.Context(), http.MethodGet, "/2.0/users/me/accounts", nil, bearer(token), &list); err != nil {
		t.Fatal(err)
	}
	want := statementOf(t, s.gate.URL, p.login, p.password)
	if len(list.Accounts) != len(want) || len(want) == 0 {
		t.Errorf("the token reads %v, the bank has %v", list.Accounts, slices.Collect(maps.Keys(want)))
	}
	for _, a := range list.Accounts {
		if w := want[a.Name]; fmt.Sprintf("%.2f", a.Balance) != w.balance {
			t.Errorf("%s: %.2f, the bank says %q", a.Name, a.Balance, w.balance)
		}
		var page struct {
			Transactions []struct {
				Date  string
				Label string `json:"original_wording"`
				Value float64
			}
		}
		if err := b.call(t.Context(), http.MethodGet, fmt.Sprintf("/2.0/users/me/accounts/%d/transactions?limit=1000", a.ID), nil, bearer(token), &page); err != nil {
			t.Fatal(err)
		}
		var got []movement
		for _, r := range page.Transactions {
			got = append(got, movement{r.Date, r.Label, fmt.Sprintf("%.2f", r.Value)})
		}
		if theirs := want[a.Name].movements; !sameMovements(got, theirs) || len(got) == 0 {
			t.Errorf("%s: the token reads %v, the bank says %v", a.Name, got, theirs)
		}
	}
}

// await waits until the token's connection was read to its end.
func (s *shop) await(t *testing.T, b *backend, token string) {
	t.Helper()
	var out struct {
		Connections []struct {
			LastUpdate *string `json:"last_update"`
		}
	}
	for range 600 {
		if err := b.call(t.Context(), http.MethodGet, "/2.0/users/me/connections", nil, bearer(token), &out); err != nil {
			t.Fatal(err)
		}
		if len(out.Connections) == 1 && out.Connections[0].LastUpdate != nil {
			return
		}
		if err := pause(t.Context()); err != nil { // a job tells nobody outside that it has ended
			t.Fatal(err)
		}
	}
	t.Fatalf("never read: %+v", out)
}

func sameMovements(a, b []movement) bool {
	key := func(x, y movement) int { return strings.Compare(x.Date+x.Label+x.Amount, y.Date+y.Label+y.Amount) }
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, key)
	slices.SortFunc(b, key)
	return slices.Equal(a, b)
}
