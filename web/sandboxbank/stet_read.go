package sandboxbank

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// may says whether the customer allowed an account's balances or movements: all in the full model, those of PUT /consents in the mixed.
func (r *stetRequest) may(list []string, a testbank.Account) bool {
	return !r.mixed || slices.ContainsFunc(list, func(ref string) bool { return sandboxbank.Refers(ref, a) })
}

// stetAmount is unsigned: the side stands beside it.
func stetAmount(d decimal.Decimal, currency string) (map[string]string, string) {
	value, side := sign(d, "CRDT", "DBIT")
	return map[string]string{"currency": currency, "amount": testbank.Digits(value, currency)}, side
}

func stetAccountID(a testbank.Account) map[string]any {
	other := func(id, scheme string) map[string]any {
		return map[string]any{"other": map[string]string{"identification": id, "schemeName": scheme, "issuer": "Sandbox Bank"}}
	}
	switch {
	case isCard(a):
		return other(sandboxbank.MaskedPAN(a), "CPAN")
	case a.IBAN != "":
		return map[string]any{"iban": a.IBAN}
	}
	return other(a.Number, "BBAN")
}

func (s *Server) stetAccounts(r *stetRequest) error {
	if err := s.bank.Count(r.read, "accounts"); err != nil {
		return err
	}
	list, err := s.bank.Accounts(r.read)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return r.NoContent(http.StatusNoContent)
	}
	out := []any{}
	for _, a := range list {
		out = append(out, s.stetAccount(r, a))
	}
	return r.hal(http.StatusOK, map[string]any{"accounts": out, "_links": map[string]any{
		"self": r.link("/accounts"), "endUserIdentity": r.link("/end-user-identity"),
	}})
}

func (s *Server) stetAccount(r *stetRequest, a testbank.Account) map[string]any {
	id := resource(r.consent.ID, a.ID)
	links := map[string]any{}
	out := map[string]any{
		"resourceId": id, "bicFi": s.bank.People().Identity().BIC, "accountId": stetAccountID(a), "name": cut(a.Name, 70), "usage": a.Usage,
		"cashAccountType": "CACC", "currency": a.Currency, "psuStatus": "Account Holder", "_links": links,
	}
	if isCard(a) {
		// A set of card movements that will be taken from the account at the end of the month.
		last := s.bank.Now().AddDate(0, 1, -s.bank.Now().Day())
		out["cashAccountType"], out["name"], out["details"] = "CARD", cut(a.Name+" "+last.Format("02/01/2006"), 70), "CB"
		if a.ParentID != "" {
			out["linkedAccount"] = resource(r.consent.ID, a.ParentID)
		}
	}
	if r.may(r.consent.MixedBalances, a) {
		links["balances"] = r.link("/accounts/" + id + "/balances")
		if !r.mixed {
			out["balances"] = s.stetBalanceList(a)
		}
	}
	if r.may(r.consent.MixedTransactions, a) {
		links["transactions"] = map[string]any{"href": r.root + "/accounts/" + id + "/transactions{?dateFrom,dateTo,afterEntryReference}", "templated": true}
	}
	return out
}

func (s *Server) stetBalanceList(a testbank.Account) []any {
	today := s.bank.Now().Format(time.DateOnly)
	kinds := []struct {
		name, kind string
		value      decimal.Decimal
	}{{"Solde comptable", "CLBD", a.Balance}, {"Solde à venir", "XPCD", a.Balance.Add(a.Coming)}}
	if isCard(a) {
		kinds[0].name, kinds[0].kind, kinds = "Encours", "OTHR", kinds[:1]
	}
	out := []any{}
	for _, k := range kinds {
		// Balances keep their sign: they have no indicator beside them.
		out = append(out, map[string]any{
			"name": k.name, "balanceAmount": map[string]string{"currency": a.Currency, "amount": testbank.Digits(k.value, a.Currency)},
			"balanceType": k.kind, "referenceDate": today,
		})
	}
	return out
}

// stetOne finds the account of a request's path.
func (s *Server) stetOne(r *stetRequest, count bool) (testbank.Account, error) {
	if count {
		if err := s.bank.Count(r.read, r.Request().URL.Path); err != nil {
			return testbank.Account{}, err
		}
	}
	list, err := s.bank.Listed(r.read)
	if err != nil {
		return testbank.Account{}, err
	}
	for _, a := range list {
		if resource(r.consent.ID, a.ID) == r.Param("account") {
			return a, nil
		}
	}
	return testbank.Account{}, &testbank.Refusal{Code: testbank.CodeNotFound, Message: "There is no such account."}
}

