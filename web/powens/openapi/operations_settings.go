package openapi

import "passerelle/web/describe"

const clientBody = `
	name string honoured its name, shown to end users e.g. My shop
	redirect_uris stringarray honoured where end users may be sent back to; each is compared exactly e.g. ["https://shop.example/callback"]
	config open honoured options of the webview e.g. {"disable_connector_hints": true}
	primary_color string honoured hex colour without #`

func settingOperations() []describe.Row {
	out := []describe.Row{
		{At: "GET /clients", Summary: "List client applications", Auth: ConfigToken, Answers: describe.OK("ClientList", "the client applications")},
		{
			At: "POST /clients", Params: onceKey, Summary: "Register a client application", Auth: ConfigToken, Answers: []describe.Answer{{Status: 201, Type: "Client", Meaning: "the client application, with its secret", Example: `{"secret": "pwl_secret_…"}`}},
			Body: clientBody + `
				redirect_uri uri honoured old: redirect_uris with one
				generate_keys boolean refused true is refused: nothing here is encrypted with such a key`, Refusals: "400 missingParameter notSupported",
		},
		{At: "GET /clients/{client}", Summary: "Read a client application", Auth: AnyToken, Answers: describe.OK("Client", "the client application"), Detail: "Any with the config manage token; with a user's, the one that it was made for, and of that what its end users see."},
		{At: "DELETE /clients/{client}", Summary: "Remove a client application", Auth: ConfigToken, Answers: describe.None("its codes and tokens are revoked")},
		{
			At: "GET /config", Summary: "Read settings", Auth: ConfigToken, Answers: describe.OK("map[string]", "settings by key"),
			Params: `search string honoured those whose key holds this`,
		},
		{
			At: "POST /config", Summary: "Change settings", Auth: ConfigToken, Loose: true, Answers: describe.OK("map[string]", "settings by key, as they are now"),
			Detail: "The body is flat: keys and values. Unknown keys are kept; null brings the default back.", Sample: `{"biapi.allowed_origins": "https://app.example"}`,
		},
		{At: "GET /config/logs", Summary: "List changes of settings", Auth: ConfigToken, Answers: describe.OK("ConfigLogList", "the changes"), Params: paging},
	}
	for _, method := range []string{"POST", "PUT"} {
		out = append(out, describe.Row{
			At: method + " /clients/{client}", Summary: "Change a client application", Auth: ConfigToken, Refusals: "400 notSupported",
			Answers: describe.OK("Client", "the client application; with its secret when that was made anew"),
			Body: clientBody + `
				redirect_uri uri honoured old: redirect_uris with one
				secret boolean honoured true makes a new secret; one of your own is refused
				update_config boolean honoured true, the default, merges config; false replaces it
				generate_keys boolean refused true is refused: nothing here is encrypted with such a key
				secondary_color string ignored the pages have one colour
				description string ignored the pages do not show it
				description_banks string ignored the pages do not show it
				description_providers string ignored the pages do not show it
				pro boolean ignored no page asks about companies`,
		})
	}
	return append(out, refusedOperations()...)
}

// refusedOperations are addresses whose work is done elsewhere here, or not at all: they say where.
func refusedOperations() []describe.Row {
	var out []describe.Row
	for _, r := range []struct{ at, why string }{
		{"POST /clients/{client}/logo", "the pages show the name of a client application, and no picture"},
		{"DELETE /clients/{client}/logo", "the pages show the name of a client application, and no picture"},
		{"GET /users/{user}/config", "values of a user are not kept here"},
		{"POST /users/{user}/config", "values of a user are not kept here"},
		{"GET /users/{user}/terms", "what an end user agreed to is recorded by the webview"},
		{"POST /users/{user}/terms", "what an end user agreed to is recorded by the webview"},
		{"GET /terms", "the terms are those of the webview; the operator sets their address"},
		{"POST /terms", "the terms are those of the webview; the operator sets their address"},
		{"POST /users/{user}/token", "use POST /auth/renew"},
		{"POST /admin/jwt", "use passerelle token create"},
		{"POST /auth/jwt", "use POST /auth/renew"},
		{"POST /auth/token", "service tokens are for payments, which are out of scope; use POST /auth/renew for a user"},
	} {
		out = append(out, describe.Row{At: r.at, Summary: "Not supported", Support: describe.Refused, Why: r.why, Refusals: "400 notSupported"})
	}
	return out
}
