package openapi

import "passerelle/web/describe"

const entryCommon = `
	domain string honoured a label, a host or an address; with one domain it may be left out e.g. connect.example
	client_id! integer honoured the client application e.g. 39038450
	state string honoured yours; comes back byte for byte e.g. af0ifjsldkj`

const entryFilters = `
	account_types list honoured only accounts of these types can be shared e.g. checking,card
	account_usages list honoured only accounts of these usages can be shared e.g. priv,orga`

// Flows are the webview's flows: /{lang}/{flow}, /{flow} and /2.0/auth/webview[/{lang}]/{flow}.
func Flows() []describe.Flow {
	return []describe.Flow{
		{Name: "connect", Meaning: "An end user connects an institution.", Params: describe.Lines(entryCommon + `
			redirect_uri uri honoured one of the registered addresses, compared exactly after one decode; it may be left out where exactly one is registered
			code string honoured a temporary code; without one a user is made and a code stands in the callback
			connector_ids list honoured only these connectors, by number; joined with connector_uuids; one alone skips the picker e.g. 40
			connector_uuids list honoured only these connectors, by UUID
			connector_capabilities list honoured only connectors that have all of these; default bank
			connector_country string honoured the country that the picker begins with e.g. fr
			account_ibans list honoured only accounts with these IBANs can be shared` + entryFilters + `
			max_connections integer honoured how many may be made in one visit; above 1 the callback has connection_ids e.g. 2
			{connector_uuid}.{field} string honoured what a field of the form begins with; secrets are refused
			code_challenge string honoured PKCE (RFC 7636), ours
			code_challenge_method enum(S256) honoured PKCE, ours
			types list honoured of version 3: connector_capabilities, as banks or providers
			id_connector integer honoured of version 3: connector_ids
			connectors list honoured of version 3: connector_ids
			response_type string ignored of version 3
			compat string ignored of version 3`)},
		{Name: "reconnect", Meaning: "An end user mends a connection.", Params: describe.Lines(entryCommon + `
			redirect_uri uri honoured one of the registered addresses; it may be left out where exactly one is registered
			code! string honoured a temporary code of the user
			connection_id! integer honoured the connection e.g. 17
			reset_credentials boolean honoured true: everything is typed anew; default false
			connection_sources list honoured the sources to mend e.g. openapi
			sources list honoured the same, as the JavaScript component sends it
			id_connection integer honoured of version 3: connection_id`)},
		{Name: "manage", Meaning: "An end user looks at what is shared, adds, mends and removes.", Params: describe.Lines(entryCommon + `
			redirect_uri uri honoured where the close button leads; without one there is none
			code! string honoured a temporary code of the user
			connection_id integer honoured open this connection e.g. 17
			connector_ids list honoured when adding: only these
			connector_uuids list honoured when adding: only these
			connector_capabilities list honoured when adding: only connectors that have all of these; default bank
			connector_country string honoured when adding: the country that the picker begins with` + entryFilters + `
			{connector_uuid}.{field} string honoured when adding: what a field begins with`)},
		{Name: "payment", Meaning: "Out of scope: a page says so.", Params: describe.Lines(`
			payment_id string refused payments are out of scope`)},
	}
}

func webviewOperations() []describe.Row {
	pages := []describe.Answer{
		{Status: 200, Type: "text/html", Meaning: "a page"},
		{Status: 302, Meaning: "to the address with the language"},
		{Status: 303, Meaning: "to the visit, or back to redirect_uri with error"},
		{Status: 400, Type: "text/html", Meaning: "a page that names the problem: nobody is sent to an address that is not registered"},
		{Status: 404, Type: "text/html", Meaning: "no such flow"},
	}
	out := []describe.Row{
		{
			At: "GET /auth/webview/{flow}", Summary: "Open the webview in the browser's language", Pages: true, Answers: pages,
			Detail: "The same as /{flow} and /{lang}/{flow} at the root. COMPATIBILITY.md lists the parameters of each flow; payment shows a page that says what is not made here.",
		},
		{At: "GET /auth/webview/{lang}/{flow}", Summary: "Open the webview", Pages: true, Answers: pages},
	}
	for _, lang := range []string{"", "/{lang}"} {
		out = append(out, describe.Row{
			At: "GET /auth/webview" + lang + "/connect/select", Summary: "Open the webview by its old name (version 3)", Pages: true, Answers: pages,
			Detail: "connect, or reconnect when id_connection is there. /auth/webview/accounts is manage.",
		})
	}
	return append(out, []describe.Row{
		{
			At: "GET /webauth", Summary: "Lead the end user to the bank", Pages: true, Answers: pages, Fields: true,
			Detail: "Make the address with /webauth-url. The page that it leads to names who asks, and has the button to the bank. Values of fields may be sent by their names, except secret ones.",
			Params: `
				client_id! integer honoured the client application e.g. 39038450
				redirect_uri! uri honoured one of its registered addresses, without a query string
				token! string honoured a temporary code of the user
				id_connector integer honoured for a new connection; or connector_uuid, or id_connection
				connector_uuid uuid honoured for a new connection
				id_connection integer honoured for a connection that exists
				source string honoured the source to use; its auth_mechanism must be webauth
				state string honoured yours; it comes back unchanged`,
		},
	}...)
}
