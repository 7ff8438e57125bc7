package directory

import (
	"slices"
	"sort"
	"strings"
)

// minPartial is the fewest characters of a bank code, and minPartialBIC of a BIC, at which what they begin is shown.
const (
	minPartial    = 3
	minPartialBIC = 6 // institution and country
)

// ibanQuery says whether a compact query is an IBAN, whole or typed as far as its bank code. The check digits are not
// looked at: a slip in the account number does not change the bank.
func ibanQuery(value string) (IBAN, bool) {
	iban, ok := partialIBAN(value)
	return iban, ok && iban.BankCode != ""
}

func (r *run) byIBAN(iban IBAN) {
	if !digits(iban.BankCode) { // the first letters of the BIC, which goes on with the country
		prefix := iban.BankCode + strings.ToUpper(iban.Country)
		for _, k := range starting(r.s.bics, prefix) {
			r.add(k.entry, ReasonIBAN, "")
		}
	}
	for _, k := range starting(r.s.codes, iban.BankCode) {
		if k.value == iban.BankCode && serves(r.s.entries[k.entry].connector.Countries, iban.Country) {
			r.add(k.entry, ReasonIBAN, "")
		}
	}
}

// serves says whether a bank code of an IBAN's country can be a connector's. Monaco's banks have French codes.
func serves(countries []string, country string) bool {
	return len(countries) == 0 || slices.Contains(countries, country) || (country == "mc" && slices.Contains(countries, "fr"))
}

// byKey adds the connectors whose BIC or bank code is the compact query, or, if not whole, begins with it.
func (r *run) byKey(value string, whole bool) {
	if bicShape(value) {
		complete := len(value) == 8 || len(value) == 11
		switch {
		case whole && complete:
			// Branches of one bank share the first eight; the exact one comes first as the list is sorted by value.
			for _, k := range starting(r.s.bics, value) {
				r.add(k.entry, ReasonBIC, "")
			}
			for _, k := range starting(r.s.bics, value[:8]) {
				r.add(k.entry, ReasonBIC, "")
			}
		case !whole && !complete:
			for _, k := range starting(r.s.bics, value) {
				r.add(k.entry, ReasonBIC, "")
			}
		}
	}
	if len(value) < minPartial || !digits(value[:1]) {
		return
	}
	for _, k := range starting(r.s.codes, value) {
		if whole == (k.value == value) {
			r.add(k.entry, ReasonCode, "")
		}
	}
}

// bicShape says whether a compact text can be a BIC or the beginning of one: four letters or digits, two letters of a
// country, then letters or digits, 11 at most (ISO 9362).
func bicShape(value string) bool {
	if len(value) < minPartialBIC || len(value) > 11 {
		return false
	}
	return value[4] >= 'A' && value[5] >= 'A'
}

// starting is the part of a sorted list whose values begin with prefix.
func starting(keys []key, prefix string) []key {
	from := sort.Search(len(keys), func(i int) bool { return keys[i].value >= prefix })
	to := from
	for to < len(keys) && strings.HasPrefix(keys[to].value, prefix) {
		to++
	}
	return keys[from:to]
}
