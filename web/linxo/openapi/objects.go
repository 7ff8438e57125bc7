package openapi

import (
	"slices"

	"passerelle/web/describe"
)

// objects are all objects, in the order of the description.
func (v version) objects() []describe.Object {
	out := slices.Concat(v.commonObjects(), v.connectionObjects(), v.accountObjects(), v.transactionObjects(), v.eventObjects())
	if !v.v3 {
		return out
	}
	for _, l := range []struct{ of, member string }{
		{"Connection", "connections"}, {"Account", "accounts"}, {"Transaction", "transactions"}, {"Provider", "providers"}, {"Event", "events"},
	} {
		out = append(out, describe.Members(l.of+"List", "A page of "+l.member+".", l.member+" []"+l.of+" the page"))
	}
	return out
}

func (v version) commonObjects() []describe.Object {
	out := []describe.Object{
		describe.Members("Error", "What went wrong. Branch on error; the list of codes is open.", `
			error string the kind of error e.g. BAD_PARAMETER
			error_description string what is wrong and the remedy, for developers e.g. limit must be a whole number from 1 to 500.
		`),
		describe.Members("Token", "An access token (RFC 6749 section 5.1).", `
			access_token string the access token; opaque e.g. pwl_user_0f3c.example
			token_type enum(Bearer) how it is presented
			expires_in integer seconds until it ends e.g. 3600
			scope string what it is good for e.g. openid profile accounts_read
			refresh_token? string gives the next access token; of a user's alone e.g. pwl_refresh_0f3c.example
		`),
		describe.Members("SigninVoucher", "What lets one user sign in while somebody guesses at their password.", `
			signin_voucher string for the parameter of /signin; opaque e.g. AAAAAGmkOkA
			expires_in integer seconds until it ends e.g. 3600
		`),
		{Name: "Metadata", Meaning: "What the authorization server can do (RFC 8414).", Open: true, Lines: describe.Lines(`
			issuer uri who it is e.g. https://api.example
			authorization_endpoint uri where users sign in e.g. https://api.example/signin
			token_endpoint uri where tokens are made e.g. https://api.example/token
			revocation_endpoint uri where tokens are ended e.g. https://api.example/revoke
			scopes_supported []string the scopes
			response_types_supported []string code alone
			response_modes_supported []string query alone
			grant_types_supported []string the grants of the token endpoint
			token_endpoint_auth_methods_supported []string how a client application says who it is there
			revocation_endpoint_auth_methods_supported []string the same of the revocation endpoint
			code_challenge_methods_supported []string S256 alone (RFC 7636)
		`)},
		describe.Members("Created", "What was made.", `
			id id its id e.g. 42
		`),
		describe.Members("Professional", "The company whose professional accounts somebody shares.", `
			company_name string its name e.g. Engines SARL
			registration_number string its number in its country's register: a SIREN or SIRET in France e.g. 552100554
			country string ISO 3166-1 e.g. FR
			role enum(OWNER,REPRESENTATIVE,EMPLOYEE,OTHER) what the person is there
		`),
		describe.Members("User", "An end user of yours.", v.table(`
			id id the user's id e.g. 42
			email? string their address: a unique key; a user of the other dialect has none e.g. camille@app.example
			creation_date integer when they were made, in seconds since 1970 e.g. 1772362800
			first_name? string their first name
			last_name? string their last name
			professional? Professional whom they act for with a professional account, as they said in the widget's entry point professional-account
		`+v.only21(`
			email_verified boolean always false: nothing is sent to it e.g. false
			gender? enum(MALE,FEMALE) their gender
			birthdate? time their day of birth
			address? open short texts such as postcode and city`))),
		describe.Members("WidgetSession", "A session of the widget.", `
			session_id string what stands in the links e.g. 0f3c.example
			_links WidgetLinks the entry points, with the session
		`),
		describe.Members("WidgetLinks", "Where the entry points are; put further parameters behind with &.", `
			add_connection uri connect a bank
			manage_connections uri look at what is shared, add, mend and remove
			edit_credentials uri mend a connection with all credentials anew; add connection_id
			user_input uri answer what a bank asks; add connection_id
			manage_accounts uri change which accounts of a connection are shared; add connection_id
			terms uri accept the terms
			professional_account uri details of a professional account's holder
		`),
	}
	if v.v3 {
		out = append(out, describe.Members("Amount", "An amount.", `
			amount string its digits e.g. 12.30
			currency string ISO 4217 e.g. EUR
		`), describe.Members("Balance", "A balance.", `
			amount Amount the amount
		`))
	}
	return out
}

