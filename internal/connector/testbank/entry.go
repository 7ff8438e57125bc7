package testbank

import "passerelle/internal/bank"

// The names of the fields; the first four are Powens' own.
const (
	fieldLogin         = "login"
	fieldPassword      = "password"
	fieldOpenWebsite   = "openapiwebsite"
	fieldDirectWebsite = "directaccesswebsite"
	// Linxo's test bank and simulator have these two; their names are ours.
	fieldConfig  = "config_url"
	fieldProfile = "profile"
)

// The test bank's place in the directory, as Powens' test connector has it.
const (
	UUID      = "338178e6-3d01-564f-9a7b-52ca442459bf"
	NumericID = 40
)

// Entry is the test bank's entry of the directory.
func Entry() bank.Connector {
	everything := append([]bank.AccountType{
		bank.AccountSavings, bank.AccountDeposit, bank.AccountLoan, bank.AccountMarket, bank.AccountPEA,
		bank.AccountLifeInsurance, bank.AccountLivretA, bank.AccountLivretB, bank.AccountLDDS, bank.AccountPEL,
	}, payment()...)
	usages := []bank.Usage{bank.UsagePrivate, bank.UsageOrganisation}
	return bank.Connector{
		ID: NumericID, UUID: UUID, Name: "Test bank", Aliases: []string{"Connecteur de test", "Banque de test", "Demo bank"},
		Code: "00000", BIC: "TESTFRP0XXX", Countries: []string{"fr"}, Color: "0b6b4f", Slug: "testbank", Kind: Kind,
		Sources: []bank.Source{
			{ID: 1, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountTypes: payment(), AccountUsages: usages},
			{ID: 2, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2, AccountTypes: everything, AccountUsages: usages},
		},
		Fields: fields(), Capabilities: []string{"bank", "bankwealth"}, AccountUsages: usages, Rank: 1,
	}
}

func fields() []bank.Field {
	direct, open := []string{bank.SourceDirectAccess}, []string{bank.SourceOpenAPI}
	return []bank.Field{
		loginField(helpLogin),
		passwordField(helpPassword),
		{Name: fieldOpenWebsite, Label: labelWebsite, Type: bank.FieldList, Default: "par", Options: options(bank.SourceOpenAPI), Sources: open},
		{Name: fieldDirectWebsite, Label: labelWebsite, Type: bank.FieldList, Default: "par", Options: options(bank.SourceDirectAccess), Sources: direct},
	}
}

func options(source string) []bank.Option {
	var out []bank.Option
	for _, w := range websites {
		if w.only == "" || w.only == source {
			out = append(out, bank.Option{Value: w.value, Label: w.label})
		}
	}
	return out
}
