package bank

import "slices"

// AccountType is the kind of an account, in the names that Powens documents (its AccountTypeName list), since that is the
// richest of the dialects that we speak; the others map from it.
type AccountType string

// The account types.
const (
	AccountChecking       AccountType = "checking"
	AccountCard           AccountType = "card"
	AccountSavings        AccountType = "savings"
	AccountDeposit        AccountType = "deposit"
	AccountLoan           AccountType = "loan"
	AccountMarket         AccountType = "market"
	AccountPEA            AccountType = "pea"
	AccountPEE            AccountType = "pee"
	AccountPER            AccountType = "per"
	AccountLifeInsurance  AccountType = "lifeinsurance"
	AccountLivretA        AccountType = "livret_a"
	AccountLivretB        AccountType = "livret_b"
	AccountLDDS           AccountType = "ldds"
	AccountPEL            AccountType = "pel"
	AccountCEL            AccountType = "cel"
	AccountCSL            AccountType = "csl"
	AccountCAT            AccountType = "cat"
	AccountJoint          AccountType = "joint"
	AccountArticle83      AccountType = "article83"
	AccountCapitalisation AccountType = "capitalisation"
	AccountCrowdlending   AccountType = "crowdlending"
	AccountMadelin        AccountType = "madelin"
	AccountPERCO          AccountType = "perco"
	AccountPERP           AccountType = "perp"
	AccountRealEstate     AccountType = "real_estate"
	AccountRSP            AccountType = "rsp"
	AccountUnknown        AccountType = "unknown"
)

// AccountTypes are all of them.
var AccountTypes = []AccountType{
	AccountChecking, AccountCard, AccountSavings, AccountDeposit, AccountLoan, AccountMarket, AccountPEA, AccountPEE, AccountPER,
	AccountLifeInsurance, AccountLivretA, AccountLivretB, AccountLDDS, AccountPEL, AccountCEL, AccountCSL, AccountCAT, AccountJoint,
	AccountArticle83, AccountCapitalisation, AccountCrowdlending, AccountMadelin, AccountPERCO, AccountPERP, AccountRealEstate,
	AccountRSP, AccountUnknown,
}

// Known says whether the type is one of the list above.
func (t AccountType) Known() bool { return slices.Contains(AccountTypes, t) }

// Known says whether the usage is one of the list above; none is not.
func (u Usage) Known() bool {
	return u == UsagePrivate || u == UsageOrganisation || u == UsageAssociation
}
