package powens_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// choose is a visit in which the end user chooses which accounts of a person are shared, as the manage flow ends.
func (w *world) choose(p person, enable ...int64) {
	w.t.Helper()
	now := w.clock.Now()
	a := &connect.Attempt{
		ID: uuid.NewString(), Domain: grant.DefaultDomain, ClientID: w.client.Client.ID, UserID: p.id, UserGiven: true, BindHash: make([]byte, 32),
		ConnectionID: p.connection, Phase: connect.PhaseWorking, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour),
	}
	w.check(w.store.CreateAttempt(w.t.Context(), a, ""))
	w.check(w.store.FinishSelection(w.t.Context(), connect.FinishSelection{
		Attempt: a, FromStep: a.Step, Enable: enable, Now: now, Consent: connect.ConsentTerms{Until: now.Add(time.Hour)},
	}))
}

// TestConsentIsNotGivenBackByAPI: what the end user took back on a page of ours, and what was removed, no client application shares
// again, alone or in a list; what it took back itself, and what was never shared, it does.
func TestConsentIsNotGivenBackByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	enable := func(ids ...int64) answer {
		list := strings.ReplaceAll(strings.Trim(fmt.Sprint(ids), "[]"), " ", ",")
		return w.do(http.MethodPut, "/users/me/accounts/"+list+"?all", as(p.token), jsonBody(`{"disabled":0,"name":"renamed"}`))
	}
	w.choose(p, p.accounts[0])
	unticked := p.accounts[1]
	for name, path := range map[string]string{
		"the user's":       fmt.Sprintf("/users/me/accounts/%d?all", unticked),
		"the connection's": fmt.Sprintf("/users/%d/connections/%d/accounts/%d?all", p.id, p.connection, unticked),
	} {
		for _, method := range []string{http.MethodPut, http.MethodPost} {
			w.do(method, path, as(p.token), jsonBody(`{"disabled":false}`)).wantError(t, method+" "+name, http.StatusConflict, "conflict", "manage_accounts")
		}
	}
	before := fmt.Sprint(w.accountsOf(p))
	enable(p.accounts[0], p.accounts[2], unticked).wantError(t, "a list", http.StatusConflict, "conflict", "end user")
	if after := fmt.Sprint(w.accountsOf(p)); after != before {
		t.Errorf("the accounts were %s, and are %s", before, after)
	}
	off := w.do(http.MethodPut, fmt.Sprintf("/users/me/accounts/%d?all", unticked), as(p.token), jsonBody(`{"disabled":1}`))
	if off.status != http.StatusOK {
		t.Fatalf("disabling what is disabled: %d %s", off.status, off.body)
	}
	enable(unticked).wantError(t, "disabled by API since", http.StatusConflict, "conflict", "end user")
	if got := enable(p.accounts[2]); got.status != http.StatusOK {
		t.Errorf("an account that was never shared: %d %s", got.status, got.body)
	}
	w.choose(p, p.accounts...)
	off = w.do(http.MethodPut, fmt.Sprintf("/users/me/accounts/%d", unticked), as(p.token), jsonBody(`{"disabled":1}`))
	if got := enable(unticked); off.status != http.StatusOK || got.status != http.StatusOK {
		t.Errorf("taken back by API (%d) and given by API: %d %s", off.status, got.status, got.body)
	}

	_, _, err := w.store.RemoveAccount(t.Context(), p.id, unticked, w.clock.Now())
	w.check(err)
	enable(unticked).wantError(t, "a removed account", http.StatusConflict, "conflict", "end user")
	if a := w.accountsOf(p)[fmt.Sprint(unticked)]; a["disabled"] == nil || a["balance"] != nil || a["iban"] != nil || a["number"] != nil {
		t.Errorf("the removed account is shown as %v", a)
	}
}

// TestPersonsConsentOnPagesAlone: a user of the Linxo dialect shares nothing by this one.
func TestPersonsConsentOnPagesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grants.PasswordCost = grant.PasswordCost{Memory: 64, Time: 1, Threads: 1}
	made, err := w.grants.CreatePerson(t.Context(), grant.NewPerson{
		Domain: grant.DefaultDomain, ClientID: w.client.Client.ID, Email: "ada@example.org", Password: bank.NewSecret("p"),
	})
	w.check(err)
	given := w.do(http.MethodPost, "/auth/renew", form(w.credentials(map[string]string{
		"grant_type": "client_credentials", "id_user": fmt.Sprint(made.ID),
	}))).into(t)
	token, _ := given["access_token"].(string)
	p := w.personOf(made.ID, bank.NewSecret(token))
	w.do(http.MethodPut, fmt.Sprintf("/users/me/accounts/%d?all", p.accounts[2]), as(p.token), jsonBody(`{"disabled":false}`)).
		wantError(t, "an account of a person", http.StatusConflict, "conflict", "manage_accounts")
	if got := w.do(http.MethodPut, fmt.Sprintf("/users/me/accounts/%d", p.accounts[0]), as(p.token), jsonBody(`{"disabled":false,"name":"Mine"}`)); got.status != http.StatusOK {
		t.Errorf("an account that is shared: %d %s", got.status, got.body)
	}
}