func (v version) connectionObjects() []describe.Object {
	return []describe.Object{
		describe.Enum("ConnectionStatus", "How a connection stands. RUNNING is the only one that ends by itself.", "RUNNING", "SUCCESS", "PARTIAL_SUCCESS", "FAILED", "CLOSED", "NONE"),
		describe.Enum("ChannelStatus", "How a channel stands.", "SUCCESS", "EMPTY", "RUNNING", "AUTH_FAILED", "TOKEN_EXPIRED", "CHALLENGE_REQUIRED",
			"PASSWORD_CHANGE_REQUIRED", "USER_ACTION_REQUIRED", "PROVIDER_UNAVAILABLE", "FAILED"),
		describe.Enum("ChannelMode", "How a channel works: by the bank's own page, or by identifiers typed here.", "REDIRECT", "EMBEDDED"),
		describe.Enum("AccountType", "The kind of an account.", "CHECKINGS", "SAVINGS", "LOAN", "CREDIT_CARD"),
		describe.Members("Connection", "A connection: all ways into one login.", v.table(connectionMembers)),
		describe.Members("Channel", "One way in of a connection. One with the status EMPTY has no accounts.", `
			channel_definition_id id the provider's id followed by 01 for REDIRECT and 00 for EMBEDDED e.g. 4101
			mode ChannelMode how it works
			expires? time when the bank will ask the end user again
			status ChannelStatus how it stands
			last_success_date? time when it was last read
			last_end_date? time when a reading last ended
			credentials? []open what was typed is told nobody; always empty e.g. []
			account_types []AccountType what is found through it
			eligible_accounts? boolean of an empty one: false
			channel_definition_unavailable boolean whether it cannot be used now e.g. false
		`),
		describe.Members("Owner", "Who holds it.", `
			name string as the bank says it e.g. Camille Exemple
		`),
		describe.Members("Provider", "An institution.", v.table(`
			id id its id e.g. 41
			name string its name e.g. Integration test bank
			logo_url uri its picture
			country_codes []string where it is e.g. ["FR"]
			bic? string its BIC
			channel_definitions []ChannelDefinition its ways in
		`)),
		describe.Members("ChannelDefinition", "A way into a provider.", `
			id id the provider's id followed by 01 for REDIRECT and 00 for EMBEDDED e.g. 4101
			mode ChannelMode how it works
			account_types []AccountType what is found through it
			channel_definition_unavailable boolean whether it cannot be used now e.g. false
			form []FormField what the widget asks for
		`),
		describe.Members("FormField", "One thing that the widget asks for.", `
			name string its name e.g. login
			label string what it is called e.g. Login
			type string how it is typed e.g. TEXT
			required boolean whether it must be filled in e.g. true
			secret boolean whether it is a secret e.g. false
			regex? string what it must look like
			options? []FormOption what can be picked
		`),
		describe.Members("FormOption", "One thing that can be picked.", `
			value string its value e.g. par
			label string what it is called e.g. Private
		`),
	}
}

// only21 is what version 2.1 has and version 3 has not.
func (v version) only21(table string) string {
	if v.v3 {
		return ""
	}
	return table
}

const connectionMembers = `
	id id its id
	provider_id id the provider e.g. 41
	name string the provider's name e.g. Integration test bank
	status ConnectionStatus how it stands
	creation_date time when it was made
	auto_sync boolean whether it is read by itself e.g. true
	$logo? uri the provider's picture
	channels []Channel its ways in, those that are not used too
	owner? Owner who holds it, where the bank tells
	consent_per_account boolean whether the end user agreed to each account, and not to all, those to come too e.g. false
	user_id id whose it is e.g. 42`
