package statement

import (
	"errors"
	"strings"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
)

// notProvided is what ISO 20022 has for an end-to-end reference that nobody gave.
const notProvided = "NOTPROVIDED"

// read gives the movements of an entry: one, or those that a bank booked as one where each of them has its amount and together they
// are it.
func (e camtEntry) read(currency string) ([]Entry, error) {
	if len(e.Details) > mostDetails {
		return nil, errTooMuch
	}
	whole, err := e.Amount.money(e.Sign, currency)
	if err != nil {
		return nil, err
	}
	t := bank.Transaction{Value: whole, Coming: e.pending()}
	day, ok := e.Booked.read()
	if value, has := e.Value.read(); has {
		t.ValueDate = &value
		if !ok {
			day, ok = value, true
		}
	}
	if !ok {
		return nil, errors.New("a movement has neither a booking date nor a value date")
	}
	t.Date = day
	parts := e.parts(whole)
	if len(parts) == 0 {
		return []Entry{e.entry(t, whole, e.single(), e.Servicer)}, nil
	}
	out := make([]Entry, 0, len(parts))
	for i, m := range parts {
		out = append(out, e.entry(t, m, e.Details[i], e.Details[i].Servicer))
	}
	return out, nil
}

// pending says whether the entry is not booked: PDNG and INFO, wherever the version has the word.
func (e camtEntry) pending() bool {
	status := strings.TrimSpace(e.Status.Code)
	if status == "" {
		status = strings.TrimSpace(e.Status.Text)
	}
	return status == "PDNG" || status == "INFO" || status == "FUTR"
}

// single is the one detail of an entry, which all details of a batch that cannot be told apart are no part of.
func (e camtEntry) single() camtDetail {
	if len(e.Details) == 1 {
		return e.Details[0]
	}
	return camtDetail{}
}

// parts are the amounts of the details of a batch, none where they are not all there or do not add up.
func (e camtEntry) parts(whole bank.Money) []bank.Money {
	if len(e.Details) < 2 {
		return nil
	}
	sum, out := decimal.Zero, make([]bank.Money, 0, len(e.Details))
	for _, d := range e.Details {
		a := d.Amount
		if strings.TrimSpace(a.Text) == "" {
			a = d.Booked
		}
		sign := d.Sign
		if sign == "" {
			sign = e.Sign
		}
		m, err := a.money(sign, whole.Currency)
		if err != nil || m.Currency != whole.Currency {
			return nil
		}
		sum, out = sum.Add(m.Amount), append(out, m)
	}
	if !sum.Equal(whole.Amount) {
		return nil
	}
	return out
}

// entry is one movement with what a detail says of it.
func (e camtEntry) entry(t bank.Transaction, value bank.Money, d camtDetail, id string) Entry {
	t.Value, t.Original = value, d.original(value)
	t.Type = typeOf(d.Code)
	if t.Type == bank.TransactionUnknown {
		t.Type = typeOf(e.Code)
	}
	other := d.Debtor
	if value.Amount.IsNegative() {
		other = d.Creditor
	}
	if t.Counterparty = strings.TrimSpace(other.Name); t.Counterparty == "" {
		t.Counterparty = strings.TrimSpace(other.Party)
	}
	t.OriginalWording = wording(t.Counterparty, d.Lines, d.Creditr, d.More, e.More, d.EndToEnd)
	if id = strings.TrimSpace(id); id == "" || id == notProvided {
		id = strings.TrimSpace(e.Servicer)
		if len(e.Details) > 1 {
			id = "" // the batch's own, and so not this movement's alone
		}
	}
	return Entry{BankID: id, Transaction: t.Clean()}
}

// original is what was paid in another currency, with the sign of what was booked; nil where nothing was exchanged.
func (d camtDetail) original(booked bank.Money) *bank.Money {
	m, err := d.Instructed.money("CRDT", booked.Currency)
	if err != nil || m.Currency == booked.Currency {
		return nil
	}
	if m.Amount = m.Amount.Abs(); booked.Amount.IsNegative() {
		m.Amount = m.Amount.Neg()
	}
	return &m
}

// wording is what a bank wrote of a movement: the purpose, else what it has in its place.
func wording(party string, lines, references []string, more, entry, endToEnd string) string {
	text := strings.TrimSpace(strings.Join(lines, ""))
	for _, other := range []string{strings.TrimSpace(strings.Join(references, " ")), more, entry} {
		if text == "" {
			text = strings.TrimSpace(other)
		}
	}
	if e := strings.TrimSpace(endToEnd); text == "" && e != notProvided {
		text = e
	}
	switch {
	case party == "":
		return text
	case text == "":
		return party
	}
	return party + "\n" + text
}

func typeOf(c camtCode) bank.TransactionType { return TypeOf(c.Domain, c.Family, c.Sub) }

// TypeOf gives the type of a movement by its ISO 20022 bank transaction code: domain, family and sub-family, such as PMNT, RCDT, ESCT.
// TransactionUnknown where the code says nothing that there is a type for.
func TypeOf(domain, family, sub string) bank.TransactionType {
	domain, family, sub = strings.TrimSpace(domain), strings.TrimSpace(family), strings.TrimSpace(sub)
	switch sub {
	case "CHRG", "COMM", "FEES":
		return bank.TransactionFee
	case "CWDL":
		return bank.TransactionWithdrawal
	case "CDPT":
		return bank.TransactionDeposit
	}
	switch domain + "-" + family {
	case "PMNT-RCDT", "PMNT-ICDT", "PMNT-RRCT", "PMNT-IRCT":
		return bank.TransactionTransfer
	case "PMNT-RDDT", "PMNT-IDDT":
		return bank.TransactionOrder
	case "PMNT-CCRD", "PMNT-MCRD":
		return bank.TransactionCard
	case "PMNT-RCHQ", "PMNT-ICHQ":
		return bank.TransactionCheck
	case "PMNT-CNTR":
		return bank.TransactionBank
	}
	switch domain {
	case "LDAS":
		return bank.TransactionLoanRepayment
	case "ACMT":
		return bank.TransactionBank
	}
	return bank.TransactionUnknown
}
