package openapi

import (
	"strings"

	"passerelle/web/describe"
)

const connectorParams = `
	country_codes list honoured ISO 3166-1 alpha-2 codes, separated by commas e.g. fr,be
	id_payment integer ignored payments are out of scope` + paging + expand

const hiddenToo = `
	all flag honoured with a config manage token: hidden connectors and disabled sources too`

func connectorOperations() []describe.Row {
	out := catalogueOperations("connectors", "ConnectorList", "")
	return append(append(out, catalogueOperations("banks", "BankList", "bank")...), catalogueOperations("providers", "ProviderList", "document")...)
}

// catalogueOperations are the same operations below one name; those but the first are deprecated.
func catalogueOperations(name, list, capability string) []describe.Row {
	all, one := "/"+name, "/"+name+"/{connector}"
	detail := "Hidden ones are left out. Labels are in the language of Accept-Language. Ask again rather than keep the list: it changes."
	if capability != "" {
		detail = "Only those with the capability " + capability + ". " + detail
	}
	out := []describe.Row{
		{At: "GET " + all, Summary: "List connectors", Answers: describe.OK(list, "connectors, the most used first"), Params: connectorParams + hiddenToo, Detail: detail, Refusals: "401 unauthorized"},
		{
			At: "PATCH " + all, Summary: "Set something in several connectors", Auth: ConfigToken, Loose: true,
			Sample: `{"338178e6-3d01-564f-9a7b-52ca442459bf": {"hidden": true}}`, Refusals: "404 notFound",
			Detail: "The body maps each connector's UUID to what PUT takes. All of it happens or nothing.", Answers: describe.OK("ConnectorList", "the connectors, as they are now"),
		},
		{At: "GET " + one, Summary: "Read a connector", Answers: describe.OK("Connector", "the connector"), Params: expand},
		{
			At: "PUT " + one, Summary: "Set something in a connector", Auth: ConfigToken, Answers: describe.OK("Connector|ConnectorList", "the connector, as it is now; of several, all"),
			Detail: "Several are named with commas.",
			Body: `
				hidden boolean honoured leave it out of lists and of the webview's picker e.g. true
				sync_periodicity number ignored deprecated: connections are read every 24 hours`,
		},
		{At: "GET " + one + "/fields", Summary: "List what a connector asks for", Answers: describe.OK("FieldList", "the fields")},
		{
			At: "GET " + one + "/sources", Summary: "List the ways into a connector", Answers: describe.OK("ConnectorSourceList", "the sources"),
			Refusals: "401 unauthorized", Params: `country_codes list ignored a source has no country of its own` + hiddenToo,
		},
		{At: "GET " + one + "/sources/{source}", Summary: "Read a way into a connector", Answers: describe.OK("ConnectorSource", "the source"), Refusals: "401 unauthorized", Params: hiddenToo},
		{
			At: "PUT " + one + "/sources/{source}", Summary: "Set something in a way into a connector", Auth: ConfigToken,
			Answers: describe.OK("ConnectorSource", "the source, as it is now"),
			Body: `
				disabled boolean|datetime|null honoured true or a time: offer it no more; false: offer it again; null leaves it e.g. true
				auth_mechanism AuthMechanism honoured must be one of available_auth_mechanisms`,
		},
		{At: "GET " + one + "/logos", Summary: "List pictures of a connector", Answers: describe.OK("ConnectorLogoList", "the pictures")},
		{
			At: "GET " + one + "/logos/{logo}", Summary: "Get a picture of a connector", Answers: describe.OK("image/svg+xml", "its initials on its colour"),
			Why: "the marks of banks are theirs: the picture is drawn",
		},
	}
	if capability != "" {
		for i := range out {
			out[i].Alias = strings.Replace(out[i].At, all, "/connectors", 1)
		}
	}
	return out
}
