package sandboxbank

import (
	"crypto/sha256"
	"encoding/hex"
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

// reading checks the consent of a read, and counts it where the customer is away.
func (s *Server) reading(r *bgRequest, count bool) (sandboxbank.Read, sandboxbank.Consent, error) {
	id := r.Request().Header.Get("Consent-ID")
	read := sandboxbank.Read{Consent: id, Client: r.client, Attended: r.attended()}
	if id == "" {
		return read, sandboxbank.Consent{}, format("Consent-ID", "Consent-ID is missing.")
	}
	if r.f.OAuth && (r.bearer == nil || r.bearer.Consent != id) {
		return read, sandboxbank.Consent{}, &fault{Status: http.StatusUnauthorized, Code: "TOKEN_INVALID", Text: "The access token is not the one of this consent."}
	}
	c, err := s.bank.Consent(id, r.client)
	if err == nil && c.Protocol != sandboxbank.BerlinGroup {
		err = &fault{Status: http.StatusForbidden, Code: "CONSENT_UNKNOWN", Text: "There is no such consent."}
	}
	if err == nil && count {
		err = s.bank.Count(read, r.Request().URL.Path)
	}
	if err == nil {
		err = s.slowly(r, c.Slow)
	}
	return read, c, err
}

// resource is what an account is called in a consent: another id in each.
func resource(consent, account string) string {
	sum := sha256.Sum256([]byte(consent + " " + account))
	return hex.EncodeToString(sum[:12])
}

func isCard(a testbank.Account) bool { return a.Type == "card" }

// referenceTo is how third parties name an account.
func referenceTo(a testbank.Account) accountReference {
	switch {
	case isCard(a):
		return accountReference{MaskedPAN: sandboxbank.MaskedPAN(a), Currency: a.Currency}
	case a.IBAN != "":
		return accountReference{IBAN: a.IBAN, Currency: a.Currency}
	}
	return accountReference{BBAN: a.Number, Currency: a.Currency}
}

// covered says whether a list of a dedicated consent names an account; other consents name all.
func covered(c sandboxbank.Consent, list []string, a testbank.Account) bool {
	if c.Everything || c.Offered {
		return !c.ListOnly
	}
	return slices.ContainsFunc(list, func(ref string) bool { return sandboxbank.Refers(ref, a) })
}

func mayBalances(c sandboxbank.Consent, a testbank.Account) bool {
	return covered(c, c.Balances, a) || c.WithBalances
}

func mayTransactions(c sandboxbank.Consent, a testbank.Account) bool {
	return covered(c, c.Transactions, a)
}

// cashTypes are the ISO 20022 types of the accounts' types; what is not listed is a current account.
var cashTypes = map[string]string{"livret_a": "SVGS", "savings": "SVGS", "livret_b": "SVGS", "ldds": "SVGS", "card": "CARD", "loan": "LOAN"}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// bgAccountJSON is an account as this consent shows it.
func (s *Server) bgAccountJSON(r *bgRequest, c sandboxbank.Consent, a testbank.Account, balances bool) map[string]any {
	id := resource(c.ID, a.ID)
	root := "/accounts/"
	out := map[string]any{"resourceId": id, "currency": a.Currency, "name": cut(a.Name, 70), "product": a.Type, "status": "enabled", "usage": a.Usage}
	ref := referenceTo(a)
	switch {
	case isCard(a):
		root = "/card-accounts/"
		out["maskedPan"] = ref.MaskedPAN
	default:
		out["cashAccountType"], out["bic"] = "CACC", s.bank.People().Identity().BIC
		if t := cashTypes[a.Type]; t != "" {
			out["cashAccountType"] = t
		}
		if out["iban"] = ref.IBAN; ref.IBAN == "" {
			delete(out, "iban")
			out["bban"] = ref.BBAN
		}
	}
	if c.OwnerName {
		out["ownerName"] = cut(a.Owner, 140)
	}
	links := map[string]any{}
	if mayBalances(c, a) {
		links["balances"] = s.link(r.f, root+id+"/balances")
		if balances {
			out["balances"] = balancesOf(a)
		}
	}
	if mayTransactions(c, a) {
		links["transactions"] = s.link(r.f, root+id+"/transactions")
	}
	out["_links"] = links
	return out
}

type amountJSON struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

func amountOf(d decimal.Decimal, currency string) amountJSON {
	return amountJSON{Currency: currency, Amount: testbank.Digits(d, currency)}
}

func balancesOf(a testbank.Account) []any {
	kind := "closingBooked"
	if isCard(a) {
		kind = "interimBooked"
	}
	out := []any{map[string]any{"balanceAmount": amountOf(a.Balance, a.Currency), "balanceType": kind}}
	if !a.Coming.IsZero() {
		out = append(out, map[string]any{"balanceAmount": amountOf(a.Balance.Add(a.Coming), a.Currency), "balanceType": "expected"})
	}
	return out
}

func (s *Server) bgAccounts(r *bgRequest, cards bool) error {
	read, c, err := s.reading(r, true)
	if err != nil {
		return err
	}
	// The list of accounts is what the core system counts as one reading; that of cards goes along with it.
	lists := s.bank.Accounts
	if cards {
		lists = s.bank.Listed
	}
	list, err := lists(read)
	if err != nil {
		return err
	}
	out := []any{}
	for _, a := range list {
		if isCard(a) == cards {
			out = append(out, s.bgAccountJSON(r, c, a, r.QueryParam("withBalance") == "true"))
		}
	}
	if cards {
		return r.JSON(http.StatusOK, map[string]any{"cardAccounts": out})
	}
	return r.JSON(http.StatusOK, map[string]any{"accounts": out})
}

// bgOne finds the account of a request's path.
func (s *Server) bgOne(r *bgRequest, cards, count bool) (testbank.Account, sandboxbank.Consent, sandboxbank.Read, error) {
	read, c, err := s.reading(r, count)
	if err != nil {
		return testbank.Account{}, c, read, err
	}
	list, err := s.bank.Listed(read)
	if err != nil {
		return testbank.Account{}, c, read, err
	}
	for _, a := range list {
		if resource(c.ID, a.ID) == r.Param("account") && isCard(a) == cards {
			return a, c, read, nil
		}
	}
	return testbank.Account{}, c, read, &testbank.Refusal{Code: testbank.CodeNotFound, Message: "There is no such account."}
}

func (s *Server) bgAccount(r *bgRequest, cards bool) error {
	a, c, _, err := s.bgOne(r, cards, true)
	if err != nil {
		return err
	}
	out := s.bgAccountJSON(r, c, a, r.QueryParam("withBalance") == "true")
	if cards {
		return r.JSON(http.StatusOK, map[string]any{"cardAccount": out})
	}
	return r.JSON(http.StatusOK, map[string]any{"account": out})
}

var errNotCovered = &fault{Status: http.StatusUnauthorized, Code: "CONSENT_INVALID", Text: "The consent does not cover this."}

func (s *Server) bgBalances(r *bgRequest, cards bool) error {
	a, c, _, err := s.bgOne(r, cards, true)
	if err != nil {
		return err
	}
	if !mayBalances(c, a) {
		return errNotCovered
	}
	out := map[string]any{"account": referenceTo(a), "balances": balancesOf(a)}
	if cards {
		out["cardAccount"] = out["account"]
		delete(out, "account")
	}
	return r.JSON(http.StatusOK, out)
}

// bgQuery is what a read of movements asks for.
type bgQuery struct {
	status   string
	from, to time.Time
	page     int
	size     int
}

func (s *Server) bgQuery(r *bgRequest) (q bgQuery, err error) {
	q = bgQuery{status: r.QueryParam("bookingStatus"), size: s.page}
	if !slices.Contains([]string{"booked", "pending", "both", "all", "information"}, q.status) {
		return q, format("bookingStatus", "bookingStatus is missing or unknown.")
	}
	for name, into := range map[string]*time.Time{"dateFrom": &q.from, "dateTo": &q.to} {
		if v := r.QueryParam(name); v != "" {
			if *into, err = time.Parse(time.DateOnly, v); err != nil {
				return q, format(name, name+" is no date.")
			}
		}
	}
	if q.from.IsZero() && q.status != "pending" && q.status != "information" {
		return q, format("dateFrom", "dateFrom is missing.")
	}
	if !q.to.IsZero() && q.to.Before(q.from) {
		return q, &fault{Status: http.StatusBadRequest, Code: "PERIOD_INVALID", Text: "dateTo lies before dateFrom.", Path: "dateTo"}
	}
	for name, into := range map[string]*int{"pageIndex": &q.page, "itemsPerPage": &q.size} {
		if v := r.QueryParam(name); v != "" {
			if *into, err = strconv.Atoi(v); err != nil || *into < 0 {
				return q, format(name, name+" is no number.")
			}
		}
	}
	q.size = min(max(q.size, 1), s.page)
	if r.QueryParam("entryReferenceFrom") != "" || r.QueryParam("deltaList") == "true" {
		return q, &fault{Status: http.StatusBadRequest, Code: "PARAMETER_NOT_SUPPORTED", Text: "Delta reports are not supported."}
	}
	return q, nil
}

func (s *Server) bgTransactions(r *bgRequest, cards bool) error {
	q, err := s.bgQuery(r)
	if err != nil {
		return err
	}
	a, c, read, err := s.bgOne(r, cards, q.page == 0)
	if err != nil {
		return err
	}
	if !mayTransactions(c, a) {
		return errNotCovered
	}
	form := r.f.Statement
	if form == "" && !cards {
		form = accepted(r.Request().Header.Get("Accept"), q.status)
	}
	if form == "none" {
		return &fault{Status: http.StatusNotAcceptable, Code: "REQUESTED_FORMATS_INVALID", Text: "The bank has application/json, application/xml and text/plain."}
	}
	list, err := s.bank.Movements(read, a.ID, q.from, q.to)
	if err != nil {
		return err
	}
	booked := slices.DeleteFunc(slices.Clone(list), func(m testbank.Movement) bool { return m.Pending })
	pending := list[:len(list)-len(booked)]
	switch form {
	case camt052, camt053:
		raw, err := camt(form, a, s.bank, booked, pending)
		if err != nil {
			return err
		}
		return r.Blob(http.StatusOK, "application/xml", raw)
	case mt940:
		return r.Blob(http.StatusOK, "text/plain; charset=utf-8", swift(a, s.bank, booked))
	}
	return r.JSON(http.StatusOK, s.bgReport(r, a, c, q, booked, pending))
}

// bgReport is a page of movements in JSON.
func (s *Server) bgReport(r *bgRequest, a testbank.Account, c sandboxbank.Consent, q bgQuery, booked, pending []testbank.Movement) map[string]any {
	root, item := "/accounts/", bgMovement
	if isCard(a) {
		root, item = "/card-accounts/", bgCardMovement
	}
	id := resource(c.ID, a.ID)
	links := map[string]any{"account": s.link(r.f, root+id)}
	report := map[string]any{"_links": links}
	if q.status != "pending" && q.status != "information" {
		from := min(q.page*q.size, len(booked))
		part := booked[from:min(from+q.size, len(booked))]
		report["booked"] = listOf(r.f, part, item)
		at := func(page int) map[string]string {
			v := url.Values{}
			for name, values := range r.QueryParams() {
				v[name] = values
			}
			v.Set("pageIndex", strconv.Itoa(page))
			return s.link(r.f, root+id+"/transactions?"+v.Encode())
		}
		if from+len(part) < len(booked) {
			links["next"] = at(q.page + 1)
		}
		if q.page > 0 {
			links["first"], links["previous"] = at(0), at(q.page-1)
		}
	}
	if q.status != "booked" && q.status != "information" && q.page == 0 {
		report["pending"] = listOf(r.f, pending, item)
	}
	if q.status == "information" || q.status == "all" && q.page == 0 && !isCard(a) {
		report["information"] = []any{}
	}
	out := map[string]any{"account": referenceTo(a), "transactions": report}
	if r.QueryParam("withBalance") == "true" && mayBalances(c, a) {
		out["balances"] = balancesOf(a)
	}
	if isCard(a) {
		out["cardAccount"], out["cardTransactions"] = out["account"], report
		delete(out, "account")
		delete(out, "transactions")
	}
	return out
}

func listOf(f *Flavour, list []testbank.Movement, item func(*Flavour, testbank.Movement) map[string]any) []any {
	out := make([]any, 0, len(list))
	for _, m := range list {
		out = append(out, item(f, m))
	}
	return out
}

// bgMovement is a movement of an account.
func bgMovement(f *Flavour, m testbank.Movement) map[string]any {
	out := map[string]any{
		"transactionAmount": amountOf(m.Amount, m.Currency), "remittanceInformationUnstructured": cut(strings.TrimSpace(m.Label+" "+m.Memo), 140),
		"proprietaryBankTransactionCode": cut(m.Type, 35),
	}
	if m.Type == "" {
		delete(out, "proprietaryBankTransactionCode")
	}
	if !f.NoIDs {
		out["transactionId"] = m.ID
	}
	if !m.Pending {
		out["bookingDate"], out["valueDate"] = m.Date.Format(time.DateOnly), m.ValueDate.Format(time.DateOnly)
		if !f.NoIDs {
			out["entryReference"] = m.ID
		}
	}
	if m.Reference != "" {
		out["endToEndId"] = cut(m.Reference, 35)
	}
	if m.Counterparty != "" {
		side := "creditorName"
		if m.Amount.IsPositive() {
			side = "debtorName"
		}
		out[side] = cut(m.Counterparty, 70)
	}
	return out
}

// bgCardMovement is a movement of a card account.
func bgCardMovement(f *Flavour, m testbank.Movement) map[string]any {
	out := map[string]any{
		"transactionAmount": amountOf(m.Amount, m.Currency), "transactionDetails": cut(m.Label, 1000), "transactionDate": m.Date.Format(time.DateOnly),
		"proprietaryBankTransactionCode": cut(m.Type, 35),
	}
	if !f.NoIDs {
		out["cardTransactionId"] = m.ID
	}
	if !m.Pending {
		out["bookingDate"] = m.Date.Format(time.DateOnly)
	}
	return out
}