var errStetNotCovered = &fault{Status: http.StatusForbidden, Code: "CONSENT_INVALID", Text: "The consent does not cover this."}

func (s *Server) stetBalances(r *stetRequest) error {
	a, err := s.stetOne(r, true)
	if err != nil {
		return err
	}
	if !r.may(r.consent.MixedBalances, a) {
		return errStetNotCovered
	}
	return r.hal(http.StatusOK, map[string]any{"balances": s.stetBalanceList(a), "_links": map[string]any{
		"self": r.link("/accounts/" + r.Param("account") + "/balances"), "parent-list": r.link("/accounts"),
	}})
}

func (s *Server) stetTransactions(r *stetRequest) error {
	page, err := strconv.Atoi(orElse(r.QueryParam("page"), "0"))
	if err != nil || page < 0 {
		return &fault{Status: http.StatusBadRequest, Code: "FORMAT_ERROR", Text: "page is no number."}
	}
	var bounds [2]time.Time
	for i, name := range []string{"dateFrom", "dateTo"} {
		if v := r.QueryParam(name); v != "" {
			t, err := time.Parse(time.DateOnly, v)
			if err != nil {
				if t, err = time.Parse(time.RFC3339, v); err != nil {
					return &fault{Status: http.StatusBadRequest, Code: "FORMAT_ERROR", Text: name + " is no date."}
				}
			}
			bounds[i] = t
		}
	}
	a, err := s.stetOne(r, page == 0)
	if err != nil {
		return err
	}
	if !r.may(r.consent.MixedTransactions, a) {
		return errStetNotCovered
	}
	list, err := s.bank.Movements(r.read, a.ID, bounds[0], bounds[1])
	if err != nil {
		return err
	}
	if after := r.QueryParam("afterEntryReference"); after != "" {
		// Newest first: what comes after a movement stands before it.
		i := slices.IndexFunc(list, func(m testbank.Movement) bool { return m.ID == after })
		if i < 0 {
			return &testbank.Refusal{Code: testbank.CodeNotFound, Message: "There is no such movement."}
		}
		list = list[:i]
	}
	if len(list) == 0 {
		return r.NoContent(http.StatusNoContent)
	}
	return r.hal(http.StatusOK, s.stetPage(r, list, page))
}

// stetPage is a page of movements.
func (s *Server) stetPage(r *stetRequest, list []testbank.Movement, page int) map[string]any {
	at := func(n int) map[string]any {
		q := url.Values{}
		for name, v := range r.QueryParams() {
			q[name] = v
		}
		q.Set("page", strconv.Itoa(n))
		return r.link("/accounts/" + r.Param("account") + "/transactions?" + q.Encode())
	}
	last := (len(list) - 1) / s.page
	start := min(page*s.page, len(list))
	part := list[start:min(start+s.page, len(list))]
	links := map[string]any{"self": at(page), "parent-list": r.link("/accounts"), "first": at(0), "last": at(last)}
	if page < last {
		links["next"] = at(page + 1)
	}
	if page > 0 {
		links["prev"] = at(page - 1)
	}
	out := make([]any, 0, len(part))
	for _, m := range part {
		out = append(out, stetMovement(m))
	}
	return map[string]any{"transactions": out, "_links": links}
}

func stetMovement(m testbank.Movement) map[string]any {
	amount, side := stetAmount(m.Amount, m.Currency)
	out := map[string]any{
		"resourceId": m.ID, "entryReference": m.ID, "transactionAmount": amount, "creditDebitIndicator": side, "status": "BOOK",
		"bookingDate": m.Date.Format(time.DateOnly), "valueDate": m.ValueDate.Format(time.DateOnly), "transactionDate": m.Date.Format(time.DateOnly),
	}
	if m.Pending {
		out["status"] = "PDNG"
		delete(out, "bookingDate")
		delete(out, "valueDate")
	}
	lines := []string{}
	for _, line := range []string{m.Label, m.Memo} {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, cut(line, 140))
		}
	}
	out["remittanceInformation"] = lines
	return out
}

// stetIdentity tells who the customer is; in the mixed model only where PUT /consents said so.
func (s *Server) stetIdentity(r *stetRequest) error {
	if r.mixed && !r.consent.MixedIdentity {
		return errStetNotCovered
	}
	if r.consent.Status != sandboxbank.Valid {
		return &testbank.Refusal{Code: testbank.CodeConsentRevoked, Message: "The consent has ended."}
	}
	return r.hal(http.StatusOK, map[string]any{"connectedPsu": r.consent.Owner, "_links": map[string]any{
		"self": r.link("/end-user-identity"), "parent-list": r.link("/accounts"),
	}})
}
