package openapi

import "strings"

const connectorParams = `
	country_codes list honoured ISO 3166-1 alpha-2 codes, separated by commas e.g. fr,be
	id_payment integer ignored payments are out of scope` + paging + expand

const hiddenToo = `
	all flag honoured with a config manage token: hidden connectors and disabled sources too`

func connectorOperations() []operation {
	out := catalogueOperations("connectors", "ConnectorList", "")
	return append(append(out, catalogueOperations("banks", "BankList", "bank")...), catalogueOperations("providers", "ProviderList", "document")...)
}

// catalogueOperations are the same operations below one name; those but the first are deprecated.
func catalogueOperations(name, list, capability string) []operation {
	all, one := "/"+name, "/"+name+"/{connector}"
	detail := "Hidden ones are left out. Labels are in the language of Accept-Language. Ask again rather than keep the list: it changes."
	if capability != "" {
		detail = "Only those with the capability " + capability + ". " + detail
	}
	out := []operation{
		{at: "GET " + all, summary: "List connectors", answers: ok(list, "connectors, the most used first"), params: connectorParams + hiddenToo, detail: detail, refusals: "401 unauthorized"},
		{
			at: "PATCH " + all, summary: "Set something in several connectors", auth: ConfigToken, loose: true,
			sample: `{"338178e6-3d01-564f-9a7b-52ca442459bf": {"hidden": true}}`, refusals: "404 notFound",
			detail: "The body maps each connector's UUID to what PUT takes. All of it happens or nothing.", answers: ok("ConnectorList", "the connectors, as they are now"),
		},
		{at: "GET " + one, summary: "Read a connector", answers: ok("Connector", "the connector"), params: expand},
		{
			at: "PUT " + one, summary: "Set something in a connector", auth: ConfigToken, answers: ok("Connector|ConnectorList", "the connector, as it is now; of several, all"),
			detail: "Several are named with commas.",
			body: `
				hidden boolean honoured leave it out of lists and of the webview's picker e.g. true
				sync_periodicity number ignored deprecated: connections are read every 24 hours`,
		},
		{at: "GET " + one + "/fields", summary: "List what a connector asks for", answers: ok("FieldList", "the fields")},
		{
			at: "GET " + one + "/sources", summary: "List the ways into a connector", answers: ok("ConnectorSourceList", "the sources"),
			refusals: "401 unauthorized", params: `country_codes list ignored a source has no country of its own` + hiddenToo,
		},
		{at: "GET " + one + "/sources/{source}", summary: "Read a way into a connector", answers: ok("ConnectorSource", "the source"), refusals: "401 unauthorized", params: hiddenToo},
		{
			at: "PUT " + one + "/sources/{source}", summary: "Set something in a way into a connector", auth: ConfigToken,
			answers: ok("ConnectorSource", "the source, as it is now"),
			body: `
				disabled boolean|datetime|null honoured true or a time: offer it no more; false: offer it again; null leaves it e.g. true
				auth_mechanism AuthMechanism honoured must be one of available_auth_mechanisms`,
		},
		{at: "GET " + one + "/logos", summary: "List pictures of a connector", answers: ok("ConnectorLogoList", "the pictures")},
		{
			at: "GET " + one + "/logos/{logo}", summary: "Get a picture of a connector", answers: ok("image/svg+xml", "its initials on its colour"),
			why: "the marks of banks are theirs: the picture is drawn",
		},
	}
	if capability != "" {
		for i := range out {
			out[i].alias = strings.Replace(out[i].at, all, "/connectors", 1)
		}
	}
	return out
}
