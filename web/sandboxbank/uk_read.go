package sandboxbank

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/sandboxbank"
	"passerelle/internal/testbank"
)

// ukReading is a read of a customer's data.
type ukReading struct {
	sandboxbank.Read

	consent sandboxbank.Consent
}

func (k ukReading) may(permissions ...string) bool {
	return slices.ContainsFunc(permissions, func(p string) bool { return slices.Contains(k.consent.Permissions, p) })
}

// ukReads checks that the consent holds one of the permissions, and counts the read where the customer is away.
func (s *Server) ukReads(r *ukRequest, count bool, permissions ...string) (ukReading, error) {
	k := ukReading{Read: sandboxbank.Read{
		Consent: r.grant.Consent, Client: r.grant.ClientID, Attended: r.Request().Header.Get("x-fapi-customer-ip-address") != "",
	}}
	var err error
	if k.consent, err = s.bank.Consent(k.Consent, k.Client); err != nil {
		return k, err
	}
	if !k.may(permissions...) {
		return k, &fault{Status: http.StatusForbidden, Code: ukMismatch, Text: "The consent does not permit this."}
	}
	if count {
		if err := s.bank.Count(k.Read, r.Request().URL.Path); err != nil {
			return k, err
		}
	}
	return k, s.slowly(r, k.consent.Slow)
}

// ukAnswer puts the envelope around data.
func (s *Server) ukAnswer(r *ukRequest, data any, links map[string]string, pages int) error {
	if links == nil {
		links = map[string]string{}
	}
	links["Self"] = s.at(r.Request().URL.RequestURI())
	meta := map[string]any{"TotalPages": max(pages, 1)}
	return r.JSON(http.StatusOK, map[string]any{"Data": data, "Links": links, "Meta": meta})
}

// The names of account types: 3.1's sub-types and ISO 20022's.
var (
	uk3Types = map[string]string{"card": "CreditCard", "livret_a": "Savings", "savings": "Savings", "livret_b": "Savings", "ldds": "Savings", "loan": "Loan"}
	uk4Types = map[string]string{"card": "CARD", "livret_a": "SVGS", "savings": "SVGS", "livret_b": "SVGS", "ldds": "SVGS", "loan": "LOAN"}
)

func (s *Server) ukAccountJSON(r *ukRequest, k ukReading, a testbank.Account) map[string]any {
	out := map[string]any{
		"AccountId": resource(k.Consent, a.ID), "Status": "Enabled", "Currency": a.Currency, "Nickname": cut(a.Name, 70), "Description": cut(a.Name, 35),
	}
	category := "Personal"
	if a.Usage == testbank.UsageOrganisation {
		category = "Business"
	}
	if r.v4 {
		out["AccountCategory"], out["AccountTypeCode"] = category, orElse(uk4Types[a.Type], "CACC")
	} else {
		out["AccountType"], out["AccountSubType"] = category, orElse(uk3Types[a.Type], "CurrentAccount")
	}
	if !k.may("ReadAccountsDetail") {
		return out
	}
	scheme, id := "UK.OBIE.IBAN", a.IBAN
	switch {
	case isCard(a):
		scheme, id = "UK.OBIE.PAN", sandboxbank.MaskedPAN(a)
	case id == "":
		scheme, id = "UK.OBIE.BBAN", a.Number
	}
	out["Account"] = []any{map[string]string{"SchemeName": scheme, "Identification": id, "Name": cut(a.Owner, 350)}}
	out["Servicer"] = map[string]string{"SchemeName": "UK.OBIE.BICFI", "Identification": s.bank.People().Identity().BIC}
	return out
}

func orElse(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}

func (s *Server) ukAccounts(r *ukRequest) error {
	k, err := s.ukReads(r, true, "ReadAccountsBasic", "ReadAccountsDetail")
	if err != nil {
		return err
	}
	list, err := s.bank.Accounts(k.Read)
	if err != nil {
		return err
	}
	out := []any{}
	for _, a := range list {
		out = append(out, s.ukAccountJSON(r, k, a))
	}
	return s.ukAnswer(r, map[string]any{"Account": out}, nil, 1)
}

// ukOnes finds the account of a request's path, or all where it names none.
func (s *Server) ukOnes(r *ukRequest, k ukReading) ([]testbank.Account, error) {
	list, err := s.bank.Listed(k.Read)
	if err != nil || r.Param("account") == "" {
		return list, err
	}
	for _, a := range list {
		if resource(k.Consent, a.ID) == r.Param("account") {
			return []testbank.Account{a}, nil
		}
	}
	return nil, &testbank.Refusal{Code: testbank.CodeNotFound, Message: "There is no such account."}
}

func (s *Server) ukAccount(r *ukRequest) error {
	k, err := s.ukReads(r, true, "ReadAccountsBasic", "ReadAccountsDetail")
	if err != nil {
		return err
	}
	list, err := s.ukOnes(r, k)
	if err != nil {
		return err
	}
	return s.ukAnswer(r, map[string]any{"Account": []any{s.ukAccountJSON(r, k, list[0])}}, nil, 1)
}

type ukMoney struct{ Amount, Currency string }

