package openapi

import "passerelle/web/describe"

const connectionMembers = `
	source string honoured the source to use e.g. openapi`

// moreToDo is a connection that asks the end user for a code.
const moreToDo = `{"state": "additionalInformationNeeded", "error": "additionalInformationNeeded", "last_update": null, "expire": "2026-03-01 13:30:00",
	"fields": [{"name": "code", "connector_sources": ["directaccess"], "auth_mechanisms": ["credentials"], "type": "text", "label": "Code by text message",
	"description": "The code was sent to the phone ending in 42.", "required": true, "regex": "^[0-9]{6}$", "value": null, "values": null}]}`

func connectionOperations() []describe.Row {
	out := []describe.Row{
		{
			At: "GET /users/{user}/connections", Summary: "List connections", Auth: UserToken, Answers: describe.OK("ConnectionList", "the connections"),
			Params: paging + expand + `
				all flag ignored connections are never disabled`,
		},
		{
			At: "POST /users/{user}/connections", Summary: "Connect an institution without the webview", Auth: UserToken, Fields: true,
			Detail: "Each field of the connector is sent by its name, in clear over TLS: values encrypted end to end are not read. What the bank refuses leaves nothing " +
				"behind. When the end user has to do more, the answer is 202 and state and fields say what.",
			Params: `source string honoured the same as in the body` + expand + background + onceKey,
			Body: `
				connector_uuid uuid honoured the connector; or id_connector
				id_connector integer honoured the connector's number
				id_bank integer honoured deprecated: id_connector
				id_provider integer honoured deprecated: id_connector` + connectionMembers,
			Sample: `{"connector_uuid": "338178e6-3d01-564f-9a7b-52ca442459bf", "source": "directaccess", "login": "dev", "password": "dev"}`,
			Answers: []describe.Answer{
				{Status: 200, Type: "Connection", Meaning: "connected, or kept in a state that is tried again by itself"}, {Status: 202, Type: "Connection", Meaning: "the end user has to do more", Example: moreToDo},
			},
			Refusals: "400 missingParameter wrongpass; 429 tooManyTries tooManyRequests",
		},
		{
			At: "PUT /users/{user}/connections", Summary: "Read all connections now", Auth: UserToken, Answers: []describe.Answer{{Status: 202, Type: "ConnectionList", Meaning: "the readings have begun"}},
			Detail: "Always in the background. Those that wait for the end user, or were read just now, are left out.", Params: `psu_requested boolean honoured whether the end user is there; default true` + background,
		},
		{At: "DELETE /users/{user}/connections", Summary: "Delete all connections", Auth: UserToken, Answers: describe.None("they and all that was read through them are deleted"), Refusals: "409 connectionLocked"},
		{At: "GET /users/{user}/connections/{connection}", Summary: "Read a connection", Auth: UserToken, Answers: describe.OK("Connection", "the connection"), Params: expand},
		{
			At: "POST /users/{user}/connections/{connection}", Summary: "Go on with a connection, or change it", Auth: UserToken, Fields: true,
			Detail: "Values of fields answer what the state asks for. An empty body makes the bank be asked again where the state is SCARequired. Calls that wait for " +
				"the bank do so for 22 seconds at most; the work goes on, and the connection's state tells how it went.",
			Params: background + expand, Body: connectionMembers + `
				active boolean honoured whether it is read by itself
				expire datetime honoured when it goes away; null: not by itself. Of an unfinished one sooner is taken, later is not; an unfinished one never later than it is
				resume boolean honoured true: wait for the approval in the bank's app e.g. true
				refresh_auth boolean honoured true: renew the consent now; only for the source openapi`,
			Answers:  []describe.Answer{{Status: 200, Type: "Connection", Meaning: "the connection, as it is now"}, {Status: 202, Type: "Connection", Meaning: "the end user has to do more", Example: moreToDo}},
			Refusals: "400 missingParameter wrongpass; 409 connectionLocked notSupported; 429 tooManyTries",
		},
		{
			At: "PUT /users/{user}/connections/{connection}", Summary: "Read a connection now", Auth: UserToken,
			Detail:   "For an end user who is there. psu_requested=false counts among the four readings a day that are made without the end user; twenty a day may be asked for. tooManySync and connectionLocked come with Retry-After.",
			Params:   `psu_requested boolean honoured whether the end user is there; default true e.g. true` + background + expand,
			Answers:  []describe.Answer{{Status: 200, Type: "Connection", Meaning: "the connection, as it is now"}, {Status: 202, Type: "Connection", Meaning: "the reading has begun, or the end user has to do more", Example: moreToDo}},
			Refusals: "409 tooManySync connectionLocked notSupported; 429 tooManyTries",
		},
		{
			At: "DELETE /users/{user}/connections/{connection}", Summary: "Delete a connection", Auth: UserToken,
			Answers: describe.None("it and all that was read through it is deleted, and the bank is told"), Refusals: "409 connectionLocked",
		},
	}
	return append(out, connectionPartOperations()...)
}

// connectionPartOperations are about a connection's ways in, its readings and the bank's page.
func connectionPartOperations() []describe.Row {
	return []describe.Row{
		{At: "GET /users/{user}/connections/{connection}/sources", Summary: "List a connection's ways in", Auth: UserToken, Answers: describe.OK("ConnectionSourceList", "the sources"), Params: `all flag honoured disabled ones too`},
		{At: "GET /users/{user}/connections/{connection}/sources/{source}", Summary: "Read a connection's way in", Auth: UserToken, Answers: describe.OK("ConnectionSource", "the source"), Params: `all flag honoured a disabled one too`},
		{
			At: "POST /users/{user}/connections/{connection}/sources/{source}", Summary: "Switch a connection's way in on or off", Auth: UserToken,
			Body: `disabled boolean|datetime|null honoured true or a time: nothing is read through it any more; false: it is read again; null leaves it e.g. true`, Answers: describe.OK("ConnectionSource", "the source, as it is now"),
			Params: `all flag honoured a disabled one too`,
		},
		{
			At: "GET /users/{user}/connections/{connection}/logs", Summary: "List readings of a connection", Auth: UserToken, Answers: describe.OK("ConnectionLogList", "the readings"),
			Params: paging + `
				min_date day honoured none before
				max_date day honoured none after
				id_source integer honoured of this source alone`,
		},
		{
			At: "GET /webauth-url", Summary: "Make an address where the end user authorises at the bank", Auth: AnyToken, Answers: describe.OK("WebauthURL", "the address"),
			Detail: "For a connection in the state webauthRequired, or for a new one. The end user comes back to redirect_uri with id_connection, or with error.",
			Params: `
				client_id! integer honoured the client application e.g. 39038450
				redirect_uri! uri honoured one of its registered addresses, without a query string
				id_connector integer honoured for a new connection; or connector_uuid, or id_connection e.g. 40
				connector_uuid uuid honoured for a new connection
				id_connection integer honoured for a connection that exists
				source string honoured the source to use
				state string honoured yours; it comes back unchanged`,
			Refusals: "400 missingParameter; 403 forbidden; 404 notFound; 409 invalidValue",
		},
	}
}
