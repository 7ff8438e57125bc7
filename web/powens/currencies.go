package powens

import (
	_ "embed"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/currency"

	"passerelle/web/respond"
)

type currencyObject struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Symbol    string `json:"symbol"`
	Prefix    bool   `json:"prefix"`
	Crypto    bool   `json:"crypto"`
	Precision int    `json:"precision"`
}

// currencyLines are the currencies of ISO 4217 that accounts are held in: code, English name, symbol.
//
//go:embed currencies_list.txt
var currencyLines string

// currencies are those of the list, by code, made once; they are for reading.
var currencies, currencyCodes = readCurrencies()

func readCurrencies() (map[string]*currencyObject, []string) {
	out := map[string]*currencyObject{}
	var codes []string
	for line := range strings.Lines(currencyLines) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) != 3 {
			panic("a line of currencies_list.txt has no three parts")
		}
		out[parts[0]] = currencyOf(parts[0], parts[1], parts[2])
		codes = append(codes, parts[0])
	}
	slices.Sort(codes)
	return out, codes
}

func currencyOf(code, name, symbol string) *currencyObject {
	o := &currencyObject{ID: code, Name: name, Symbol: symbol, Precision: 2}
	if unit, err := currency.ParseISO(code); err == nil {
		o.Precision, _ = currency.Standard.Rounding(unit)
	}
	return o
}

// newCurrency renders a currency; null for none. One that the list does not have goes by its code.
func newCurrency(code string) *currencyObject {
	if code == "" {
		return nil
	}
	if o, ok := currencies[code]; ok {
		return o
	}
	return currencyOf(code, code, code)
}

// currencyList is GET /currencies.
func (h *Handler) currencyList(q *request) error {
	out := make([]*currencyObject, 0, len(currencyCodes))
	for _, code := range currencyCodes {
		out = append(out, currencies[code])
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"currencies": out, "total": len(out)})
}

// currency is GET /currencies/{id}.
func (h *Handler) currency(q *request) error {
	if o, ok := currencies[strings.ToUpper(q.Param("currency"))]; ok {
		return respond.JSON(q, http.StatusOK, o)
	}
	return errAbsent()
}
