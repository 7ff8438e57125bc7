package stettest

import (
	"fmt"
	"time"
)

// account is what the bank knows of an account.
type account struct {
	id, iban, pan, linked, name, kind, currency, balance, instant string
}

// accountsOf are a login's: two accounts, and one deferred card with the lists of two months.
func accountsOf(login string) []account {
	if login == "no_accounts" {
		return nil
	}
	const current = "FR7630006000011234567890189"
	return []account{
		{id: "Alias1", iban: current, name: "Compte de Mme Dupont", kind: "CACC", currency: "EUR", balance: "1234.56", instant: "1200.06"},
		{id: "Alias 2", iban: "FR1420041010050500013M02606", name: "Livret de Mme Dupont", kind: "CACC", currency: "EUR", balance: "-10", instant: "-10"},
		{id: "Card-05", pan: "4974 12XX XXXX 3456", linked: current, name: "CB Visa Mme Dupont 31/05/2025", kind: "CARD", currency: "EUR", balance: "-120.00"},
		{id: "Card-06", pan: "4974 12XX XXXX 3456", linked: current, name: "CB Visa Mme Dupont 30/06/2025", kind: "CARD", currency: "EUR", balance: "-45.50"},
	}
}

// movements are an account's, newest first: one every other day, amounts without a sign.
func (a account) movements(from, today time.Time) []map[string]any {
	out := []map[string]any{}
	money := func(v string) map[string]string { return map[string]string{"currency": a.currency, "amount": v} }
	if a.kind == "CACC" {
		out = append(out, map[string]any{
			"resourceId": "P1", "transactionAmount": money("34.50"), "creditDebitIndicator": "DBIT", "status": "PDNG", "bookingDate": today.Format(time.DateOnly),
			"transactionDate": today.Format(time.DateOnly), "remittanceInformation": []string{"CARTE MONOPRIX"},
		})
	}
	for n := 1; ; n++ {
		day := today.AddDate(0, 0, -2*n)
		if day.Before(from) {
			return out
		}
		if a.kind == "CARD" && day.Month().String() != map[string]string{"Card-05": "May", "Card-06": "June"}[a.id] {
			continue
		}
		m := map[string]any{
			"entryReference": fmt.Sprintf("%s%d", a.id, day.Unix()/86400), "transactionAmount": money(fmt.Sprintf("%d.%02d", 2+n%60, n%100)), "creditDebitIndicator": "DBIT",
			"status": "BOOK", "bookingDate": day.Format(time.DateOnly), "valueDate": day.Format(time.DateOnly),
			"remittanceInformation": []string{fmt.Sprintf("PRLV SEPA EDF %d", n), "MANDAT 42"},
		}
		switch n % 6 {
		case 1:
			m["creditDebitIndicator"] = "CRDT"
			m["remittanceInformation"] = []string{"VIR SALAIRE"}
		case 2:
			// Without a reference, and twice on one day.
			if a.kind != "CARD" {
				delete(m, "entryReference")
				m["remittanceInformation"] = []string{"CB CAFE"}
				out = append(out, m)
			}
		case 3:
			m["remittanceInformation"] = map[string]any{"unstructured": []string{"VIR RECU"}, "structured": []any{}}
		}
		out = append(out, m)
	}
}
