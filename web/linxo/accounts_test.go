package linxo_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/web/webtest/apitest"
)

func names(list []map[string]any) []string {
	out := []string{}
	for _, a := range list {
		out = append(out, fmt.Sprint(a["name"]))
	}
	return out
}

// TestAccountFilters: each filter alone, some together, each order, pages.
func TestAccountFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	w.connect(&p, bank.SourceOpenAPI, []bank.Account{
		{Key: "1", Source: bank.SourceOpenAPI, Name: "Bravo", Number: "4711", Type: bank.AccountChecking, Usage: bank.UsagePrivate, Balance: apitest.Euros("1")},
		{Key: "2", Source: bank.SourceOpenAPI, Name: "alpha", IBAN: "FR7611111", Type: bank.AccountCard, Usage: bank.UsageOrganisation, Balance: apitest.Euros("1")},
	}, 2)
	w.clock.Pass(time.Hour)
	w.connect(&p, bank.SourceDirectAccess, []bank.Account{
		{Key: "3", Source: bank.SourceDirectAccess, Name: "Écho", Type: bank.AccountPEA, Usage: bank.UsagePrivate, Balance: apitest.Euros("1")},
		{Key: "4", Source: bank.SourceDirectAccess, Name: "Delta", Type: bank.AccountLoan, Balance: apitest.Euros("1")},
		{Key: "5", Source: bank.SourceDirectAccess, Name: "Closed to us", Number: "4711", Type: bank.AccountChecking, Usage: bank.UsagePrivate, Balance: apitest.Euros("1")},
	}, 2)
	all := []string{"Bravo", "alpha", "Écho", "Delta", "Closed to us"}
	for query, want := range map[string][]string{
		"": all, "type=CHECKINGS": {"Bravo", "Closed to us"}, "type=savings,LOAN": {"Écho", "Delta"}, "type=CREDIT_CARD": {"alpha"},
		"status=ACTIVE": {"Bravo", "alpha", "Écho", "Delta"}, "status=PENDING_CONSENT": {"Closed to us"}, "status=CLOSED,MANUAL": {},
		"usage=PERSONAL": {"Bravo", "Écho"}, "usage=PROFESSIONAL": {"alpha"}, "q=écHO": {"Écho"}, "q=4711": {"Bravo"}, "q=fr761": {"alpha"}, "q=closed": {"Closed to us"},
		"q=a&type=CREDIT_CARD": {"alpha"}, fmt.Sprint("connection_id=", p.connection): all,
		"sort=name": {"alpha", "Bravo", "Closed to us", "Delta", "Écho"}, "sort=-name": {"Écho", "Delta", "Closed to us", "Bravo", "alpha"},
		"sort=name:desc": {"Écho", "Delta", "Closed to us", "Bravo", "alpha"}, "sort=-creation_date": {"Écho", "Delta", "Closed to us", "Bravo", "alpha"},
		"sort=creation_date:desc,name:asc": {"Closed to us", "Delta", "Écho", "alpha", "Bravo"}, "sort=creation_date": all,
		"page=1&limit=2": {"Bravo", "alpha"}, "page=3&limit=2": {"Closed to us"}, "page=4&limit=2": {}, "sort=name&page=2&limit=2": {"Closed to us", "Delta"},
	} {
		for _, version := range []string{"/v2.1", "/v3"} {
			if got := names(w.do(http.MethodGet, version+"/accounts?"+query, as(p.token)).list(t, "accounts")); !slices.Equal(got, want) {
				t.Errorf("%s %s: %v, want %v", version, query, got, want)
			}
		}
	}
}

func (w *world) accountStatus(p *person, id int64) string {
	w.t.Helper()
	a := w.do(http.MethodGet, fmt.Sprint("/v2.1/accounts/", id), as(p.token))
	if a.status != http.StatusOK {
		return fmt.Sprint(a.status)
	}
	return fmt.Sprint(a.object(w.t)["status"])
}

// TestAccountStatus: an account is in error while its connection cannot be read, and not found when its bank lists it no more; what was
// read of it stays.
func TestAccountStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.reading.refuse(connector.CodeBadCredentials)
	w.work(p.id)
	for i, want := range []string{"ERROR", "ERROR", "PENDING_CONSENT"} {
		if got := w.accountStatus(&p, p.accounts[i]); got != want {
			t.Errorf("account %d: %s, want %s", i, got, want)
		}
	}
	w.reading.refuse("")
	w.reading.bank.set(func(s *script) { s.accounts = bankAccounts()[1:2] })
	_, err := w.reading.reader.Attended(t.Context(), p.connection, connector.PSU{Present: true})
	w.check(err)
	// What nobody shared and the bank lists no more is nothing to tell of.
	for i, want := range []string{"NOT_FOUND", "ACTIVE", "404"} {
		if got := w.accountStatus(&p, p.accounts[i]); got != want {
			t.Errorf("after it was gone, account %d: %s, want %s", i, got, want)
		}
	}
	if list := w.do(http.MethodGet, fmt.Sprint("/v2.1/transactions?account_id=", p.accounts[0]), as(p.token)).list(t, "transactions"); len(list) != apitest.MovementCount {
		t.Errorf("%d movements are left of %d", len(list), apitest.MovementCount)
	}
}

