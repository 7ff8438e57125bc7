package linxo_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"passerelle/internal/bank"
	"passerelle/web/webtest/apitest"
)

// TestAccountOfTwoChannels: an account that both channels of a connection list is listed once, and so are its movements; the other
// channel's row is absent until the end user withdraws what they shared.
func TestAccountOfTwoChannels(t *testing.T) {
	t.Parallel()
	for _, sources := range [][]string{{bank.SourceOpenAPI, bank.SourceDirectAccess}, {bank.SourceDirectAccess, bank.SourceOpenAPI}} {
		w := newWorld(t)
		w.reading.bank.set(func(s *script) { s.accounts, s.twins = bankAccounts()[:2], true })
		p := w.bare()
		w.connect(&p, sources[0], bankAccounts()[:2], 2)
		w.connect(&p, sources[1], append(bankAccounts()[:1], bank.Account{Key: "k9", Name: "PEA", Type: bank.AccountPEA, Balance: apitest.Euros("9")}), 2)
		own, shadow, more := p.accounts[:2], p.accounts[2], p.accounts[3]
		for range 2 {
			w.work(p.id)
			w.check(w.store.QueueSyncs(t.Context(), []int64{p.connection, p.connection + 1}, false))
		}
		w.work(p.id)
		got := names(w.do(http.MethodGet, "/v2.1/accounts", as(p.token)).list(t, "accounts"))
		if want := []string{"Compte", "Prêt", "PEA"}; !slices.Equal(got, want) {
			t.Errorf("%v: got accounts %v, want %v", sources, got, want)
		}
		if n := len(w.do(http.MethodGet, "/v3/transactions", as(p.token)).list(t, "transactions")); n != len(apitest.Movements()) {
			t.Errorf("%v: got %d movements, want %d", sources, n, len(apitest.Movements()))
		}
		for id, want := range map[int64]string{own[0]: "ACTIVE", more: "NOT_FOUND", shadow: "404"} {
			if got := w.accountStatus(&p, id); got != want {
				t.Errorf("%v: account %d is %s, want %s", sources, id, got, want)
			}
		}
		for _, a := range []answer{
			w.do(http.MethodDelete, fmt.Sprint("/v2.1/accounts/", shadow), as(p.token)),
			w.do(http.MethodGet, fmt.Sprint("/v2.1/transactions?account_id=", shadow, ",", own[0]), as(p.token)),
		} {
			if a.status != http.StatusNotFound {
				t.Errorf("%v: got %d, want the other channel's row absent", sources, a.status)
			}
		}
		// Deleted with its channel's last other account, or alone: the other one comes up, not shared.
		if a := w.do(http.MethodDelete, fmt.Sprint("/v2.1/accounts/", own[0]), as(p.token)); a.status != http.StatusNoContent {
			t.Fatalf("%v: got %d", sources, a.status)
		}
		if got := w.accountStatus(&p, shadow); got != "PENDING_CONSENT" {
			t.Errorf("%v: the other row is %s, want it not shared", sources, got)
		}
	}
}
