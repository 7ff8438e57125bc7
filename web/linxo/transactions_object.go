package linxo

import (
	"cmp"
	"encoding/json"
	"strings"

	"passerelle/internal/bank"
)

// transactionObject is a movement. What is absent has no value: never null. Version 3 says the amount with its currency, and what the
// vendor's enrichment makes of label, date and category in a member of its own.
type transactionObject struct {
	ID                    string            `json:"id"`
	AccountID             string            `json:"account_id"`
	Amount                any               `json:"amount"`
	Currency              string            `json:"currency,omitempty"`
	Label                 string            `json:"label,omitempty"`
	Notes                 string            `json:"notes,omitempty"`
	Type                  transactionType   `json:"type"`
	Origin                origin            `json:"origin"`
	CategoryID            string            `json:"category_id,omitempty"`
	Date                  json.RawMessage   `json:"date,omitempty"`
	ImportDate            json.RawMessage   `json:"import_date"`
	ValueDate             json.RawMessage   `json:"value_date,omitempty"`
	BookingDate           json.RawMessage   `json:"booking_date,omitempty"`
	TransactionDate       json.RawMessage   `json:"transaction_date,omitempty"`
	Status                movementStatus    `json:"status"`
	RemittanceInformation []string          `json:"remittance_information,omitempty"`
	Source                *sourceObject     `json:"source,omitempty"`
	Enrichments           *enrichmentObject `json:"enrichments,omitempty"`
}

// sourceObject is what the bank wrote.
type sourceObject struct {
	Label string `json:"label"`
}

type enrichmentObject struct {
	DisplayLabel string          `json:"display_label,omitempty"`
	Date         json.RawMessage `json:"date"`
	CategoryID   string          `json:"category_id"`
}

// newTransaction renders a movement. Its date is the one that its client set, else the bank's.
func newTransaction(v Version, t *bank.Transaction) transactionObject {
	o := transactionObject{
		ID: number(t.ID), AccountID: number(t.AccountID), Amount: v.amount(t.Value), Type: typeOfTransaction(t.Type),
		Origin: originOf(t), Status: statusOfMovement(t), ImportDate: v.timestamp(&t.Created), ValueDate: v.day(t.ValueDate),
		TransactionDate: v.day(t.RealDate), Notes: cmp.Or(t.Comment, t.OriginalWording),
	}
	if !t.Coming {
		o.BookingDate = v.day(&t.Date)
	}
	if t.OriginalWording != "" {
		o.RemittanceInformation = strings.Split(t.OriginalWording, "\n")
	}
	date := v.day(cmp.Or(t.ApplicationDate, &t.Date))
	if v == V3 {
		o.Enrichments = &enrichmentObject{t.Wording, date, categoryOf(t)}
		return o
	}
	o.Currency, o.Label, o.Date, o.CategoryID = t.Value.Currency, cmp.Or(t.Wording, bank.OneLine(t.OriginalWording)), date, categoryOf(t)
	if t.OriginalWording != "" {
		o.Source = &sourceObject{bank.OneLine(t.OriginalWording)}
	}
	return o
}