// change sends a change of an account in every way there is, which changes nothing more after the first, and gives its answer.
func (w *world) change(p *person, id int64, json string) answer {
	w.t.Helper()
	var first answer
	for i, way := range []string{"PATCH /v2.1", "PUT /v2.1", "PATCH /v3", "PUT /v3"} {
		method, version, _ := strings.Cut(way, " ")
		a := w.do(method, fmt.Sprint(version, "/accounts/", id), as(p.token), jsonBody(json))
		if i == 0 {
			first = a
		} else if a.status != first.status {
			w.t.Errorf("%s: %d %s, the first was %d %s", way, a.status, a.body, first.status, first.body)
		}
	}
	return first
}

// TestAccountName: a name of one's own, which the bank's list does not take away, and the bank's back.
func TestAccountName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	if a := w.change(&p, p.accounts[0], `{"name":"Ménage"}`); a.status != http.StatusOK || a.object(t)["name"] != "Ménage" {
		t.Errorf("renamed: %d %s", a.status, a.body)
	}
	w.work(p.id)
	if got := w.do(http.MethodGet, "/v3/accounts?q=ménage", as(p.token)).list(t, "accounts"); len(got) != 1 {
		t.Errorf("after a reading: %v", got)
	}
	put := w.do(http.MethodPut, fmt.Sprint("/v3/accounts/", p.accounts[0]), as(p.token), form(map[string]string{"name": ""}))
	if put.status != http.StatusOK || put.object(t)["name"] != "Compte" {
		t.Errorf("the bank's name back: %d %s", put.status, put.body)
	}
}

// TestAccountArchive: an archived account keeps what was read and is read no more; opened again it is read at once.
func TestAccountArchive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.work(p.id)
	if a := w.change(&p, p.accounts[0], `{"status":"CLOSED"}`); a.status != http.StatusOK || a.object(t)["status"] != "CLOSED" {
		t.Fatalf("archived: %d %s", a.status, a.body)
	}
	if a := w.change(&p, p.accounts[0], `{"status":"closed"}`); a.status != http.StatusOK {
		t.Errorf("archived twice: %d %s", a.status, a.body)
	}
	more := append(apitest.Movements(), bank.Transaction{Key: "new", Date: w.clock.Now(), Value: apitest.Euros("-1"), Type: bank.TransactionCard, Wording: "New"})
	w.reading.bank.set(func(s *script) { s.movements["k1"] = more })
	w.check(w.store.QueueSyncs(t.Context(), []int64{p.connection}, false))
	w.work(p.id)
	count := func() int {
		return len(w.do(http.MethodGet, fmt.Sprint("/v2.1/transactions?limit=500&account_id=", p.accounts[0]), as(p.token)).list(t, "transactions"))
	}
	if n := count(); n != apitest.MovementCount {
		t.Errorf("archived, it has %d movements, want %d", n, apitest.MovementCount)
	}
	if c, _, _ := w.statuses(&p); c != "SUCCESS" {
		t.Errorf("one account archived: the connection is %s", c)
	}
	w.change(&p, p.accounts[1], `{"status":"CLOSED"}`)
	if c, _, _ := w.statuses(&p); c != "CLOSED" {
		t.Errorf("all accounts archived: the connection is %s", c)
	}
	if a := w.change(&p, p.accounts[0], `{"status":"ACTIVE","name":"Again"}`); a.status != http.StatusOK || a.object(t)["status"] != "ACTIVE" || a.object(t)["name"] != "Again" {
		t.Errorf("opened: %d %s", a.status, a.body)
	}
	if c, _, _ := w.statuses(&p); c != "RUNNING" {
		t.Errorf("opened: the connection is %s, want RUNNING", c)
	}
	w.work(p.id)
	if n := count(); n != apitest.MovementCount+1 {
		t.Errorf("opened, it has %d movements, want %d", n, apitest.MovementCount+1)
	}
}

// TestAccountDelete: what was read goes at once; the last account takes its channel along, the last channel the connection.
func TestAccountDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _, _ := w.both()
	remove := func(id int64) {
		t.Helper()
		version := []string{"/v2.1", "/v3"}[id%2]
		if a := w.do(http.MethodDelete, fmt.Sprint(version, "/accounts/", id), as(p.token)); a.status != http.StatusNoContent || a.body != "" {
			t.Errorf("delete %d: %d %s", id, a.status, a.body)
		}
		if got := w.accountStatus(&p, id); got != "404" {
			t.Errorf("deleted, account %d is %s", id, got)
		}
	}
	remove(p.accounts[0])
	w.check(w.store.QueueSyncs(t.Context(), []int64{p.connection}, false))
	w.work(p.id)
	if got := w.accountStatus(&p, p.accounts[0]); got != "404" {
		t.Errorf("deleted and read again, it is %s", got)
	}
	w.do(http.MethodGet, fmt.Sprint("/v2.1/transactions?account_id=", p.accounts[0]), as(p.token)).
		wantError(t, "its movements", http.StatusNotFound, "RESOURCE_UNKNOWN", "")
	remove(p.accounts[1])
	remove(p.accounts[2])
	if c, r, e := w.statuses(&p); c != "SUCCESS" || r != "EMPTY" || e != "SUCCESS" {
		t.Errorf("without the accounts of one channel: %s with %s and %s", c, r, e)
	}
	for _, id := range p.accounts[3:] {
		remove(id)
	}
	w.do(http.MethodGet, fmt.Sprint("/v2.1/connections/", p.connection), as(p.token)).wantError(t, "the connection", http.StatusNotFound, "RESOURCE_UNKNOWN", "")
	if a := w.do(http.MethodGet, "/v2.1/accounts", as(p.token)); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("accounts are left: %s", a.body)
	}
}
