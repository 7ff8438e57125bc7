package linxo

import (
	"slices"

	"passerelle/internal/bank"
)

// accountType is the kind of an account.
type accountType string

// The types.
const (
	typeCheckings  accountType = "CHECKINGS"
	typeSavings    accountType = "SAVINGS"
	typeLoan       accountType = "LOAN"
	typeCreditCard accountType = "CREDIT_CARD"
)

// accountTypes are the types, in the order in which channels list them.
var accountTypes = []accountType{typeCheckings, typeSavings, typeLoan, typeCreditCard}

// coarse says which of our types is none of savings. All that money is put into is savings here, since the dialect has four types.
var coarse = map[bank.AccountType]accountType{
	bank.AccountChecking: typeCheckings, bank.AccountJoint: typeCheckings, bank.AccountUnknown: typeCheckings,
	bank.AccountCard: typeCreditCard, bank.AccountLoan: typeLoan,
}

func typeOf(t bank.AccountType) accountType {
	if c, ok := coarse[t]; ok {
		return c
	}
	return typeSavings
}

// typesOf are our types that read as one of the given; nil where none is given, which means all.
func typesOf(wanted []accountType) []bank.AccountType {
	var out []bank.AccountType
	for _, t := range bank.AccountTypes {
		if slices.Contains(wanted, typeOf(t)) {
			out = append(out, t)
		}
	}
	return out
}

// accountUsage says whom an account serves.
type accountUsage string

// The usages.
const (
	usagePersonal     accountUsage = "PERSONAL"
	usageProfessional accountUsage = "PROFESSIONAL"
)

var accountUsages = []accountUsage{usagePersonal, usageProfessional}

// usageOf is empty where the bank did not tell.
func usageOf(u bank.Usage) accountUsage {
	switch u {
	case bank.UsagePrivate:
		return usagePersonal
	case bank.UsageOrganisation, bank.UsageAssociation:
		return usageProfessional
	}
	return ""
}

// accountStatus says how an account stands.
type accountStatus string

// The statuses. MANUAL and SUSPENDED are the vendor's too: no account is kept by hand here, and none is looked at by us.
const (
	accountManual    accountStatus = "MANUAL"
	accountActive    accountStatus = "ACTIVE"
	accountError     accountStatus = "ERROR"
	accountNotFound  accountStatus = "NOT_FOUND"
	accountClosed    accountStatus = "CLOSED"
	accountSuspended accountStatus = "SUSPENDED"
	accountPending   accountStatus = "PENDING_CONSENT"
)

var accountStatuses = []accountStatus{
	accountManual, accountActive, accountError, accountNotFound, accountClosed, accountSuspended, accountPending,
}

// statusOfAccount says how an account stands: what its owner and its client application decided comes before what its bank says.
func statusOfAccount(a *bank.ChannelAccount) accountStatus {
	switch {
	case a.Disabled != nil:
		return accountPending
	case a.Closed != nil:
		return accountClosed
	case a.Deleted != nil:
		return accountNotFound
	case a.State != bank.StateOK:
		return accountError
	}
	return accountActive
}
