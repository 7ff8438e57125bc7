package openapi

import "passerelle/web/describe"

func connectorObjects() []describe.Object {
	return []describe.Object{
		describe.Enum("Capability", "What a connector can do.", "bank", "bankwealth", "transfer", "document", "profile", "contact"),
		describe.Enum("AuthMechanism", "How the end user proves who they are: on the bank's own page, or with their login here.", "webauth", "credentials"),
		describe.Enum("AccountUsage", "Whose money it is: private, of an organisation, of an association.", "PRIV", "ORGA", "ASSO"),
		describe.Members("Connector", "An institution that an end user can connect. The members from sources on stand there when expand asks for them.", `
			id integer the number here; not the same elsewhere e.g. 40
			uuid uuid the name everywhere
			name string what people call it e.g. Test bank
			hidden boolean|null whether it is left out of lists
			charged boolean whether it costs extra; never here
			code string|null the bank code e.g. 00000
			beta boolean whether it is new
			color string|null hex colour without # e.g. 1a73e8
			slug string|null a short name, not unique e.g. TST
			sync_frequency number|null deprecated
			months_to_fetch integer|null how many months of transactions are read at first
			auth_mechanism AuthMechanism|null the way in of the first source e.g. webauth
			available_auth_mechanisms []AuthMechanism the ways in of all sources e.g. ["webauth", "credentials"]
			transfer_mechanism string|null payments are out of scope: null
			siret string|null of document providers: null
			restricted boolean true when no new connection can be made
			capabilities []Capability what it can do
			account_usages []AccountUsage whose accounts it gives
			account_types []AccountTypeName types of account it gives e.g. ["checking", "card", "savings"]
			products []string products: bank, wealth, bill, pay e.g. ["bank"]
			payment_settings open|null payments are out of scope: null
			stability Stability how well it works; not measured
			sources? []ConnectorSource its ways in, by priority
			fields? []ConnectorField what it asks the end user for
			countries? []Country where it is at home
			urls? []string the bank's own addresses
			payment_fields? []ConnectorField payments are out of scope: empty
		`),
		describe.Members("Stability", "How well a connector works. We do not measure it.", `
			status enum(stable) always stable
			last_update datetime|null when that was found out: null
		`),
		describe.Members("ConnectorList", "Connectors.", `
			connectors []Connector the connectors
			total integer how many there are in all
		`),
		describe.Members("BankList", "Connectors with the capability bank; deprecated name.", `
			banks []Connector the connectors
			total integer how many there are in all
		`),
		describe.Members("ProviderList", "Connectors with the capability document; deprecated name.", `
			providers []Connector the connectors
			total integer how many there are in all
		`),
	}
}

// connectorPartObjects are the parts of connectors.
func connectorPartObjects() []describe.Object {
	return []describe.Object{
		describe.Members("ConnectorSource", "One way into a connector.", `
			id integer its number e.g. 401
			id_connector integer the connector's number e.g. 40
			name string openapi is the bank's own interface, directaccess its website e.g. openapi
			auth_mechanism AuthMechanism how the end user proves who they are
			available_auth_mechanisms []AuthMechanism ways to choose from
			disabled datetime|null since when it is not offered
			priority integer lower goes first
			account_types []AccountTypeName types of account it gives e.g. ["checking", "card", "savings"]
			account_usages []AccountUsage whose accounts it gives
			capabilities []Capability what it can do
		`),
		describe.Members("ConnectorSourceList", "The ways into a connector.", `
			sources []ConnectorSource by priority
		`),
		describe.Members("ConnectorField", "One thing that the end user is asked for.", `
			name string the key that the value is sent under e.g. login
			connector_sources []string the sources that ask for it e.g. ["directaccess"]
			auth_mechanisms []AuthMechanism the ways in that ask for it
			type enum(text,password,list,date,number) what is typed or chosen
			label string what to write beside it e.g. Login
			description string|null what helps to fill it in
			required boolean whether it must be there e.g. true
			regex string|null what a value must look like, as a regular expression
			value string|null the value that it begins with
			values []FieldOption|null of a list: what can be chosen
		`),
		describe.Members("FieldOption", "One choice of a list.", `
			label string what to show e.g. Private
			value string what to send e.g. par
		`),
		describe.Members("FieldList", "What a connector asks for.", `
			fields []ConnectorField the fields, all sources together
		`),
		describe.Members("Country", "A country.", `
			id string ISO 3166-1 alpha-2, lower case e.g. fr
			name string its English name e.g. France
		`),
		describe.Members("ConnectorLogo", "A picture of a connector.", `
			id integer its number
			id_connector integer the connector's number e.g. 40
			id_file integer the file's number
			type enum(main,thumbnail) its size
		`),
		describe.Members("ConnectorLogoList", "Pictures of a connector.", `
			connectorlogos []ConnectorLogo the pictures
			total integer how many there are
		`),
	}
}