func (s *Server) ukBalances(r *ukRequest) error {
	k, err := s.ukReads(r, true, "ReadBalances")
	if err != nil {
		return err
	}
	list, err := s.ukOnes(r, k)
	if err != nil {
		return err
	}
	booked, expected := "InterimBooked", "Expected"
	if r.v4 {
		booked, expected = "ITBD", "XPCD"
	}
	out := []any{}
	for _, a := range list {
		entries := map[string]testbank.Account{booked: a}
		if !a.Coming.IsZero() {
			later := a
			later.Balance = a.Balance.Add(a.Coming)
			entries[expected] = later
		}
		for _, kind := range []string{booked, expected} {
			if e, ok := entries[kind]; ok {
				value, side := sign(e.Balance, "Credit", "Debit")
				out = append(out, map[string]any{
					"AccountId": resource(k.Consent, a.ID), "CreditDebitIndicator": side, "Type": kind, "DateTime": s.bank.Now().Format(time.RFC3339),
					"Amount": ukMoney{testbank.Digits(value, a.Currency), a.Currency},
				})
			}
		}
	}
	return s.ukAnswer(r, map[string]any{"Balance": out}, nil, 1)
}

func (s *Server) ukParty(r *ukRequest) error {
	permission := "ReadPartyPSU"
	if r.Param("account") != "" {
		permission = "ReadParty"
	}
	k, err := s.ukReads(r, true, permission)
	if err != nil {
		return err
	}
	list, err := s.ukOnes(r, k)
	if err != nil {
		return err
	}
	name := k.consent.Owner
	if r.Param("account") != "" {
		name = list[0].Owner
	}
	// The customer's number is the same in each consent: it is how one knows that two are the same person's.
	party := map[string]any{"PartyId": resource("party", k.consent.Login), "PartyType": "Sole", "Name": cut(name, 350), "FullLegalName": cut(name, 350)}
	return s.ukAnswer(r, map[string]any{"Party": party}, nil, 1)
}

// ukRange reads a bound of the movements wished for.
func ukRange(r *ukRequest, name string) (time.Time, error) {
	v := r.QueryParam(name)
	if v == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, ukWrong(ukDate, name, name+" is no time.")
}

func (s *Server) ukTransactions(r *ukRequest) error {
	page, err := strconv.Atoi(orElse(r.QueryParam("page"), "0"))
	if err != nil || page < 0 {
		return ukWrong(ukInvalid, "page", "page is no number.")
	}
	k, err := s.ukReads(r, page == 0, "ReadTransactionsBasic", "ReadTransactionsDetail")
	if err != nil {
		return err
	}
	from, err := ukRange(r, "fromBookingDateTime")
	if err != nil {
		return err
	}
	to, err := ukRange(r, "toBookingDateTime")
	if err != nil {
		return err
	}
	// Outside of the consent's bounds there is nothing (Data.TransactionFromDateTime).
	if k.consent.From.After(from) {
		from = k.consent.From
	}
	if !k.consent.To.IsZero() && (to.IsZero() || k.consent.To.Before(to)) {
		to = k.consent.To
	}
	list, err := s.ukOnes(r, k)
	if err != nil {
		return err
	}
	a := list[0]
	movements, err := s.bank.Movements(k.Read, a.ID, from.Truncate(24*time.Hour), to)
	if err != nil {
		return err
	}
	movements = slices.DeleteFunc(movements, func(m testbank.Movement) bool {
		if m.Amount.IsNegative() {
			return !k.may("ReadTransactionsDebits")
		}
		return !k.may("ReadTransactionsCredits")
	})
	pages := (len(movements) + s.page - 1) / s.page
	start := min(page*s.page, len(movements))
	part := movements[start:min(start+s.page, len(movements))]
	out := make([]any, 0, len(part))
	for _, m := range part {
		out = append(out, ukMovement(r, k, a, m, s.bank.Now()))
	}
	return s.ukAnswer(r, map[string]any{"Transaction": out}, s.ukPages(r, page, pages), pages)
}

// ukPages are the links between pages.
func (s *Server) ukPages(r *ukRequest, page, pages int) map[string]string {
	at := func(n int) string {
		q := url.Values{}
		for name, v := range r.QueryParams() {
			q[name] = v
		}
		q.Set("page", strconv.Itoa(n))
		return s.at(r.Request().URL.Path + "?" + q.Encode())
	}
	links := map[string]string{"First": at(0), "Last": at(max(pages-1, 0))}
	if page+1 < pages {
		links["Next"] = at(page + 1)
	}
	if page > 0 {
		links["Prev"] = at(page - 1)
	}
	return links
}

func ukMovement(r *ukRequest, k ukReading, a testbank.Account, m testbank.Movement, now time.Time) map[string]any {
	value, side := sign(m.Amount, "Credit", "Debit")
	status, booked := "Booked", m.Date
	if m.Pending {
		status = "Pending"
		if booked.After(now) {
			booked = now
		}
	}
	if r.v4 {
		status = map[string]string{"Booked": "BOOK", "Pending": "PDNG"}[status]
	}
	out := map[string]any{
		"AccountId": resource(k.Consent, a.ID), "TransactionId": m.ID, "CreditDebitIndicator": side, "Status": status,
		"BookingDateTime": booked.Format(time.RFC3339), "Amount": ukMoney{testbank.Digits(value, m.Currency), m.Currency},
	}
	if !m.Pending {
		out["ValueDateTime"] = m.ValueDate.Format(time.RFC3339)
	}
	if m.Type != "" {
		out["ProprietaryBankTransactionCode"] = map[string]string{"Code": cut(m.Type, 35), "Issuer": "Sandbox Bank"}
	}
	if !k.may("ReadTransactionsDetail") {
		return out
	}
	if text := cut(strings.TrimSpace(m.Label+" "+m.Memo), 500); text != "" {
		out["TransactionInformation"] = text
	}
	if m.Reference != "" {
		out["TransactionReference"] = cut(m.Reference, 210)
	}
	if m.Counterparty != "" {
		out["MerchantDetails"] = map[string]string{"MerchantName": cut(m.Counterparty, 350)}
	}
	return out
}
