package simplefin

import "passerelle/internal/bank"

// UUID is the Bridge's place in the directory.
const UUID = "b1f0c1c2-6a55-5c0a-9f4d-2f1f6c7d9e31"

// Entries are the directory's entries that come with the kind: the Bridge, which most people of the protocol use. An operator adds
// other servers as entries of this kind, with their own settings.
func Entries() []bank.Connector {
	return []bank.Connector{{
		UUID: UUID, Name: "SimpleFIN Bridge", Aliases: []string{"SimpleFIN"}, Countries: []string{"us", "ca"}, Color: "1f5673",
		Slug: "simplefin", Kind: Kind, Capabilities: []string{"bank"},
		Settings: `{"create_url":"https://bridge.simplefin.org/simplefin/create","hosts":["bridge.simplefin.org","beta-bridge.simplefin.org"]}`,
		Sources: []bank.Source{{
			ID: 1, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 1,
			AccountTypes:  []bank.AccountType{bank.AccountChecking, bank.AccountCard, bank.AccountSavings, bank.AccountLoan, bank.AccountMarket, bank.AccountUnknown},
			AccountUsages: []bank.Usage{bank.UsagePrivate},
		}},
		Fields: Fields("https://bridge.simplefin.org/simplefin/create"), AccountUsages: []bank.Usage{bank.UsagePrivate},
	}}
}

// Fields are what an entry of this kind asks for: a token, which is made at an address that is shown beside it.
func Fields(createURL string) []bank.Field { return []bank.Field{tokenField(createURL)} }

// fieldToken is the name of the one field.
const fieldToken = "token"

// tokenField asks for a token. It is not called transient: a reconnect would ask for another each time, though the access that the
// session keeps is all that it takes.
func tokenField(createURL string) bank.Field {
	help := helpToken
	if createURL != "" {
		help = bank.Text{}
		for lang, s := range helpToken {
			help[lang] = s + " " + createURL
		}
	}
	return bank.Field{
		Name: fieldToken, Label: labelToken, Help: help, Type: bank.FieldText, Required: true, Secret: true,
		MaxLen: mostToken, Autocomplete: "off",
	}
}
