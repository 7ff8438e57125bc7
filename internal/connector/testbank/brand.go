package testbank

import (
	"encoding/json"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// The places of the two other banks in the directory.
const (
	IntegrationUUID      = "b6e1f668-12b7-5955-aab2-0663d84060a9"
	IntegrationNumericID = 41
	SimulatorUUID        = "687fa0f2-1480-5b92-a987-b68098fd59ee"
	SimulatorNumericID   = 42
)

// The banks that the program plays beside the test bank, in its words.
const (
	brandIntegration = "integration"
	brandSimulator   = "simulator"
)

// settings are what a directory entry tells this kind.
type settings struct {
	// Bank is which of the program's banks is meant; empty is the test bank.
	Bank string `json:"bank,omitempty"`
}

// brandOf says which of the program's banks an institution is.
func brandOf(inst connector.Institution) (string, error) {
	if inst.Settings == "" {
		return "", nil
	}
	var s settings
	if err := json.Unmarshal([]byte(inst.Settings), &s); err != nil {
		return "", &connector.Error{Code: connector.CodeMisconfigured, Cause: fmt.Errorf("the settings of %s are not the JSON expected", inst.UUID)}
	}
	return s.Bank, nil
}

// Entries are the entries of the directory that come with this kind.
func Entries() []bank.Connector {
	return []bank.Connector{Entry(), integrationEntry(), simulatorEntry()}
}

// payment are the account types that a bank's API must show (PSD2).
func payment() []bank.AccountType { return []bank.AccountType{bank.AccountChecking, bank.AccountCard} }

func private() []bank.Usage { return []bank.Usage{bank.UsagePrivate} }

// integrationEntry is what integrators know as Linxo's test bank: the same form, dev and dev, and a configuration file of their own.
// On its REDIRECT channel the bank's own page asks all of that.
func integrationEntry() bank.Connector {
	direct := []string{bank.SourceDirectAccess}
	usages := private()
	return bank.Connector{
		ID: IntegrationNumericID, UUID: IntegrationUUID, Name: "Integration test bank",
		Aliases: []string{"Linxo Test Bank", "Linxo STET test bank", "Banque de test pour l'intégration"},
		BIC:     "TESTFRP1XXX", Countries: []string{"fr"}, Color: "1f4e8c", Slug: "integrationtestbank", Kind: Kind, Settings: `{"bank":"` + brandIntegration + `"}`,
		Sources: []bank.Source{
			{ID: 3, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountTypes: payment(), AccountUsages: usages},
			{
				ID: 4, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2, AccountUsages: usages,
				AccountTypes: append([]bank.AccountType{bank.AccountSavings, bank.AccountLoan}, payment()...),
			},
		},
		Fields: []bank.Field{
			loginField(helpDevLogin), passwordField(helpDevPassword),
			{
				Name: fieldConfig, Label: labelConfig, Help: helpConfig, Type: bank.FieldText, MaxLen: 1024, Autocomplete: "off",
				Pattern: `\s*([hH][tT][tT][pP][sS]?://\S+)?\s*`, Sources: direct,
			},
		},
		Capabilities: []string{"bank"}, AccountUsages: usages, Rank: 2,
	}
}

// simulatorEntry is the bank of the published profiles.
func simulatorEntry() bank.Connector {
	usages := private()
	profile := bank.Field{
		Name: fieldProfile, Label: labelProfile, Type: bank.FieldList, Required: true, Default: profiles[0].value,
		Sources: []string{bank.SourceDirectAccess},
	}
	for _, p := range profiles {
		profile.Options = append(profile.Options, bank.Option{Value: p.value, Label: p.label})
	}
	return bank.Connector{
		ID: SimulatorNumericID, UUID: SimulatorUUID, Name: "Bank simulator", Aliases: []string{"Linxo simulator", "Simulateur de banque"},
		BIC: "TESTFRP2XXX", Countries: []string{"fr"}, Color: "6b3fa0", Slug: "banksimulator", Kind: Kind, Settings: `{"bank":"` + brandSimulator + `"}`,
		Sources: []bank.Source{
			{ID: 5, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountTypes: payment(), AccountUsages: usages},
			{
				ID: 6, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2, AccountUsages: usages,
				AccountTypes: append([]bank.AccountType{
					bank.AccountSavings, bank.AccountLoan, bank.AccountLivretA, bank.AccountLDDS, bank.AccountPEL, bank.AccountCEL,
					bank.AccountLifeInsurance, bank.AccountPEA, bank.AccountMarket, bank.AccountPEE, bank.AccountPER, bank.AccountPERCO,
				}, payment()...),
			},
		},
		Fields:       []bank.Field{loginField(helpSimulatorLogin), passwordField(helpSimulatorPassword), profile},
		Capabilities: []string{"bank", "bankwealth"}, AccountUsages: usages, Rank: 3,
	}
}

func loginField(help bank.Text) bank.Field {
	return bank.Field{
		Name: fieldLogin, Label: labelLogin, Help: help, Type: bank.FieldText, Required: true, MaxLen: 128, Autocomplete: "username",
		Sources: []string{bank.SourceDirectAccess},
	}
}

func passwordField(help bank.Text) bank.Field {
	return bank.Field{
		Name: fieldPassword, Label: labelPassword, Help: help, Type: bank.FieldPassword, Required: true, Secret: true, MaxLen: 256,
		Autocomplete: "current-password", Sources: []string{bank.SourceDirectAccess},
	}
}
