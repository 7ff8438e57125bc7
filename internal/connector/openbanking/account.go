package openbanking

import (
	"cmp"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// account is OBAccount6 of both versions: 3.1 has AccountType and AccountSubType, 4.0 AccountCategory and AccountTypeCode.
type account struct {
	ID          string           `json:"AccountId"`
	Status      string           `json:"Status"`
	Currency    string           `json:"Currency"`
	Type        string           `json:"AccountType"`
	SubType     string           `json:"AccountSubType"`
	Category    string           `json:"AccountCategory"`
	TypeCode    string           `json:"AccountTypeCode"`
	Description string           `json:"Description"`
	Nickname    string           `json:"Nickname"`
	Account     []identification `json:"Account"`
}

// identification is one of an account's names in a scheme.
type identification struct {
	Scheme         string `json:"SchemeName"`
	Identification string `json:"Identification"`
	Name           string `json:"Name"`
	Secondary      string `json:"SecondaryIdentification"`
}

// identity is what tells an account from the others, and what is shown of it.
type identity struct {
	connector.AccountID
	iban, number, owner string
}

// identify reads the names of an account. The bank's own id changes from consent to consent and is taken only where nothing else is there.
func identify(raw account) identity {
	var id identity
	var card string
	for _, a := range raw.Account {
		if id.owner == "" {
			id.owner = bank.CleanText(a.Name, 200)
		}
		number := strings.ToUpper(strings.ReplaceAll(bank.CleanText(a.Identification, 64), " ", ""))
		switch scheme(a.Scheme) {
		case "iban":
			id.iban = cmp.Or(id.iban, number)
		case "sortcodeaccountnumber":
			id.number = cmp.Or(strings.ReplaceAll(number, "-", ""), id.number)
		case "pan":
			card = cmp.Or(card, masked(number))
			id.PAN = cmp.Or(id.PAN, a.Identification)
		default:
			id.number = cmp.Or(id.number, number)
		}
	}
	id.IBAN, id.Number, id.Owner, id.Name = id.iban, id.number, id.owner, raw.Nickname
	id.Own, id.Local, id.Currency = "id "+raw.ID, raw.ID, raw.Currency
	id.Card = kinds[cmp.Or(raw.TypeCode, raw.SubType)].is == bank.AccountCard
	if id.iban == "" && id.number == "" {
		id.number = card
	}
	return id
}

// scheme is a scheme's name without what banks put before it, such as UK.OBIE.
func scheme(name string) string {
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		name = name[at+1:]
	}
	return strings.ToLower(name)
}

// masked hides a card's number but for its last four digits: nobody needs the rest, and banks mask it in different ways.
func masked(number string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	if len(digits) < 4 {
		return "****"
	}
	return "**** " + digits[len(digits)-4:]
}

// kinds are the words of AccountSubType (3.1) and AccountTypeCode (4.0, ISO 20022) with what we call them, and a name for accounts that
// have none.
var kinds = map[string]struct {
	is   bank.AccountType
	name string
}{
	"CurrentAccount": {bank.AccountChecking, "Current account"}, "CACC": {bank.AccountChecking, "Current account"},
	"SLRY": {bank.AccountChecking, "Salary account"}, "TRAN": {bank.AccountChecking, "Current account"},
	"CASH": {bank.AccountChecking, "Current account"}, "ODFT": {bank.AccountChecking, "Overdraft account"},
	"NREX": {bank.AccountChecking, "Non-resident account"}, "VACC": {bank.AccountChecking, "Virtual account"},
	"EMoney": {bank.AccountChecking, "E-money account"}, "WALT": {bank.AccountChecking, "Wallet"},
	"Savings": {bank.AccountSavings, "Savings account"}, "SVGS": {bank.AccountSavings, "Savings account"},
	"LLSV": {bank.AccountSavings, "Savings account"}, "MOMA": {bank.AccountSavings, "Money market account"},
	"ONDP":       {bank.AccountDeposit, "Overnight deposit"},
	"CreditCard": {bank.AccountCard, "Credit card"}, "ChargeCard": {bank.AccountCard, "Charge card"},
	"PrePaidCard": {bank.AccountCard, "Prepaid card"}, "CARD": {bank.AccountCard, "Card"},
	"Loan": {bank.AccountLoan, "Loan"}, "LOAN": {bank.AccountLoan, "Loan"}, "MGLD": {bank.AccountLoan, "Loan"},
	"Mortgage": {bank.AccountLoan, "Mortgage"}, "MORT": {bank.AccountLoan, "Mortgage"},
}

// describe makes an account of what the bank tells, without its balance.
func (b *theBank) describe(raw account, id identity) bank.Account {
	kind, known := kinds[cmp.Or(raw.TypeCode, raw.SubType)]
	if !known {
		kind.is, kind.name = bank.AccountUnknown, "Account"
	}
	name := cmp.Or(bank.CleanText(raw.Nickname, 200), bank.CleanText(raw.Description, 200), kind.name)
	a := bank.Account{
		IBAN: id.iban, Number: id.number, Owner: id.owner, Name: name,
		OriginalName: cmp.Or(bank.CleanText(raw.Description, 200), name), Type: kind.is,
	}
	switch cmp.Or(raw.Category, raw.Type) {
	case "Personal":
		a.Usage = bank.UsagePrivate
	case "Business":
		a.Usage = bank.UsageOrganisation
	}
	return a
}
