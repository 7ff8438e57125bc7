package connector

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// AccountID is what tells an account from its institution's others, as the bank wrote it. A kind fills in all that its bank gives;
// which of it counts, and how it is written, is decided here, so that an account has one key whichever protocol it is reached over.
type AccountID struct {
	// IBAN is the account's own (ISO 13616).
	IBAN string
	// Number is the national number (BBAN): a sort code with an account number, a RIB, or what else the bank numbers accounts by.
	Number string
	// PAN is a card's number, masked or whole. Of it the last four digits count, with who holds it: that much every mask leaves (PCI DSS,
	// requirement 3.4.1), and neither is enough alone.
	PAN   string
	Owner string
	// Linked is the account that a card is charged to; with Name it tells a card that has no number.
	Linked, Name string
	// Own is an id of the bank's or the aggregator's that outlives the consent. It counts where there is no number, or where Vouched says
	// that it is what stays when numbers change.
	Own     string
	Vouched bool
	// Local is the bank's id within this consent. It only tells apart what looks the same in one list.
	Local string
	// Currency is the account's, empty or XXX where the bank gives none or says that there are several.
	Currency string
	// Card says that it is a card: its own number goes before that of an account.
	Card bool
}

// AccountKey makes the stable identity of an account: SHA-256 over the institution and the strongest name at hand, which is, in this
// order, a vouched id, a card's own number, the IBAN, the national number, a card number, the account behind a card, and the bank's id.
//
// The currency is part of it, since one number may be that of several accounts, one a currency: all but the one in the currency that the
// number is at home in, GBP for a British one. So an account keeps its key when its bank begins to tell the currency, or writes XXX, and
// when accounts in further currencies come to it.
func AccountKey(institutionUUID string, id AccountID) string {
	key, home := id.plain(institutionUUID)
	currency := strings.ToUpper(strings.TrimSpace(id.Currency))
	if home == "" || currency == home || currency == severalCurrencies || !isoCurrency.MatchString(currency) {
		return key
	}
	return hash("number", institutionUUID, key+" "+currency, "")
}

// severalCurrencies is what ISO 4217 has for no currency, and banks write for several.
const severalCurrencies = "XXX"

var isoCurrency = regexp.MustCompile(`^[A-Z]{3}$`)

// plain is the key without a currency, and the currency that it stands for; none where the name is that of one account alone.
func (id AccountID) plain(institutionUUID string) (key, home string) {
	iban, number := compact(id.IBAN), compact(id.Number)
	pan := id.PAN
	for _, s := range []*string{&iban, &number} {
		if isMasked(*s) {
			pan, *s = firstOf(pan, *s), ""
		}
	}
	iban = strings.TrimPrefix(iban, "IBAN")
	tail := lastFour(pan)
	named := func(kind, what, owner string) string { return hash(kind, institutionUUID, what, owner) }
	switch {
	case id.Own != "" && id.Vouched:
		return named("number", id.Own, ""), ""
	case id.Card && tail != "":
		return named("number", tail, person(id.Owner)), euro
	case iban != "" || number != "":
		iban, number = national(iban, number)
		if iban != "" {
			return hash("iban", institutionUUID, iban), homeOf(iban)
		}
		if sortCode.MatchString(number) {
			return named("number", number, ""), "GBP"
		}
		return named("number", number, ""), euro
	case tail != "":
		return named("number", tail, person(id.Owner)), euro
	case id.Linked != "":
		return named("number", "card of "+compact(id.Linked)+" "+strings.ToLower(id.Name), ""), euro
	}
	return named("number", firstOf(id.Own, id.Local), ""), ""
}

// AccountKeys gives keys to the accounts of one list. Two cards of one person may look the same behind their masks, and a card may be
// listed under the number of its account: the first keeps the plain key, and the others are told apart by what else is said of them.
type AccountKeys struct {
	institution string
	seen        map[string]AccountID
}

// NewAccountKeys starts a list of an institution's accounts.
func NewAccountKeys(institutionUUID string) *AccountKeys {
	return &AccountKeys{institution: institutionUUID, seen: make(map[string]AccountID)}
}

// Key gives the key of the next account, in the bank's order. Fresh is false for one that was in the list before.
func (k *AccountKeys) Key(id AccountID) (key string, fresh bool) {
	key = AccountKey(k.institution, id)
	for _, more := range []string{compact(id.PAN) + " " + strings.ToLower(id.Name), id.Local} {
		first, taken := k.seen[key]
		if !taken {
			break
		}
		if cards := id.Card || first.Card || lastFour(id.PAN) != ""; !cards || id == first || id.Local != "" && id.Local == first.Local {
			return key, false
		}
		key = hash("number", k.institution, key+" "+more, "")
	}
	if _, taken := k.seen[key]; taken {
		return key, false
	}
	k.seen[key] = id
	return key, true
}

// OneCurrency is an account's currency for its key: what the bank says, else the only one that it gives balances in.
func OneCurrency(said string, balances ...string) string {
	if said != "" || len(balances) == 0 {
		return said
	}
	for _, b := range balances {
		if b != balances[0] {
			return ""
		}
	}
	return balances[0]
}

// compact is an identifier without what people put into it to read it.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '.' || r == '/' {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// isMasked says whether parts of a number are hidden.
func isMasked(s string) bool { return strings.ContainsAny(s, "*#•") || strings.Contains(s, "XXXX") }

// lastFour are the last four digits of a card's number, written like the rest of a masked one; nothing where a mask leaves fewer.
func lastFour(s string) string {
	s = compact(s)
	end := strings.TrimRight(s, "0123456789")
	if digits := s[len(end):]; len(digits) >= 4 {
		return "**** " + digits[len(digits)-4:]
	}
	return ""
}

// titles stand before names at some banks and not at others.
var titles = []string{"mr", "mrs", "ms", "miss", "dr", "m", "mme", "mlle", "monsieur", "madame", "herr", "frau", "sr", "sra", "sig", "dhr", "mevr", "ou", "et", "or", "und", "and"}

// person is a name as any bank would write it: banks put titles before it or not, the family's name first or last, in capitals or not.
func person(name string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(name))
	words := strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if kept := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(titles, w) }); len(kept) > 0 {
		words = kept
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
