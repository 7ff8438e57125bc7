package external

import (
	"strings"
	"testing"
)

// TestForeignMoneyAndLoans reads what was paid in another currency and the terms of a loan, and refuses what they cannot be.
func TestForeignMoneyAndLoans(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, original, says string }{
		{"spent", `{"amount":"-14.00","currency":"USD"}`, ""},
		{"nothing", `{"amount":"0","currency":"USD"}`, ""},
		{"with the other sign", `{"amount":"14.00","currency":"USD"}`, "another sign"},
		{"in the same currency", `{"amount":"-14.00","currency":"EUR"}`, "currency of its amount"},
		{"no amount", `{"amount":"much","currency":"USD"}`, "no plain decimal"},
		{"no currency", `{"amount":"-14.00","currency":"dollars"}`, "no plain decimal"},
		{"unknown member", `{"amount":"-14.00","currency":"USD","rate":"1"}`, "rate"},
	} {
		var m transaction
		err := strictly([]byte(`{"date":"2026-01-31","amount":"-12.30","currency":"EUR","wording":"x","original":`+tt.original+`}`), &m)
		if err == nil {
			got, failed := m.transaction()
			if err = failed; err == nil && (got.Original == nil || got.Original.Currency != "USD") {
				t.Errorf("%s: it is kept as %v", tt.name, got.Original)
			}
		}
		said(t, tt.name, err, tt.says)
	}
	for _, tt := range []struct{ name, loan, says string }{
		{"the total alone", `{"total_amount":"180000"}`, ""},
		{"all", `{"total_amount":"180000","rate":"1.85","subscription_date":"2021-01-31","maturity_date":"2041-01-31","next_payment_amount":"900.10","next_payment_date":"2026-02-28"}`, ""},
		{"no total", `{"total_amount":""}`, "total_amount"},
		{"a rate in words", `{"total_amount":"1","rate":"low"}`, "rate"},
		{"a day that is none", `{"total_amount":"1","maturity_date":"2041"}`, "2026-01-31"},
	} {
		var a account
		err := strictly([]byte(`{"key":"12345678","name":"Loan","type":"loan","balance":"-1","currency":"CHF","loan":`+tt.loan+`}`), &a)
		if err == nil {
			got, failed := a.account()
			if err = failed; err == nil && (got.Loan == nil || got.Loan.TotalAmount.String() != "180000") {
				t.Errorf("%s: it is kept as %+v", tt.name, got.Loan)
			}
			if err == nil && tt.name == "all" && (got.Loan.Rate.String() != "1.85" || got.Loan.NextPaymentAmount.String() != "900.1" || got.Loan.MaturityDate != "2041-01-31") {
				t.Errorf("%s: it is kept as %+v", tt.name, got.Loan)
			}
		}
		said(t, tt.name, err, tt.says)
	}
}

// said fails where an error is not the one expected.
func said(t *testing.T, name string, err error, says string) {
	t.Helper()
	if (says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v, want %q", name, err, says)
	}
}
