package openapi

import "passerelle/web/describe"

func (v version) widgetOperations() []describe.Row {
	session := describe.Row{
		At: "POST /widget/widget_session", Summary: "Open a session of the widget for a user", Auth: credentials,
		Detail: "The user is that of access_token, which needs accounts_read, accounts_manage or connections_manage. The links open pages for 30 minutes, in the browser that opens one first. " +
			"Put further parameters behind a link with &.",
		Params: `captive_mode boolean honoured false: the end user may leave before everything was read. It cannot be changed behind a link then` + onceKey,
		Body: `
			client_id! string honoured the client application's number; in the body or by HTTP Basic e.g. 39038450
			client_secret! string honoured its secret; in the body or by HTTP Basic e.g. pwl_secret_0f3c.example
			access_token! string honoured the user's access token e.g. pwl_user_0f3c.example
			captive_mode boolean honoured the same as in the query`,
		Answers: describe.OK("WidgetSession", "the session"), Refusals: "401 invalid_token; 403 insufficient_scope",
	}
	other := session
	other.At, other.Why = "POST /widget_session", "another address of "+session.At
	return []describe.Row{session, other, {
		At: "GET /widget/{entry}", Summary: "Open the widget", Pages: true,
		Detail: "The end user's browser opens it. Entry addresses, further down on the page of this description, and COMPATIBILITY.md list the parameters of each entry point. " +
			"What no page sees, such as too long a request, is refused below a version's prefix in JSON.",
		Params: `session_id! string honoured the session e.g. 0f3c.example`,
		Answers: []describe.Answer{
			{Status: 200, Type: "text/html", Meaning: "a page"},
			{Status: 303, Meaning: "to the visit, or back to redirect_url with error"},
			{Status: 400, Type: "text/html", Meaning: "a page that names the problem: nobody is sent to an address that is not registered"},
			{Status: 403, Type: "text/html", Meaning: "a page: the session is open in another browser"},
			{Status: 404, Type: "text/html", Meaning: "no such entry point"},
			{Status: 410, Type: "text/html", Meaning: "a page: the session is over"},
			{Status: 413, Type: "text/html", Meaning: "a page: more was sent than anything here takes"},
		},
	}}
}
