package powens_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"passerelle/internal/bank"
)

// TestComingBalancesAddUp: the sum is of what each account's own coming_balance says.
func TestComingBalancesAddUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	m := w.do(http.MethodGet, "/users/me/accounts", as(p.token)).into(t)
	if got, _ := json.Marshal(m["coming_balances"]); string(got) != `{"EUR":9007199254620980.57}` {
		t.Errorf("coming_balances = %s", got)
	}
}

// TestCompanyNameIsTheBanks: a company's name is told of an account that the bank says is a company's, whatever a client says of it.
func TestCompanyNameIsTheBanks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	path := fmt.Sprintf("/users/me/accounts/%d", p.accounts[0])
	for _, tt := range []struct {
		bank bank.Usage
		sets string
		want any
	}{
		{bank.UsagePrivate, "null", nil},
		{bank.UsagePrivate, `"ORGA"`, nil},
		{bank.UsageOrganisation, "null", "Dupont"},
		{bank.UsageOrganisation, `"PRIV"`, "Dupont"},
		{bank.UsageAssociation, `"ORGA"`, nil},
	} {
		list := bankAccounts()
		list[0].Usage, list[0].Owner = tt.bank, "Dupont"
		_, err := w.store.SaveAccounts(t.Context(), p.connection, list, w.clock.Now())
		w.check(err)
		m := w.do(http.MethodPut, path, as(p.token), jsonBody(`{"usage":`+tt.sets+`}`)).into(t)
		if m["company_name"] != tt.want {
			t.Errorf("the bank says %s, a client %s: company_name = %v, want %v", tt.bank, tt.sets, m["company_name"], tt.want)
		}
	}
}
