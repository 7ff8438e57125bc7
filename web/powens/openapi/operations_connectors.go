package openapi

import "strings"

const connectorParams = `
	country_codes list honoured ISO 3166-1 alpha-2 codes, separated by commas e.g. fr,be
	id_payment integer ignored payments are out of scope` + paging + expand

func connectorOperations() []operation {
	out := []operation{
		{
			at: "GET /connectors", summary: "List connectors", answers: ok("ConnectorList", "connectors, the most used first"), params: connectorParams,
			detail: "Hidden ones are left out. Labels are in the language of Accept-Language. Ask again rather than keep the list: it changes.",
		},
		{
			at: "PATCH /connectors", summary: "Set something in several connectors", auth: ConfigToken, loose: true, sample: `{"338178e6-3d01-564f-9a7b-52ca442459bf": {"hidden": true}}`,
			detail: "The body maps each connector's UUID to what PUT /connectors/{connector} takes. All of it happens or nothing.", refusals: "404 notFound",
			answers: ok("ConnectorList", "the connectors, as they are now"),
		},
		{at: "GET /connectors/{connector}", summary: "Read a connector", answers: ok("Connector", "the connector"), params: expand},
		{
			at: "PUT /connectors/{connector}", summary: "Set something in a connector", auth: ConfigToken, answers: ok("Connector", "the connector, as it is now"),
			body: `
				hidden boolean honoured leave it out of lists and of the webview's picker e.g. true
				sync_periodicity number ignored deprecated: connections are read every 24 hours`,
		},
		{at: "GET /connectors/{connector}/fields", summary: "List what a connector asks for", answers: ok("FieldList", "the fields")},
		{
			at: "GET /connectors/{connector}/sources", summary: "List the ways into a connector", answers: ok("ConnectorSourceList", "the sources"),
			params: `country_codes list ignored a source has no country of its own`,
		},
		{at: "GET /connectors/{connector}/sources/{source}", summary: "Read a way into a connector", answers: ok("ConnectorSource", "the source")},
		{
			at: "PUT /connectors/{connector}/sources/{source}", summary: "Set something in a way into a connector", auth: ConfigToken,
			answers: ok("ConnectorSource", "the source, as it is now"),
			body: `
				disabled boolean honoured offer it no more e.g. true
				auth_mechanism AuthMechanism honoured must be one of available_auth_mechanisms`,
		},
		{at: "GET /connectors/{connector}/logos", summary: "List pictures of a connector", answers: ok("ConnectorLogoList", "the pictures")},
		{at: "GET /connectors/{connector}/logos/main", summary: "Get the picture of a connector", answers: ok("image/svg+xml", "its initials on its colour")},
		{at: "GET /connectors/{connector}/logos/thumbnail", summary: "Get the small picture of a connector", answers: ok("image/svg+xml", "its initials on its colour")},
	}
	return append(out, aliases()...)
}

// aliases are the deprecated addresses of the catalogue.
func aliases() []operation {
	var out []operation
	for _, a := range []struct{ path, list, what string }{{"/banks", "BankList", "bank"}, {"/providers", "ProviderList", "document"}} {
		out = append(out,
			operation{
				at: "GET " + a.path, summary: "List connectors with the capability " + a.what + " (deprecated)", params: connectorParams,
				answers: ok(a.list, "connectors"), alias: "GET /connectors",
			},
			operation{
				at: "GET " + a.path + "/{connector}", summary: "Read a connector (deprecated)", params: expand, answers: ok("Connector", "the connector"),
				alias: strings.Replace("GET "+a.path+"/{connector}", a.path, "/connectors", 1),
			})
	}
	return out
}
