package page

import "strings"

// family is a group of account types that an end user would put on one shelf.
type family struct {
	title string // message id
	types []string
}

// shelves are the families in the order shown; what none of them names goes on the last.
var shelves = []family{
	{"family.everyday", []string{"checking", "card", "joint"}},
	{"family.savings", []string{"savings", "deposit", "livret_a", "livret_b", "ldds", "pel", "cel", "csl", "cat"}},
	{"family.investments", []string{
		"market", "pea", "pee", "per", "perco", "perp", "lifeinsurance", "capitalisation", "madelin", "article83", "rsp", "crowdlending", "real_estate",
	}},
	{"family.loans", []string{"loan"}},
	{"family.other", nil},
}

func shelfOf(accountType string) int {
	for i, f := range shelves {
		for _, t := range f.types {
			if t == accountType {
				return i
			}
		}
	}
	return len(shelves) - 1
}

// typeNames are the message ids of the account types that have a name in every country; the others are told by their
// family and by the name that the bank gives them.
var typeNames = map[string]string{
	"checking": "type.checking", "joint": "type.checking", "card": "type.card", "savings": "type.savings", "deposit": "type.deposit",
	"loan": "type.loan", "market": "type.market", "lifeinsurance": "type.lifeinsurance",
}

func typeName(b Base, accountType string) string {
	if id, ok := typeNames[accountType]; ok {
		return b.Tr(id)
	}
	return b.Tr(shelves[shelfOf(accountType)].title)
}

// families lists the shelves that some account types stand on, each once, as words.
func families(b Base, types []string) string {
	var on [8]bool
	for _, t := range types {
		on[shelfOf(t)] = true
	}
	var names []string
	for i, f := range shelves {
		if on[i] {
			names = append(names, b.Tr(f.title))
		}
	}
	return strings.Join(names, ", ")
}

// Account is one account that can be shared.
type Account struct {
	ID, Name string
	// Type is the account type in Powens' names.
	Type string
	// Masked is the number with only its end readable ("•• 4821").
	Masked string
	// Balance is shown where known.
	Balance Amount
	// Ticked is whether it is chosen when the page opens.
	Ticked bool
	// Unavailable says why it cannot be shared; the account is then shown but cannot be ticked.
	Unavailable Text
}

// The reasons why an account cannot be shared.
var (
	UnavailableNotAsked  = Msg("accounts.not_asked")
	UnavailableShared    = Msg("accounts.shared_already")
	UnavailableAtBank    = Msg("accounts.not_at_bank")
	UnavailableClosed    = Msg("accounts.closed")
	UnavailableKept      = Msg("accounts.kept")
	UnavailableUnhandled = Msg("accounts.unhandled")
)

// SharedThrough says that an account is shared already through another way into the same login: the bank's own page, or a login that
// was typed here.
func SharedThrough(bank string, atBank bool) Text {
	if atBank {
		return Msg("accounts.shared_at_bank", "Bank", bank)
	}
	return Msg("accounts.shared_here", "Bank", bank)
}

// shelf is a family with its accounts.
type shelf struct {
	title    string
	accounts []Account
}

// arrange puts accounts on their shelves, keeping their order.
func arrange(accounts []Account) []shelf {
	out := make([]shelf, 0, len(shelves))
	for i, f := range shelves {
		s := shelf{title: f.title}
		for _, a := range accounts {
			if shelfOf(a.Type) == i {
				s.accounts = append(s.accounts, a)
			}
		}
		if len(s.accounts) > 0 {
			out = append(out, s)
		}
	}
	return out
}
