package enablebanking

import (
	"encoding/json"
	"testing"
	"time"

	"passerelle/internal/connector"
)

// FuzzRead reads whatever an aggregator may send: nothing of it may panic, and what is taken is fit to keep.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"account_id":{"iban":"FI21 1234 5600 0007 85","other":null},"uid":"u","identification_hash":"h","cash_account_type":"CACC","currency":"EUR","name":"A"}`),
		[]byte(`[{"balance_amount":{"amount":"-1.5","currency":"EUR"},"balance_type":"CLBD"}]`),
		[]byte(`{"transaction_amount":{"amount":"1","currency":"EUR"},"credit_debit_indicator":"DBIT","status":"BOOK","booking_date":"2025-01-02","remittance_information":["a","b"]}`))
	f.Add([]byte(`{"uid":"u","identification_hash":"h","all_account_ids":[{"identification":"1","scheme_name":"BBAN"}]}`), []byte(`[]`), []byte(`{}`))
	today := time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, rawAccount, rawBalances, rawTransaction []byte) {
		var w wireAccount
		var balances []wireBalance
		_ = json.Unmarshal(rawBalances, &balances)
		if json.Unmarshal(rawAccount, &w) == nil {
			if a, ok := w.keep(); ok {
				got, err := a.account(balances)
				if err == nil && (got.Name == "" || got.Type == "" || len(got.Balance.Currency) != 3) {
					t.Errorf("an account without name, type or currency: %+v", got)
				}
			}
		}
		var m wireTransaction
		if json.Unmarshal(rawTransaction, &m) == nil {
			got, skip, err := m.transaction("CACC", today)
			if err == nil && !skip && (got.OriginalWording == "" || got.Type == "" || got.Date.IsZero() || len(got.Value.Currency) != 3) {
				t.Errorf("a movement without wording, type, date or currency: %+v", got)
			}
		}
	})
}

// FuzzEntry makes entries and their fields of whatever the aggregator calls a bank.
func FuzzEntry(f *testing.F) {
	f.Add([]byte(`{"name":"Nordea","country":"FI","psu_types":["personal"],"auth_methods":[{"name":"M","psu_type":"personal","approach":"REDIRECT","credentials":[{"name":"userId","title":"User","required":true,"template":"^\\d{8}$"}]}]}`))
	f.Add([]byte(`{"name":"N","country":"FI","sandbox":{},"group":{"name":"G"},"bic":"x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var w wireASPSP
		if json.Unmarshal(raw, &w) != nil {
			return
		}
		e, ok, err := w.entry()
		if err != nil || !ok {
			return
		}
		if _, err := configOf(connector.Institution{Name: e.Name, Settings: e.Settings}); err != nil {
			t.Errorf("the settings that were made cannot be read: %v", err)
		}
		for _, field := range e.Fields {
			if field.Name == "" || field.Label.In("en") == "" {
				t.Errorf("field = %+v", field)
			}
		}
	})
}
