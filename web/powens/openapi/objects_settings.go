package openapi

import "passerelle/web/describe"

func settingObjects() []describe.Object {
	return []describe.Object{
		describe.Members("Client", "A client application.", `
			id integer its number: the client_id e.g. 39038450
			name string its name, shown to end users e.g. My shop
			secret string|null its secret, shown when it was made or set anew and to nobody later
			public_key string|null keys are not made here: null
			private_key string|null keys are not made here: null
			redirect_uris []string where end users may be sent back to e.g. ["https://shop.example/callback"]
			id_logo integer|null the number of its picture
			primary_color string|null hex colour without # e.g. 1a73e8
			config open options of the webview e.g. {"disable_connector_hints": false}
		`),
		describe.Members("ClientList", "Client applications of the domain.", `
			clients []Client the client applications
			total integer how many there are
		`),
		describe.Members("ConfigLog", "A change of a setting.", `
			id integer its number
			timestamp datetime when it was changed
			key string the setting e.g. biapi.allowed_origins
			old_value string|null what it was before
			new_value string|null what it is since
		`),
		describe.Members("ConfigLogList", "Changes of settings, newest first.", `
			configlogs []ConfigLog the changes
		`),
	}
}
