package openapi

const clientBody = `
	name string honoured its name, shown to end users e.g. My shop
	redirect_uris stringarray honoured where end users may be sent back to; each is compared exactly e.g. ["https://shop.example/callback"]
	config open honoured options of the webview e.g. {"disable_connector_hints": true}
	primary_color string honoured hex colour without #`

func settingOperations() []operation {
	out := []operation{
		{at: "GET /clients", summary: "List client applications", auth: ConfigToken, answers: ok("ClientList", "the client applications")},
		{
			at: "POST /clients", summary: "Register a client application", auth: ConfigToken, answers: []Answer{{Status: 201, Type: "Client", Meaning: "the client application, with its secret", Example: `{"secret": "pwl_secret_…"}`}},
			body: clientBody + `
				redirect_uri uri honoured old: redirect_uris with one
				generate_keys boolean refused true is refused: nothing here is encrypted with such a key`, refusals: "400 missingParameter notSupported",
		},
		{at: "GET /clients/{client}", summary: "Read a client application", auth: AnyToken, answers: ok("Client", "the client application"), detail: "Any with the config manage token; with a user's, the one that it was made for, and of that what its end users see."},
		{at: "DELETE /clients/{client}", summary: "Remove a client application", auth: ConfigToken, answers: none("its codes and tokens are revoked")},
		{
			at: "GET /config", summary: "Read settings", auth: ConfigToken, answers: ok("map[string]", "settings by key"),
			params: `search string honoured those whose key holds this`,
		},
		{
			at: "POST /config", summary: "Change settings", auth: ConfigToken, loose: true, answers: ok("map[string]", "settings by key, as they are now"),
			detail: "The body is flat: keys and values. Unknown keys are kept; null brings the default back.", sample: `{"biapi.allowed_origins": "https://app.example"}`,
		},
		{at: "GET /config/logs", summary: "List changes of settings", auth: ConfigToken, answers: ok("ConfigLogList", "the changes"), params: paging},
	}
	for _, method := range []string{"POST", "PUT"} {
		out = append(out, operation{
			at: method + " /clients/{client}", summary: "Change a client application", auth: ConfigToken, refusals: "400 notSupported",
			answers: ok("Client", "the client application; with its secret when that was made anew"),
			body: clientBody + `
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
func refusedOperations() []operation {
	var out []operation
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
		out = append(out, operation{at: r.at, summary: "Not supported", support: Refused, why: r.why, refusals: "400 notSupported"})
	}
	return out
}
