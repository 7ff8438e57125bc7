package sandboxbank

import (
	"maps"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/testbank"
)

// ebTypes are bank transaction codes (ISO 20022) of the movements' types, sub-family and family.
var ebTypes = map[string][2]string{
	"card": {"POSD", "CCRD"}, "deferred_card": {"POSD", "CCRD"}, "withdrawal": {"CWDL", "CCRD"}, "order": {"ESDD", "RDDT"}, "check": {"CCHQ", "ICHQ"},
	"bank": {"CHRG", "MDOP"}, "deposit": {"CDPT", "CNTR"},
}

// kronor is what the old interface reckons a euro at, in its movements that were paid abroad.
var kronor = decimal.New(112, -1)

// movements are those of an account in the bank's way of telling them (Transaction).
func (b *AggregatedBank) movements(list []testbank.Movement, now time.Time) []map[string]any {
	out := make([]map[string]any, 0, len(list)+1)
	refused := b.old
	for _, m := range list {
		t := ebMovement(m, now)
		if b.old {
			b.age(t, m)
		}
		out = append(out, t)
		if refused && !m.Pending {
			// The bank did not carry it out, and tells of it all the same.
			t = maps.Clone(t)
			t["status"] = "RJCT"
			out = append(out, t)
			refused = false
		}
	}
	return out
}

// age tells a movement as the old interface does.
func (b *AggregatedBank) age(t map[string]any, m testbank.Movement) {
	delete(t, "entry_reference")
	t["transaction_amount"] = amountOf(m.Amount, m.Currency)
	if m.Type == "withdrawal" && m.Currency == "EUR" {
		t["exchange_rate"] = map[string]any{
			"unit_currency": "SEK", "exchange_rate": kronor.String(), "instructed_amount": amountOf(m.Amount.Abs().Mul(kronor).Round(2), "SEK"),
		}
	}
}

func ebMovement(m testbank.Movement, now time.Time) map[string]any {
	value, side := sign(m.Amount, "CRDT", "DBIT")
	day := m.Date.Format(time.DateOnly)
	t := map[string]any{
		"entry_reference": m.ID, "transaction_amount": amountOf(value, m.Currency), "credit_debit_indicator": side, "status": "BOOK",
		"booking_date": day, "value_date": m.ValueDate.Format(time.DateOnly), "transaction_date": day,
	}
	if m.Pending {
		t["status"] = "PDNG"
		delete(t, "booking_date")
		delete(t, "value_date")
		if m.Date.After(now) {
			// The card was used already: what lies ahead is its booking.
			t["transaction_date"] = now.Format(time.DateOnly)
		}
	}
	lines := []string{}
	for _, line := range []string{m.Label, m.Memo} {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, cut(line, 140))
		}
	}
	t["remittance_information"] = lines
	if m.Reference != "" {
		t["reference_number"] = cut(m.Reference, 35)
	}
	if m.Counterparty != "" {
		role := "creditor"
		if side == "CRDT" {
			role = "debtor"
		}
		t[role] = map[string]string{"name": cut(m.Counterparty, 140)}
	}
	code, known := ebTypes[m.Type]
	switch {
	case known:
		t["bank_transaction_code"] = map[string]string{"code": code[1], "sub_code": code[0], "description": m.Type}
	case m.Type == "transfer" && side == "CRDT":
		t["bank_transaction_code"] = map[string]string{"code": "RCDT", "sub_code": "ESCT", "description": m.Type}
	case m.Type == "transfer":
		t["bank_transaction_code"] = map[string]string{"code": "ICDT", "sub_code": "ESCT", "description": m.Type}
	}
	return t
}
