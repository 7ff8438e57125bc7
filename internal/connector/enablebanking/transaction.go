package enablebanking

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// wireTransaction is Transaction, as far as it is read.
type wireTransaction struct {
	EntryReference string `json:"entry_reference"`
	MerchantCode   string `json:"merchant_category_code"`
	Amount         struct {
		Currency string `json:"currency"`
		Amount   string `json:"amount"`
	} `json:"transaction_amount"`
	Creditor  *party `json:"creditor"`
	Debtor    *party `json:"debtor"`
	BankCode  *code  `json:"bank_transaction_code"`
	Indicator string `json:"credit_debit_indicator"`
	Status    string `json:"status"`
	Booking   string `json:"booking_date"`
	Value     string `json:"value_date"`
	Happened  string `json:"transaction_date"`
	// Reference is the creditor's reference; Remittance what was written with the payment.
	Reference  string   `json:"reference_number"`
	Remittance []string `json:"remittance_information"`
	Note       string   `json:"note"`
	// Exchange says what was paid in another currency.
	Exchange *struct {
		Instructed *struct {
			Currency string `json:"currency"`
			Amount   string `json:"amount"`
		} `json:"instructed_amount"`
	} `json:"exchange_rate"`
}

type party struct {
	Name string `json:"name"`
}

type code struct {
	Description string `json:"description"`
	Code        string `json:"code"`
	SubCode     string `json:"sub_code"`
}

// transaction reads a movement. Skip is true for one that is none: cancelled or rejected.
func (w wireTransaction) transaction(accountType string, today time.Time) (t bank.Transaction, skip bool, err error) {
	switch w.Status {
	case "CNCL", "RJCT":
		return t, true, nil
	case "PDNG", "HOLD", "SCHD":
		t.Coming = true
	case "OTHR":
		t.Coming = w.Booking == ""
	}
	m, err := bank.ParseMoney(w.Amount.Amount, w.Amount.Currency)
	if err != nil || w.Indicator != "CRDT" && w.Indicator != "DBIT" {
		return t, false, protocol(errors.New("a movement without an amount, or without its direction"))
	}
	t.Value = bank.Money{Amount: signed(m.Amount, w.Indicator), Currency: m.Currency}
	t.Original = w.original(t.Value)
	booking, value, happened := day(w.Booking), day(w.Value), day(w.Happened)
	t.ValueDate, t.RealDate = value, happened
	for _, d := range []*time.Time{booking, value, happened, &today} {
		if d != nil {
			t.Date = *d
			break
		}
	}
	other := w.Debtor
	if w.Indicator == "DBIT" {
		other = w.Creditor
	}
	if other != nil {
		t.Counterparty = bank.CleanText(other.Name, 200)
	}
	t.OriginalWording, t.Wording = w.wording(t.Counterparty)
	t.Type = w.kind(accountType)
	return t, false, nil
}

// original is what was paid in another currency, with the movement's sign; nil where nothing was exchanged.
func (w wireTransaction) original(value bank.Money) *bank.Money {
	if w.Exchange == nil || w.Exchange.Instructed == nil || w.Exchange.Instructed.Currency == value.Currency {
		return nil
	}
	m, err := bank.ParseMoney(w.Exchange.Instructed.Amount, w.Exchange.Instructed.Currency)
	if err != nil {
		// It is beside the point: the movement is good without it.
		return nil
	}
	return &bank.Money{Amount: signed(m.Amount, w.Indicator), Currency: m.Currency}
}

// wording is what the bank wrote, and the best single line of it. A movement of which nothing is said is told by its kind.
func (w wireTransaction) wording(counterparty string) (whole, line string) {
	var lines []string
	add := func(s string) {
		if s = bank.CleanText(s, 300); s != "" {
			lines = append(lines, s)
		}
	}
	for i, s := range w.Remittance {
		if i == 50 {
			break
		}
		add(s)
	}
	add(w.Reference)
	add(w.Note)
	description := ""
	if w.BankCode != nil {
		description = cmp.Or(bank.CleanText(w.BankCode.Description, 140), bank.CleanText(w.BankCode.Code, 20))
	}
	if len(lines) == 0 {
		add(cmp.Or(counterparty, description, w.Indicator))
	}
	whole = strings.Join(lines, "\n")
	return whole, cmp.Or(counterparty, lines[0])
}

// families are the families and sub-families of ISO 20022 bank transaction codes that say what a movement is.
var families = map[string]bank.TransactionType{
	"RCDT": bank.TransactionTransfer, "ICDT": bank.TransactionTransfer, "RRCT": bank.TransactionTransfer, "IRCT": bank.TransactionTransfer,
	"RDDT": bank.TransactionOrder, "IDDT": bank.TransactionOrder, "CCRD": bank.TransactionCard, "MCRD": bank.TransactionCard,
	"RCHQ": bank.TransactionCheck, "ICHQ": bank.TransactionCheck, "POSD": bank.TransactionCard, "CWDL": bank.TransactionWithdrawal,
	"CDPT": bank.TransactionDeposit, "CHRG": bank.TransactionFee, "COMM": bank.TransactionFee, "FEES": bank.TransactionFee,
}

func (w wireTransaction) kind(accountType string) bank.TransactionType {
	if w.BankCode != nil {
		for _, word := range []string{w.BankCode.SubCode, w.BankCode.Code} {
			if t, ok := families[word]; ok {
				return t
			}
		}
	}
	if w.MerchantCode != "" || accountType == "CARD" {
		return bank.TransactionCard
	}
	return bank.TransactionUnknown
}

// day reads a date; nil where there is none.
func day(s string) *time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil
	}
	return &t
}
