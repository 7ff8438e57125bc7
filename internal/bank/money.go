package bank

import (
	"fmt"
	"regexp"

	"github.com/shopspring/decimal"
)

// Money is an amount in a currency. Amount is exact; Currency is an ISO 4217 alphabetic code such as EUR.
type Money struct {
	Amount   decimal.Decimal
	Currency string
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// ParseMoney reads a decimal string such as "-12.30" and an ISO 4217 code. Exponents and thousands separators are refused:
// a bank that sends them is sending something we do not understand, and a guess about money is worse than an error.
func ParseMoney(amount, currency string) (Money, error) {
	if !plainDecimal.MatchString(amount) {
		return Money{}, fmt.Errorf("amount %q is not a plain decimal such as -12.30", clip(amount))
	}
	if !currencyPattern.MatchString(currency) {
		return Money{}, fmt.Errorf("currency %q is not an ISO 4217 code such as EUR", clip(currency))
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return Money{}, fmt.Errorf("amount %q: %w", clip(amount), err)
	}
	return Money{Amount: d, Currency: currency}, nil
}

var plainDecimal = regexp.MustCompile(`^[+-]?[0-9]{1,18}(\.[0-9]{1,18})?$`)

// clip keeps a hostile text from filling an error message.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
