package linxo

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// amountObject is an amount in version 3, its digits in a text so that no reader takes them for a float.
type amountObject struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func newAmount(m bank.Money) amountObject { return amountObject{digits(m), m.Currency} }

// whole are currencies of which no smaller unit is written (ISO 4217, those that banks of the euro area and of the CFA and CFP
// franc areas keep accounts in).
var whole = map[string]bool{"JPY": true, "KRW": true, "XAF": true, "XOF": true, "XPF": true}

// digits writes an amount with its currency's places at least, and with every digit that there is.
func digits(m bank.Money) string {
	places := max(0, -m.Amount.Exponent())
	if !whole[m.Currency] {
		places = max(places, 2)
	}
	return m.Amount.StringFixed(places)
}

// amount renders money: a number in version 2.1, where the currency stands beside it, and an object in version 3.
func (v Version) amount(m bank.Money) any {
	if v == V3 {
		return newAmount(m)
	}
	return respond.Number(m.Amount)
}

// optionalAmount is amount, and absent for nil.
func (v Version) optionalAmount(d *decimal.Decimal, currency string) any {
	if d == nil {
		return nil
	}
	return v.amount(bank.Money{Amount: *d, Currency: currency})
}

// optionalNumber is a number that is no money; absent for nil.
func optionalNumber(d *decimal.Decimal) json.RawMessage {
	if d == nil {
		return nil
	}
	return json.RawMessage(respond.Number(*d))
}

// amountPattern is what an amount in a query looks like: no exponent and no separator, since a guess about money is worse than an
// error. It is as wide as any amount that is kept.
var amountPattern = regexp.MustCompile(`^[+-]?[0-9]{1,24}(\.[0-9]{1,18})?$`)

// money reads an exact decimal from the query; nil when there is none. A plus sign that nobody encoded arrives as a space.
func (q *request) money(name string) (*decimal.Decimal, error) {
	s := strings.TrimSpace(q.Query[name])
	if s == "" {
		return nil, nil
	}
	if amountPattern.MatchString(s) {
		if d, err := decimal.NewFromString(strings.TrimPrefix(s, "+")); err == nil {
			return &d, nil
		}
	}
	return nil, params.ErrValue(name, "must be a decimal number such as -12.30")
}
