package openapi

import "passerelle/web/describe"

const clientMembers = `
	client_id integer honoured the client application's number; in the body or by HTTP Basic
	client_secret string honoured its secret; in the body or by HTTP Basic`

func authOperations() []describe.Row {
	return []describe.Row{
		{
			At: "POST /auth/init", Summary: "Make a user", Auth: MaybeClient, Answers: describe.OK("InitAnswer", "the user and what reads their data"),
			Detail: "With the client application's credentials, or a users manage token in the header, the user is permanent. Without either, the user is " +
				"temporary: everything of theirs is deleted after 30 minutes unless their code is exchanged by then.",
			Params: onceKey, Body: clientMembers, Refusals: "401 unauthorized; 403 forbidden", Sample: `{"client_id": 39038450, "client_secret": "pwl_secret_…"}`,
		},
		{
			At: "GET /auth/token/code", Summary: "Make a temporary code", Auth: AnyToken, Answers: describe.OK("TemporaryCode", "the code"),
			Detail:   "Give the code to the webview as the parameter code, URL-encoded. A single one is advised: it opens one visit and reads nothing.",
			Params:   `type enum(singleAccess,requestAccess) honoured what the code is good for; default requestAccess e.g. singleAccess`,
			Refusals: "403 forbidden",
		},
		{
			At: "POST /auth/token/access", Summary: "Exchange a code for an access token", Auth: ClientSecret, Answers: describe.OK("AccessToken", "the access token"),
			Detail: "A code is spent by its first use; a second use is refused and revokes the token of the first. To repeat a request whose answer was " +
				"lost, send the same Idempotency-Key within 60 seconds.",
			Params: `Idempotency-Key string honoured a header; the same request with the same key gets the same answer for 60 seconds`,
			Body: clientMembers + `
				code! string honoured from the webview's callback, from /auth/token/code, or the temporary auth_token of /auth/init
				grant_type enum(authorization_code) honoured may be left out
				redirect_uri uri honoured when it is sent it must be the one of the visit
				code_verifier string honoured PKCE (RFC 7636); needed when the visit began with a code_challenge`,
			Sample:   `{"client_id": 39038450, "client_secret": "pwl_secret_…", "code": "pwl_code_…"}`,
			Refusals: "400 invalid_grant unsupported_grant_type",
		},
		{
			At: "POST /auth/renew", Summary: "Make an access token for a user", Auth: ClientSecret, Answers: describe.OK("AccessToken", "the access token"),
			Body: clientMembers + `
				grant_type! enum(client_credentials) honoured always client_credentials
				id_user integer honoured the user; left out, a permanent one is made
				revoke_previous boolean honoured end the user's other permanent tokens; default false`,
			Sample:   `{"client_id": 39038450, "client_secret": "pwl_secret_…", "grant_type": "client_credentials", "id_user": 42}`,
			Refusals: "400 unsupported_grant_type; 404 notFound",
		},
		{At: "DELETE /auth/token", Summary: "End the presented access token", Auth: AnyToken, Who: "With the access token itself; a temporary code ends by itself and is refused.", Answers: describe.None("it reads nothing any more"), Refusals: "403 forbidden"},
	}
}

func userOperations() []describe.Row {
	return []describe.Row{
		{
			At: "GET /users", Summary: "List users", Auth: UsersToken, Answers: describe.OK("UserList", "a page of users"),
			Params: paging + `
				search string ignored users have nothing to search by`,
		},
		{At: "GET /users/{user}", Summary: "Read a user", Auth: UserOrUsersToken, Answers: describe.OK("User", "the user")},
		{
			At: "DELETE /users/{user}", Summary: "Delete a user and everything of theirs", Auth: UserToken, Answers: describe.None("all is deleted"),
			Detail: "Each bank is told that the consent has ended.",
		},
		{
			At: "GET /users/{user}/export", Summary: "Read all that is stored about a user", Auth: UserOrUsersToken, Answers: describe.OK("UserExport", "everything, as one object"), Ours: true,
			Who: "With the user's access token, or the users manage token. A temporary code and the access token of a delivery are refused.",
			Detail: "For the person who asks what is kept about them. Lists hold the rows of the tables as they are kept: a member may be added. Credentials, codes and access " +
				"tokens are never in it: true stands for one that there is. Times are RFC 3339, in UTC. It is written while it is read; if that fails half-way, the connection is broken off.",
		},
	}
}
