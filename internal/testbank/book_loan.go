package testbank

import (
	"strings"
	"time"
)

// loan reads the terms of the loan above it.
func (r *bookReader) loan(l bookLine) error {
	switch {
	case r.account == nil || r.account.Type != "loan":
		return l.wrong("", "the account above it is no loan: put it below an ACCOUNT of the type Loans")
	case r.account.Loan != nil:
		return l.wrong("", "this loan has its terms already: take one of the two lines out")
	}
	spec := &LoanSpec{}
	for column, to := range map[string]*string{"total_amount": &spec.TotalAmount, "rate": &spec.Rate, "next_payment": &spec.NextPaymentAmount} {
		if l.get(column) == "" {
			continue
		}
		amount, err := l.amount(column)
		if err != nil {
			return err
		}
		if strings.HasPrefix(amount, "-") {
			return l.wrong(column, "it is less than nothing: write it without a minus")
		}
		*to = amount
	}
	for column, to := range map[string]*string{"start": &spec.SubscriptionDate, "end": &spec.MaturityDate} {
		date, err := l.date(column)
		if err != nil {
			return err
		}
		if !date.IsZero() {
			*to = date.Format(time.DateOnly)
		}
	}
	r.account.Loan = spec
	return nil
}
