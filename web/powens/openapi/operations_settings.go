package openapi

const clientBody = `
	name string honoured its name, shown to end users e.g. My shop
	redirect_uris stringarray honoured where end users may be sent back to; each is compared exactly e.g. ["https://shop.example/callback"]
	config open honoured options of the webview e.g. {"disable_connector_hints": true}
	primary_color string honoured hex colour without #`

func settingOperations() []operation {
	return []operation{
		{at: "GET /clients", summary: "List client applications", auth: ConfigToken, answers: ok("ClientList", "the client applications")},
		{
			at: "POST /clients", summary: "Register a client application", auth: ConfigToken, answers: []Answer{{201, "Client", "the client application, with its secret"}},
			body: clientBody + `
				generate_keys boolean ignored keys are not made`, refusals: "400 missingParameter",
		},
		{at: "GET /clients/{client}", summary: "Read a client application", auth: UserOrConfigToken, answers: ok("Client", "the client application")},
		{
			at: "PUT /clients/{client}", summary: "Change a client application", auth: ConfigToken, answers: ok("Client", "the client application; with its secret when that was set anew"),
			body: clientBody + `
				secret boolean honoured true makes a new secret
				update_config boolean honoured true, the default, merges config; false replaces it
				secondary_color string ignored the pages have one colour
				description string ignored the pages do not show it
				description_banks string ignored the pages do not show it
				description_providers string ignored the pages do not show it
				pro boolean ignored no page asks about companies`,
		},
		{at: "DELETE /clients/{client}", summary: "Remove a client application", auth: ConfigToken, answers: none("its codes and tokens are revoked")},
		{
			at: "GET /config", summary: "Read settings", auth: ConfigToken, answers: ok("open", "settings by key"),
			params: `search string honoured those whose key holds this`,
		},
		{
			at: "POST /config", summary: "Change settings", auth: ConfigToken, loose: true, answers: ok("open", "settings by key, as they are now"),
			detail: "The body is flat: keys and values. Unknown keys are kept.", sample: `{"biapi.allowed_origins": "https://app.example"}`,
		},
		{at: "GET /config/logs", summary: "List changes of settings", auth: ConfigToken, answers: ok("ConfigLogList", "the changes"), params: paging},
	}
}
