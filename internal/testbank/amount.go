package testbank

import "github.com/shopspring/decimal"

// decimals are the currencies of ISO 4217 that do not have two, as far as the bank's files use them.
var decimals = map[string]int32{"JPY": 0, "KRW": 0, "CLP": 0, "XOF": 0, "XAF": 0, "KWD": 3, "TND": 3, "BHD": 3, "JOD": 3, "OMR": 3}

// Digits writes an amount with as many decimals as its currency has, and more where the amount has more: none is lost.
func Digits(amount decimal.Decimal, currency string) string {
	places, ok := decimals[currency]
	if !ok {
		places = 2
	}
	return amount.StringFixed(max(places, -amount.Exponent()))
}

// BalanceText is the balance in digits.
func (a Account) BalanceText() string { return Digits(a.Balance, a.Currency) }

// ComingText is the sum of what is pending in digits.
func (a Account) ComingText() string { return Digits(a.Coming, a.Currency) }

// AmountText is the amount in digits, with its sign.
func (m Movement) AmountText() string { return Digits(m.Amount, m.Currency) }
