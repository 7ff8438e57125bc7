package openapi

import (
	"slices"

	"passerelle/web/describe"
)

// objectTable are all objects, in the order of the description.
func objectTable() []describe.Object {
	return slices.Concat(
		commonObjects(), connectorObjects(), connectorPartObjects(), connectionObjects(), accountWordObjects(), accountObjects(), accountListObjects(),
		transactionObjects(), settingObjects(), webhookObjects(), deliveryObjects(), payloadObjects(),
	)
}

func commonObjects() []describe.Object {
	return []describe.Object{
		describe.Members("Error", "What went wrong. Branch on code; the list of codes is open.", `
			code string the kind of error e.g. invalidValue
			description string what is wrong and the remedy, for developers; it names the parameter concerned e.g. The parameter limit must be a whole number from 1 to 1000.
			message string|null what the bank says to the end user, in the bank's words; it may be shown
			request_id string|null a reference to quote to whoever runs the service; opaque e.g. 019cb000-0000-7000-8000-000000000001
		`),
		describe.Members("TokenError", "An Error of a token endpoint, with the members of RFC 6749 section 5.2 beside it, so that OAuth 2 libraries find what they look for.", `
			code string the kind of error e.g. invalid_grant
			description string what is wrong and the remedy, for developers e.g. The code is unknown, spent or over.
			message string|null what the bank says to the end user
			request_id string|null a reference to quote; opaque e.g. 019cb000-0000-7000-8000-000000000001
			error string the code in the words of OAuth 2 e.g. invalid_grant
			error_description? string the same as description e.g. The code is unknown, spent or over.
		`),
		describe.Members("InitAnswer", "A new user and what reads their data.", `
			auth_token string an access token, or without the client application's credentials a temporary code e.g. pwl_user_0f3c.example
			type enum(permanent,temporary) whether the user stays
			id_user integer the user's number e.g. 42
			expires_in integer|null seconds until auth_token ends; null when it does not
		`),
		describe.Members("TemporaryCode", "A code for the webview.", `
			code string the code; encode it when you put it into an address e.g. pwl_tmp_0f3c.example
			type enum(temporary) always temporary
			access enum(single,standard) single opens one visit and is no bearer; standard also reads data until it ends
			expires_in integer|null seconds until it ends e.g. 1800
		`),
		describe.Members("AccessToken", "A user access token, in the shape of RFC 6749 section 5.1.", `
			access_token string the access token e.g. pwl_user_0f3c.example
			token_type enum(Bearer) how it is presented
		`),
		describe.Members("User", "An end user of yours.", `
			id integer the user's number e.g. 42
			signin datetime when the user was made
			platform string how the user was made; always the same e.g. sharedAccess
		`),
		describe.Members("UserExport", "All that is stored about a user.", `
			format string names this shape; it changes when members go or change their meaning e.g. passerelle-user-export/1
			exported_at string when it was made, RFC 3339 e.g. 2026-03-01T12:00:00Z
			user ExportedUser the user
			person []open who they are, where the client application said so
			connections []open their connections
			readings []open how readings of the connections went
			accounts []open their accounts, those they did not share without what they hold
			transactions []open movements on shared accounts
			consents []open which accounts they shared with whom, for what, until when
			visits []open their visits to the webview
			events []open what was told of them
			deliveries []open what was sent to receivers
			delivery_tries []open how sending went
			repeats []open requests with an Idempotency-Key of the last day
			receivers []open receivers of events of this user alone
			codes []open codes made for them, without the codes
			tokens []open access tokens made for them, without the tokens
			refresh_tokens []open refresh tokens made for them, without the tokens
			widget_sessions []open visits that a client application opened for them
			queues []open queues of events of their visits
			queue_events []open what is in these queues
			refused_connections []open how often banks refused what they typed
		`),
		describe.Members("ExportedUser", "The user of an export.", `
			id integer the user's number e.g. 42
			domain string the domain e.g. default
			created string when the user was made, RFC 3339 e.g. 2026-03-01T12:00:00Z
			expires_at string|null when a temporary user goes
		`),
		describe.Members("UserList", "Users of the domain.", `
			users []User by number
		`),
	}
}
