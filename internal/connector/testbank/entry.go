package testbank

import "passerelle/internal/bank"

// The names of the fields, Powens' own.
const (
	fieldLogin         = "login"
	fieldPassword      = "password"
	fieldOpenWebsite   = "openapiwebsite"
	fieldDirectWebsite = "directaccesswebsite"
)

// The test bank's place in the directory, as Powens' test connector has it.
const (
	UUID      = "338178e6-3d01-564f-9a7b-52ca442459bf"
	NumericID = 40
)

// Entry is the test bank's entry of the directory.
func Entry() bank.Connector {
	payment := []bank.AccountType{bank.AccountChecking, bank.AccountCard}
	everything := append([]bank.AccountType{
		bank.AccountSavings, bank.AccountDeposit, bank.AccountLoan, bank.AccountMarket, bank.AccountPEA,
		bank.AccountLifeInsurance, bank.AccountLivretA, bank.AccountLivretB, bank.AccountLDDS, bank.AccountPEL,
	}, payment...)
	usages := []bank.Usage{bank.UsagePrivate, bank.UsageOrganisation}
	return bank.Connector{
		ID: NumericID, UUID: UUID, Name: "Test bank", Aliases: []string{"Connecteur de test", "Banque de test", "Demo bank"},
		Code: "00000", BIC: "TESTFRP0XXX", Countries: []string{"fr"}, Color: "0b6b4f", Slug: "testbank", Kind: Kind,
		Sources: []bank.Source{
			{ID: 1, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountTypes: payment, AccountUsages: usages},
			{ID: 2, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2, AccountTypes: everything, AccountUsages: usages},
		},
		Fields: fields(), Capabilities: []string{"bank", "bankwealth"}, AccountUsages: usages, Rank: 1,
	}
}

func fields() []bank.Field {
	direct, open := []string{bank.SourceDirectAccess}, []string{bank.SourceOpenAPI}
	website := bank.Text{"en": "What should happen", "fr": "Ce qui doit se passer"}
	return []bank.Field{
		{
			Name: fieldLogin, Label: bank.Text{"en": "Login", "fr": "Identifiant"}, Type: bank.FieldText, Required: true,
			MaxLen: 128, Autocomplete: "username", Sources: direct,
			Help: bank.Text{"en": "Anything you like, or dev.", "fr": "Ce que vous voulez, ou dev."},
		},
		{
			Name: fieldPassword, Label: bank.Text{"en": "Password", "fr": "Mot de passe"}, Type: bank.FieldPassword,
			Required: true, Secret: true, MaxLen: 256, Autocomplete: "current-password", Sources: direct,
			Help: bank.Text{"en": "1234 (dev for the login dev).", "fr": "1234 (dev pour l'identifiant dev)."},
		},
		{Name: fieldOpenWebsite, Label: website, Type: bank.FieldList, Default: "par", Options: options(bank.SourceOpenAPI), Sources: open},
		{Name: fieldDirectWebsite, Label: website, Type: bank.FieldList, Default: "par", Options: options(bank.SourceDirectAccess), Sources: direct},
	}
}

// websites are the values of the two website fields: Powens' name of a scenario where it has one, else the bank's.
var websites = []struct {
	value, en, fr string
	only          string
}{
	{value: "par", en: "All goes well, personal accounts", fr: "Tout va bien, comptes de particulier"},
	{value: "pro", en: "All goes well, business accounts", fr: "Tout va bien, comptes professionnels"},
	{value: "SCARequired", en: "Strong authentication, nothing else", fr: "Authentification forte, rien d'autre"},
	{value: "SCARequiredAndOTP", en: "Strong authentication, then a code", fr: "Authentification forte, puis un code"},
	{value: "SCARequiredAndDecoupled", en: "Strong authentication, then the app", fr: "Authentification forte, puis l'application"},
	{value: "additionalInformationNeeded", en: "A code by text message", fr: "Un code par SMS"},
	{value: "otp_image", en: "Digits in an image", fr: "Des chiffres dans une image"},
	{value: "method_choice", en: "A choice among ways to confirm", fr: "Un choix de moyens de confirmer"},
	{value: "two_challenges", en: "Two codes in a row", fr: "Deux codes de suite"},
	{value: "shortDecoupled", en: "The app, approved after 2 seconds", fr: "L'application, accord après 2 secondes"},
	{value: "app_slow", en: "The app, approved after 25 seconds", fr: "L'application, accord après 25 secondes"},
	{value: "app_manual", en: "The app, you approve on the phone page", fr: "L'application, à vous d'accepter sur la page du téléphone"},
	{value: "app_refused", en: "The app, refused", fr: "L'application, refus"},
	{value: "app_expired", en: "The app, nobody answers", fr: "L'application, sans réponse"},
	{value: "sca_every_time", en: "A code at every sign-in", fr: "Un code à chaque connexion", only: bank.SourceDirectAccess},
	{value: "wrongpass", en: "Wrong password, then locked", fr: "Mot de passe refusé, puis blocage"},
	{value: "passwordExpired", en: "Expired password", fr: "Mot de passe expiré"},
	{value: "actionNeeded", en: "Terms to accept on the bank's site", fr: "Conditions à accepter sur le site de la banque"},
	{value: "redirect_deny", en: "The bank's page refuses", fr: "La page de la banque refuse", only: bank.SourceOpenAPI},
	{value: "redirect_error", en: "The bank's page fails after the approval", fr: "La page de la banque échoue après l'accord", only: bank.SourceOpenAPI},
	{value: "redirect_close", en: "The bank's page never comes back", fr: "La page de la banque ne revient jamais", only: bank.SourceOpenAPI},
	{value: "redirect_twice", en: "The bank comes back twice", fr: "La banque revient deux fois", only: bank.SourceOpenAPI},
	{value: "redirect_early_denied", en: "A stray refusal, then the approval", fr: "Un refus égaré, puis l'accord", only: bank.SourceOpenAPI},
	{value: "slow", en: "A slow bank", fr: "Une banque lente"},
	{value: "websiteUnavailable", en: "The bank is down", fr: "La banque est en panne"},
	{value: "rateLimiting", en: "Too many requests for 30 seconds", fr: "Trop de requêtes pendant 30 secondes"},
	{value: "bug", en: "The bank breaks", fr: "La banque se casse"},
	{value: "bad_json", en: "The bank answers nonsense", fr: "La banque répond n'importe quoi"},
	{value: "new_account", en: "A new account later", fr: "Un nouveau compte plus tard"},
	{value: "consent_revoked", en: "Withdrawn at the bank after a minute", fr: "Retiré à la banque après une minute"},
}

func options(source string) []bank.Option {
	var out []bank.Option
	for _, w := range websites {
		if w.only == "" || w.only == source {
			out = append(out, bank.Option{Value: w.value, Label: bank.Text{"en": w.en, "fr": w.fr}})
		}
	}
	return out
}
