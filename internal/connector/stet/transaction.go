package stet

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/protocol/wire"
)

// wireTransaction is Transaction, as far as it is read. Parties, the expected day and further statuses came with later versions.
type wireTransaction struct {
	EntryReference string     `json:"entryReference"`
	Amount         amount     `json:"transactionAmount"`
	Indicator      string     `json:"creditDebitIndicator"`
	Status         string     `json:"status"`
	Booking        string     `json:"bookingDate"`
	Expected       string     `json:"expectedBookingDate"`
	Value          string     `json:"valueDate"`
	Happened       string     `json:"transactionDate"`
	Remittance     remittance `json:"remittanceInformation"`
	Parties        *struct {
		Debtor   *party `json:"debtor"`
		Creditor *party `json:"creditor"`
	} `json:"relatedParties"`
}

type party struct {
	Name string `json:"name"`
}

// remittance is what was written with a payment: a list of lines, one line, or, in later versions, lists by kind.
type remittance []string

// UnmarshalJSON implements json.Unmarshaler.
func (r *remittance) UnmarshalJSON(raw []byte) error {
	var line string
	var lines []string
	var kinds struct {
		Unstructured []string `json:"unstructured"`
		Structured   []struct {
			Reference struct {
				Reference string `json:"reference"`
			} `json:"creditorReferenceInformation"`
		} `json:"structured"`
	}
	switch {
	case json.Unmarshal(raw, &lines) == nil:
		*r = lines
	case json.Unmarshal(raw, &line) == nil:
		*r = remittance{line}
	case json.Unmarshal(raw, &kinds) == nil:
		*r = kinds.Unstructured
		for _, s := range kinds.Structured {
			*r = append(*r, s.Reference.Reference)
		}
	}
	return nil
}

// transaction reads a movement of an account; skip is true for one that is none. Charged is when a deferred card's list is charged.
func (w wireTransaction) transaction(card bool, charged *time.Time, now time.Time) (t bank.Transaction, skip bool, err error) {
	today := now.UTC().Truncate(24 * time.Hour)
	switch w.Status {
	case "INFO":
		return t, true, nil
	case "PDNG", "FUTR":
		t.Coming = true
	case "OTHR":
		t.Coming = w.Booking == ""
	}
	m, err := bank.ParseMoney(w.Amount.Amount, w.Amount.Currency)
	if err != nil || w.Indicator != "CRDT" && w.Indicator != "DBIT" {
		return t, false, wire.Protocol(errors.New("a movement without an amount, or without its direction"))
	}
	t.Value = bank.Money{Amount: signed(m.Amount, w.Indicator), Currency: m.Currency}
	t.ValueDate, t.RealDate = day(w.Value), day(w.Happened)
	t.Type = bank.TransactionUnknown
	if card {
		t.Type = bank.TransactionDeferredCard
		t.Coming = t.Coming || charged != nil && charged.After(today)
	}
	for _, d := range []*time.Time{day(w.Booking), t.RealDate, day(w.Expected), t.ValueDate, &today} {
		if d != nil {
			t.Date = *d
			break
		}
	}
	if w.Parties != nil {
		other := w.Parties.Debtor
		if w.Indicator == "DBIT" {
			other = w.Parties.Creditor
		}
		if other != nil {
			t.Counterparty = bank.CleanText(other.Name, 200)
		}
	}
	var lines []string
	for i, s := range w.Remittance {
		if s = bank.CleanText(s, 300); s != "" && i < 50 {
			lines = append(lines, s)
		}
	}
	if len(lines) == 0 {
		lines = []string{cmp.Or(t.Counterparty, w.Indicator)}
	}
	t.OriginalWording, t.Wording = strings.Join(lines, "\n"), cmp.Or(t.Counterparty, lines[0])
	return t, false, nil
}
