package bank

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// Caps on what a bank may make us keep of an account or a transaction, in characters.
const (
	mostName    = 200
	mostWording = 500
	mostNumber  = 64
)

// CleanText makes a text of a bank's fit to keep and to show: valid UTF-8, one line, no control characters and none that
// change the direction of writing or show nothing (they can make a page lie), at most a number of characters.
func CleanText(s string, most int) string {
	if most <= 0 {
		return ""
	}
	// What is far beyond the cap is not even looked at: it would only cost time.
	if far := 16 * most; len(s) > far {
		s = s[:far]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r) && r != '\u200d', unicode.Is(unicode.Co, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.TrimSpace(s)
	if n := 0; len(s) > most {
		for i := range s {
			if n == most {
				return strings.TrimSpace(s[:i])
			}
			n++
		}
	}
	return s
}

// Clean makes each language's text fit to keep. Tags that are none, and languages beyond the fiftieth, are left out.
func (t Text) Clean(most int) Text {
	if len(t) == 0 {
		return nil
	}
	out := make(Text, min(len(t), 50))
	for lang, s := range t {
		if lang != "en" && (len(out) >= 50 || len(lang) > 16 || lang != CleanText(lang, 16)) {
			continue
		}
		out[lang] = CleanText(s, most)
	}
	return out
}

// Clean makes an account as a bank tells of it fit to keep: texts are cleaned, and a type or usage that the dialects do not
// know becomes unknown or none, since they are promised to be one of a list.
func (a Account) Clean() Account {
	a.Number = CleanText(a.Number, mostNumber)
	a.IBAN = CleanText(a.IBAN, mostNumber)
	a.Name = CleanText(a.Name, mostName)
	a.OriginalName = CleanText(a.OriginalName, mostName)
	a.Owner = CleanText(a.Owner, mostName)
	if a.OriginalName == "" {
		a.OriginalName = a.Name
	}
	if a.Name == "" {
		a.Name = a.OriginalName
	}
	if !a.Type.Known() {
		a.Type = AccountUnknown
	}
	if !a.Usage.Known() {
		a.Usage = ""
	}
	a.Coming = cleanAmount(a.Coming)
	a.Loan = a.Loan.clean()
	return a
}

// clean keeps what can be understood of a loan. One without a total that can be is none.
func (l *Loan) clean() *Loan {
	if l == nil || !plain(l.TotalAmount) {
		return nil
	}
	return &Loan{
		TotalAmount: l.TotalAmount, Rate: cleanAmount(l.Rate), NextPaymentAmount: cleanAmount(l.NextPaymentAmount),
		SubscriptionDate: cleanDate(l.SubscriptionDate), MaturityDate: cleanDate(l.MaturityDate), NextPaymentDate: cleanDate(l.NextPaymentDate),
	}
}

// cleanLines is CleanText of each line; those that hold nothing go, and so do those with which the text would be too long.
func cleanLines(s string, most int) string {
	if far := 16 * most; len(s) > far {
		s = s[:far]
	}
	var out []string
	for line := range strings.Lines(s) {
		line = CleanText(line, most)
		if line == "" {
			continue
		}
		if most -= utf8.RuneCountInString(line); most < 0 {
			break
		}
		most-- // the line feed
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// OneLine is a text of several lines in one.
func OneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }

// Clean makes a transaction as a bank tells of it fit to keep.
func (t Transaction) Clean() Transaction {
	t.OriginalWording = cleanLines(t.OriginalWording, mostWording)
	t.Wording = CleanText(t.Wording, mostWording)
	t.Counterparty = CleanText(t.Counterparty, mostName)
	if t.Wording == "" {
		t.Wording = OneLine(t.OriginalWording)
	}
	if !t.Type.Known() {
		t.Type = TransactionUnknown
	}
	if o := t.Original; o != nil && (!plain(o.Amount) || !currencyPattern.MatchString(o.Currency)) {
		t.Original = nil
	}
	return t
}

// Known says whether the type is one of the list above.
func (t TransactionType) Known() bool {
	switch t {
	case TransactionTransfer, TransactionOrder, TransactionCheck, TransactionDeposit, TransactionPayback, TransactionWithdrawal,
		TransactionLoanRepayment, TransactionBank, TransactionCard, TransactionDeferredCard, TransactionSummaryCard, TransactionUnknown,
		TransactionMarketOrder, TransactionMarketFee, TransactionArbitrage, TransactionProfit, TransactionRefund, TransactionPayout,
		TransactionPayment, TransactionFee:
		return true
	}
	return false
}

// cleanDate keeps a calendar date, with or without a time behind it, as YYYY-MM-DD; anything else gives "".
func cleanDate(s string) string {
	day, _, _ := strings.Cut(CleanText(s, 40), "T")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return ""
	}
	return day
}

// plain says whether a number can be written out: 1e3000000 is eight characters on the wire and three megabytes in an answer.
func plain(d decimal.Decimal) bool {
	return d.Exponent() >= -18 && d.Exponent() <= 18 && d.Coefficient().BitLen() <= 128
}

func cleanAmount(d *decimal.Decimal) *decimal.Decimal {
	if d == nil || !plain(*d) {
		return nil
	}
	return d
}
