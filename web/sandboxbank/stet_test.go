package sandboxbank

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

// No official description of STET is at hand. What stands in for one are these checks of the shapes that the standard's users describe
// (HAL links, unsigned amounts with their side beside them, 204 for nothing, the two consent models), written from the same facts as the
// bank but by looking at its answers alone.

// stetTPP is a third party that speaks STET.
type stetTPP struct {
	*harness

	root, as string
	token    string
	away     bool
}

func (h *harness) stet(mixed bool) *stetTPP {
	t := &stetTPP{harness: h, root: stetPath, as: "/as/stet"}
	if mixed {
		t.root, t.as = stetMixedPath, "/as/stet-mixed"
	}
	return t
}

func (t *stetTPP) authorise(login, password string) url.Values {
	t.Helper()
	p := t.person().open(t.url + t.as + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {"passerelle"}, "redirect_uri": {callback}, "scope": {"aisp"}, "state": {"s1"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}.Encode())
	p.signIn(login, password)
	if p.landed == nil {
		p.allow()
	}
	return p.landed.Query()
}

func (t *stetTPP) connect(login, password string) *stetTPP {
	t.Helper()
	q := t.authorise(login, password)
	tokens := t.form(t.as+"/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"passerelle"}, "code": {q.Get("code")}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}).want(http.StatusOK).json()
	t.token = text(tokens, "access_token")
	return t
}

func (t *stetTPP) send(method, path string, body any) answer {
	t.Helper()
	header := map[string]string{"Authorization": "Bearer " + t.token, "X-Request-ID": uuid(), "Accept": "application/hal+json"}
	if !t.away {
		header["PSU-IP-Address"] = "192.0.2.7"
	}
	if !strings.HasPrefix(path, t.root) {
		path = t.root + path
	}
	return t.call(method, path, header, body)
}

func (t *stetTPP) get(path string) answer {
	t.Helper()
	path, _, _ = strings.Cut(path, "{")
	return t.send(http.MethodGet, path, nil)
}

func TestSTETFull(t *testing.T) {
	t.Parallel()
	c := start(t).stet(false).connect("dev", "dev")
	a := c.get("/accounts").want(http.StatusOK)
	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "application/hal+json") {
		t.Errorf("Content-Type %s, want HAL", got)
	}
	accounts := list(a.json(), "accounts")
	kinds := map[string]int{}
	for _, acc := range accounts {
		kinds[text(acc, "cashAccountType")]++
		if text(acc, "resourceId") == "" || text(acc, "_links", "balances", "href") == "" || at(acc, "_links", "transactions", "templated") != true {
			t.Errorf("account %v lacks a name or links", acc)
		}
		if text(acc, "cashAccountType") == "CARD" && (text(acc, "linkedAccount") == "" || text(acc, "accountId", "other", "identification") == "") {
			t.Errorf("card %v is linked to no account", acc)
		}
	}
	if kinds["CACC"] != 2 || kinds["CARD"] != 1 {
		t.Errorf("accounts %v, want two and a card", kinds)
	}
	if text(c.get("/end-user-identity").want(http.StatusOK).json(), "connectedPsu") == "" {
		t.Error("the customer has no name")
	}
	if got := list(c.get(text(accounts[0], "_links", "balances", "href")).want(http.StatusOK).json(), "balances"); len(got) != 2 || text(got[0], "balanceType") != "CLBD" {
		t.Errorf("balances %v, want the booked one first", got)
	}
	next, pages, seen := text(accounts[0], "_links", "transactions", "href"), 0, map[string]int{}
	for next != "" {
		p := c.get(next).want(http.StatusOK).json()
		for _, m := range list(p, "transactions") {
			amount, err := decimal.NewFromString(text(m, "transactionAmount", "amount"))
			if err != nil || amount.IsNegative() {
				t.Errorf("amount %v is signed or no number", at(m, "transactionAmount"))
			}
			seen[text(m, "creditDebitIndicator")+text(m, "status")]++
		}
		next = text(p, "_links", "next", "href")
		pages++
	}
	if pages < 2 || seen["CRDTBOOK"] == 0 || seen["DBITBOOK"] == 0 {
		t.Errorf("%v on %d pages, want both sides on several", seen, pages)
	}
	c.get(strings.Replace(text(accounts[0], "_links", "transactions", "href"), "{", "?dateFrom=2027-01-01{", 1)).want(http.StatusNoContent)
	c.send(http.MethodPut, "/consents", object{}).want(http.StatusNotFound)
}

func TestSTETMixed(t *testing.T) {
	t.Parallel()
	c := start(t).stet(true).connect("dev", "dev")
	accounts := list(c.get("/accounts").want(http.StatusOK).json(), "accounts")
	if len(accounts) != 3 || at(accounts[0], "_links", "balances") != nil || at(accounts[0], "balances") != nil {
		t.Fatalf("accounts %v, want three without links", accounts)
	}
	id := text(accounts[0], "resourceId")
	c.get("/accounts/" + id + "/balances").want(http.StatusForbidden)
	c.get("/end-user-identity").want(http.StatusForbidden)
	ref := []any{at(accounts[0], "accountId")}
	c.send(http.MethodPut, "/consents", object{"balances": ref}).want(http.StatusBadRequest)
	whole := object{"balances": ref, "transactions": ref, "trustedBeneficiaries": false, "psuIdentity": true}
	c.send(http.MethodPut, "/consents", object{"balances": []any{object{"iban": "FR7600000000000000000000000"}}, "transactions": ref, "trustedBeneficiaries": false, "psuIdentity": true}).want(http.StatusBadRequest)
	c.send(http.MethodPut, "/consents", whole).want(http.StatusCreated)
	c.get("/accounts/" + id + "/balances").want(http.StatusOK)
	c.get("/accounts/" + id + "/transactions").want(http.StatusOK)
	c.get("/end-user-identity").want(http.StatusOK)
	other := text(accounts[1], "resourceId")
	c.get("/accounts/" + other + "/balances").want(http.StatusForbidden)
	whole["balances"] = []any{}
	c.send(http.MethodPut, "/consents", whole).want(http.StatusCreated)
	c.get("/accounts/" + id + "/balances").want(http.StatusForbidden)
}

func TestSTETNothing(t *testing.T) {
	t.Parallel()
	c := start(t).stet(false).connect("empty", "1234")
	c.get("/accounts").want(http.StatusNoContent)
	c.token = "nobody's"
	got := c.get("/accounts").want(http.StatusUnauthorized).json()
	if at(got, "status") != float64(401) || text(got, "path") != stetPath+"/accounts" {
		t.Errorf("got %v, want the error's form", got)
	}
}

func TestSTETRefused(t *testing.T) {
	t.Parallel()
	q := start(t).stet(false).authorise("redirect_deny", "1234")
	if q.Get("error") != "access_denied" || q.Get("state") != "s1" {
		t.Errorf("got %v, want access_denied", q)
	}
}
