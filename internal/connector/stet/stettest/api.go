package stettest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// perPage are the sizes of the pages.
const (
	accountsPerPage  = 2
	movementsPerPage = 20
	unattended       = 4
	shortest         = 90
)

// odd answers what a login is there for; true where it did.
func (c *call) odd() bool {
	switch c.g.login {
	case "limited":
		c.w.Header().Set("Retry-After", "600")
		c.fail(http.StatusTooManyRequests, "too many")
	case "down":
		c.fail(http.StatusServiceUnavailable, "closed")
	case "nonsense":
		_, _ = c.w.Write([]byte(`{"balances": 12, access-canary`))
	case "forbidden":
		c.fail(http.StatusForbidden, "not yours")
	default:
		return false
	}
	return true
}

func (c *call) accounts() {
	list := accountsOf(c.g.login)
	if len(list) == 0 {
		c.w.WriteHeader(http.StatusNoContent)
		return
	}
	n, _ := strconv.Atoi(c.r.URL.Query().Get("page"))
	from := min(n*accountsPerPage, len(list))
	to := min(from+accountsPerPage, len(list))
	out := []any{}
	for _, a := range list[from:to] {
		out = append(out, c.resource(a))
	}
	links := map[string]any{"self": map[string]any{"href": c.link("/accounts")}, "endUserIdentity": map[string]any{"href": c.link("/end-user-identity")}}
	if to < len(list) {
		links["next"] = map[string]any{"href": c.link(fmt.Sprintf("/accounts?page=%d", n+1)), "templated": true}
	}
	c.ok(map[string]any{"accounts": out, "_links": links})
}

func (c *call) resource(a account) map[string]any {
	links := map[string]any{}
	if c.allowed(a) {
		links["balances"] = map[string]any{"href": c.link("/accounts/" + a.id + "/balances")}
		links["transactions"] = map[string]any{"href": c.link("/accounts/{accountResourceId}/transactions{?dateFrom,dateTo,afterEntryReference}"), "templated": true}
	}
	out := map[string]any{
		"resourceId": a.id, "bicFi": "BNKAFRPPXXX", "name": a.name, "usage": "PRIV", "cashAccountType": a.kind, "currency": a.currency,
		"psuStatus": "Account Holder", "_links": links, "details": nil, "linkedAccount": a.linked,
	}
	if a.iban != "" {
		out["accountId"] = map[string]any{"iban": a.iban, "other": nil}
	} else {
		out["accountId"] = map[string]any{"other": map[string]string{"identification": a.pan, "schemeName": "CPAN"}}
	}
	return out
}

// allowed says whether balances and movements may be read: a card goes by itself, an account by its number.
func (c *call) allowed(a account) bool {
	return !c.s.cfg.Mixed || c.g.allowed[a.iban+a.pan]
}

// find finds the account that is asked for.
func (c *call) find() (account, bool) {
	for _, a := range accountsOf(c.g.login) {
		if a.id != c.r.PathValue("id") {
			continue
		}
		if !c.allowed(a) {
			c.fail(http.StatusForbidden, "The consent does not cover the account.")
			return a, false
		}
		return a, !c.odd()
	}
	c.fail(http.StatusNotFound, "no such account")
	return account{}, false
}

func (c *call) balances() {
	a, ok := c.find()
	if !ok {
		return
	}
	one := func(kind, v string) map[string]any {
		return map[string]any{"name": "Solde " + kind, "balanceAmount": map[string]string{"currency": a.currency, "amount": v}, "balanceType": kind}
	}
	list := []any{one("OTHR", "9999"), one("VALU", a.balance)}
	if a.kind == "CARD" {
		list = []any{one("OTHR", a.balance)}
	} else {
		list = append(list, one("XPCD", a.instant), one("CLBD", a.balance))
	}
	c.ok(map[string]any{"balances": list, "_links": map[string]any{"self": map[string]any{"href": c.link("/accounts/" + a.id + "/balances")}}})
}

func (c *call) transactions() {
	a, ok := c.find()
	if !ok {
		return
	}
	q := c.r.URL.Query()
	now := c.s.cfg.Now().UTC()
	today := now.Truncate(24 * time.Hour)
	from := today.AddDate(0, 0, -7)
	for _, name := range []string{"dateFrom", "entryDateFrom"} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		d, err := time.Parse(time.DateOnly, text[:min(10, len(text))])
		if err != nil {
			c.fail(http.StatusBadRequest, name+" is no date")
			return
		}
		from = d
	}
	if c.g.login == "short_history" && from.Before(today.AddDate(0, 0, -shortest)) {
		c.fail(http.StatusForbidden, "strong authentication is needed for more than 90 days")
		return
	}
	list := a.movements(from, today)
	at := 0
	if c.s.cfg.ByReference {
		list = a.movements(today.AddDate(0, 0, -60), today)
		for i, m := range list {
			if ref := q.Get("afterEntryReference"); ref != "" && m["entryReference"] == ref {
				at = i + 1
			}
		}
	} else {
		at, _ = strconv.Atoi(q.Get("at"))
	}
	if at == 0 && c.r.Header.Get("PSU-IP-Address") == "" && c.g.login == "four_a_day" {
		key := a.id + today.Format(time.DateOnly)
		if c.s.reads[key]++; c.s.reads[key] > unattended {
			c.fail(http.StatusTooManyRequests, "four a day")
			return
		}
	}
	if at >= len(list) {
		c.w.WriteHeader(http.StatusNoContent)
		return
	}
	to := min(at+movementsPerPage, len(list))
	links := map[string]any{"self": map[string]any{"href": c.link("/accounts/" + a.id + "/transactions")}}
	if to < len(list) && !c.s.cfg.ByReference {
		links["next"] = map[string]any{"href": c.link(fmt.Sprintf("/accounts/%s/transactions?dateFrom=%s&at=%d", a.id, from.Format(time.DateOnly), to))}
	}
	c.ok(map[string]any{"transactions": list[at:to], "_links": links})
}

// consents is PUT /consents of the mixed model.
func (c *call) consents() {
	if !c.s.cfg.Mixed {
		c.fail(http.StatusMethodNotAllowed, "not in this model")
		return
	}
	type named struct {
		IBAN  string `json:"iban"`
		Other *struct {
			Identification string `json:"identification"`
			SchemeName     string `json:"schemeName"`
		} `json:"other"`
	}
	var in struct {
		Balances      []named `json:"balances"`
		Transactions  []named `json:"transactions"`
		Beneficiaries *bool   `json:"trustedBeneficiaries"`
		Identity      *bool   `json:"psuIdentity"`
	}
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil || in.Beneficiaries == nil || in.Identity == nil || c.r.Header.Get("Content-Type") != "application/json" {
		c.fail(http.StatusBadRequest, "the consent cannot be read")
		return
	}
	allowed := map[string]bool{}
	for _, n := range append(in.Balances, in.Transactions...) {
		name := n.IBAN
		if n.Other != nil {
			name += n.Other.Identification
		}
		known := false
		for _, a := range accountsOf(c.g.login) {
			known = known || a.iban+a.pan == name
		}
		if !known {
			c.fail(http.StatusBadRequest, "no such account")
			return
		}
		allowed[name] = true
	}
	c.g.allowed = allowed
	c.w.WriteHeader(http.StatusCreated)
}

func (c *call) identity() {
	c.ok(map[string]any{"connectedPsu": "MME DUPONT JEANNE", "_links": map[string]any{"self": map[string]any{"href": c.link("/end-user-identity")}}})
}
