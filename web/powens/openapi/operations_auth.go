package openapi

const clientMembers = `
	client_id integer honoured the client application's number; in the body or by HTTP Basic
	client_secret string honoured its secret; in the body or by HTTP Basic`

func authOperations() []operation {
	return []operation{
		{
			at: "POST /auth/init", summary: "Make a user", auth: MaybeClient, answers: ok("InitAnswer", "the user and what reads their data"),
			detail: "With the client application's credentials, or a users manage token in the header, the user is permanent. Without either, the user is " +
				"temporary: everything of theirs is deleted after 30 minutes unless their code is exchanged by then.",
			body: clientMembers, refusals: "401 unauthorized; 403 forbidden", sample: `{"client_id": 39038450, "client_secret": "pwl_secret_…"}`,
		},
		{
			at: "GET /auth/token/code", summary: "Make a temporary code", auth: AnyToken, answers: ok("TemporaryCode", "the code"),
			detail:   "Give the code to the webview as the parameter code, URL-encoded. A single one is advised: it opens one visit and reads nothing.",
			params:   `type enum(singleAccess,requestAccess) honoured what the code is good for; default requestAccess e.g. singleAccess`,
			refusals: "403 forbidden",
		},
		{
			at: "POST /auth/token/access", summary: "Exchange a code for an access token", auth: ClientSecret, answers: ok("AccessToken", "the access token"),
			detail: "A code is spent by its first use; a second use is refused and revokes the token of the first. To repeat a request whose answer was " +
				"lost, send the same Idempotency-Key within 60 seconds.",
			params: `Idempotency-Key string honoured a header; the same request with the same key gets the same answer for 60 seconds`,
			body: clientMembers + `
				code! string honoured from the webview's callback, from /auth/token/code, or the temporary auth_token of /auth/init
				grant_type enum(authorization_code) honoured may be left out
				redirect_uri uri honoured when it is sent it must be the one of the visit
				code_verifier string honoured PKCE (RFC 7636); needed when the visit began with a code_challenge`,
			sample:   `{"client_id": 39038450, "client_secret": "pwl_secret_…", "code": "pwl_code_…"}`,
			refusals: "400 invalid_grant unsupported_grant_type",
		},
		{
			at: "POST /auth/renew", summary: "Make an access token for a user", auth: ClientSecret, answers: ok("AccessToken", "the access token"),
			body: clientMembers + `
				grant_type! enum(client_credentials) honoured always client_credentials
				id_user integer honoured the user; left out, a permanent one is made
				revoke_previous boolean honoured end the user's other permanent tokens; default false`,
			sample:   `{"client_id": 39038450, "client_secret": "pwl_secret_…", "grant_type": "client_credentials", "id_user": 42}`,
			refusals: "400 unsupported_grant_type; 404 notFound",
		},
		{at: "DELETE /auth/token", summary: "End the presented access token", auth: AnyToken, who: "With the access token itself; a temporary code ends by itself and is refused.", answers: none("it reads nothing any more"), refusals: "403 forbidden"},
	}
}

func userOperations() []operation {
	return []operation{
		{
			at: "GET /users", summary: "List users", auth: UsersToken, answers: ok("UserList", "a page of users"),
			params: paging + `
				search string ignored users have nothing to search by`,
		},
		{at: "GET /users/{user}", summary: "Read a user", auth: UserOrUsersToken, answers: ok("User", "the user")},
		{
			at: "DELETE /users/{user}", summary: "Delete a user and everything of theirs", auth: UserToken, answers: none("all is deleted"),
			detail: "Each bank is told that the consent has ended.",
		},
	}
}
