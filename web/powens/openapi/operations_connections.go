package openapi

const connectionMembers = `
	source string honoured the source to use e.g. openapi`

// moreToDo is a connection that asks the end user for a code.
const moreToDo = `{"state": "additionalInformationNeeded", "error": "additionalInformationNeeded", "last_update": null, "expire": "2026-03-01 13:30:00",
	"fields": [{"name": "code", "connector_sources": ["directaccess"], "auth_mechanisms": ["credentials"], "type": "text", "label": "Code by text message",
	"description": "The code was sent to the phone ending in 42.", "required": true, "regex": "^[0-9]{6}$", "value": null, "values": null}]}`

func connectionOperations() []operation {
	out := []operation{
		{
			at: "GET /users/{user}/connections", summary: "List connections", auth: UserToken, answers: ok("ConnectionList", "the connections"),
			params: paging + expand + `
				all flag ignored connections are never disabled`,
		},
		{
			at: "POST /users/{user}/connections", summary: "Connect an institution without the webview", auth: UserToken, fields: true,
			detail: "Each field of the connector is sent by its name, in clear over TLS: values encrypted end to end are not read. What the bank refuses leaves nothing " +
				"behind. When the end user has to do more, the answer is 202 and state and fields say what.",
			params: `source string honoured the same as in the body` + expand + background,
			body: `
				connector_uuid uuid honoured the connector; or id_connector
				id_connector integer honoured the connector's number
				id_bank integer honoured deprecated: id_connector
				id_provider integer honoured deprecated: id_connector` + connectionMembers,
			sample: `{"connector_uuid": "338178e6-3d01-564f-9a7b-52ca442459bf", "source": "directaccess", "login": "dev", "password": "dev"}`,
			answers: []Answer{
				{Status: 200, Type: "Connection", Meaning: "connected, or kept in a state that is tried again by itself"}, {Status: 202, Type: "Connection", Meaning: "the end user has to do more", Example: moreToDo},
			},
			refusals: "400 missingParameter wrongpass; 429 tooManyTries tooManyRequests",
		},
		{
			at: "PUT /users/{user}/connections", summary: "Read all connections now", auth: UserToken, answers: []Answer{{Status: 202, Type: "ConnectionList", Meaning: "the readings have begun"}},
			detail: "Always in the background. Those that wait for the end user, or were read just now, are left out.", params: `psu_requested boolean honoured whether the end user is there; default true` + background,
		},
		{at: "DELETE /users/{user}/connections", summary: "Delete all connections", auth: UserToken, answers: none("they and all that was read through them are deleted"), refusals: "409 connectionLocked"},
		{at: "GET /users/{user}/connections/{connection}", summary: "Read a connection", auth: UserToken, answers: ok("Connection", "the connection"), params: expand},
		{
			at: "POST /users/{user}/connections/{connection}", summary: "Go on with a connection, or change it", auth: UserToken, fields: true,
			detail: "Values of fields answer what the state asks for. An empty body makes the bank be asked again where the state is SCARequired. Calls that wait for " +
				"the bank do so for 22 seconds at most; the work goes on, and the connection's state tells how it went.",
			params: background + expand, body: connectionMembers + `
				active boolean honoured whether it is read by itself
				expire datetime honoured when it goes away; null: not by itself. Of an unfinished one sooner is taken, later is not; an unfinished one never later than it is
				resume boolean honoured true: wait for the approval in the bank's app e.g. true
				refresh_auth boolean honoured true: renew the consent now; only for the source openapi`,
			answers:  []Answer{{Status: 200, Type: "Connection", Meaning: "the connection, as it is now"}, {Status: 202, Type: "Connection", Meaning: "the end user has to do more", Example: moreToDo}},
			refusals: "400 missingParameter wrongpass; 409 connectionLocked notSupported; 429 tooManyTries",
		},
		{
			at: "PUT /users/{user}/connections/{connection}", summary: "Read a connection now", auth: UserToken,
			detail:   "For an end user who is there. psu_requested=false counts among the four readings a day that are made without the end user; twenty a day may be asked for. tooManySync and connectionLocked come with Retry-After.",
			params:   `psu_requested boolean honoured whether the end user is there; default true e.g. true` + background + expand,
			answers:  []Answer{{Status: 200, Type: "Connection", Meaning: "the connection, as it is now"}, {Status: 202, Type: "Connection", Meaning: "the reading has begun, or the end user has to do more", Example: moreToDo}},
			refusals: "409 tooManySync connectionLocked notSupported; 429 tooManyTries",
		},
		{
			at: "DELETE /users/{user}/connections/{connection}", summary: "Delete a connection", auth: UserToken,
			answers: none("it and all that was read through it is deleted, and the bank is told"), refusals: "409 connectionLocked",
		},
	}
	return append(out, connectionPartOperations()...)
}

// connectionPartOperations are about a connection's ways in, its readings and the bank's page.
func connectionPartOperations() []operation {
	return []operation{
		{at: "GET /users/{user}/connections/{connection}/sources", summary: "List a connection's ways in", auth: UserToken, answers: ok("ConnectionSourceList", "the sources"), params: `all flag honoured disabled ones too`},
		{at: "GET /users/{user}/connections/{connection}/sources/{source}", summary: "Read a connection's way in", auth: UserToken, answers: ok("ConnectionSource", "the source"), params: `all flag honoured a disabled one too`},
		{
			at: "POST /users/{user}/connections/{connection}/sources/{source}", summary: "Switch a connection's way in on or off", auth: UserToken,
			body: `disabled boolean|datetime|null honoured true or a time: nothing is read through it any more; false: it is read again; null leaves it e.g. true`, answers: ok("ConnectionSource", "the source, as it is now"),
			params: `all flag honoured a disabled one too`,
		},
		{
			at: "GET /users/{user}/connections/{connection}/logs", summary: "List readings of a connection", auth: UserToken, answers: ok("ConnectionLogList", "the readings"),
			params: paging + `
				min_date day honoured none before
				max_date day honoured none after
				id_source integer honoured of this source alone`,
		},
		{
			at: "GET /webauth-url", summary: "Make an address where the end user authorises at the bank", auth: AnyToken, answers: ok("WebauthURL", "the address"),
			detail: "For a connection in the state webauthRequired, or for a new one. The end user comes back to redirect_uri with id_connection, or with error.",
			params: `
				client_id! integer honoured the client application e.g. 39038450
				redirect_uri! uri honoured one of its registered addresses, without a query string
				id_connector integer honoured for a new connection; or connector_uuid, or id_connection e.g. 40
				connector_uuid uuid honoured for a new connection
				id_connection integer honoured for a connection that exists
				source string honoured the source to use
				state string honoured yours; it comes back unchanged`,
			refusals: "400 missingParameter; 403 forbidden; 404 notFound; 409 invalidValue",
		},
	}
}
