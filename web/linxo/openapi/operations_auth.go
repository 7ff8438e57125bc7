package openapi

import "passerelle/web/describe"

const clientMembers = `
	client_id string honoured the client application's number; in the body or by HTTP Basic
	client_secret string honoured its secret; in the body or by HTTP Basic`

func authOperations() []describe.Row {
	return []describe.Row{
		{
			At: "POST /token", Root: true, Summary: "Get an access token", Auth: credentials, Answers: describe.OK("Token", "the access token"),
			Detail: "client_credentials gives a client application's own access token, password one of a user of its, authorization_code one of the user who signed in at /signin, and refresh_token " +
				"a new one in place of one that ended. Each refresh token is good once; one that is presented again ends all that came of the same sign-in.",
			Params: headerKey + ` string honoured of authorization_code and refresh_token: the same request with the same key gets the same answer for 60 seconds`,
			Body: clientMembers + `
				grant_type! enum(client_credentials,password,authorization_code,refresh_token) honoured the grant e.g. client_credentials
				scope string honoured scopes, separated by spaces e.g. openid profile users_create
				provider enum(connect,linxoConnect) honoured may be left out
				username string honoured of password: the user's address
				password string honoured of password: the user's password
				code string honoured of authorization_code: from the address that the user came back to
				redirect_uri uri honoured of authorization_code: the one of /signin
				code_verifier string honoured of authorization_code: PKCE (RFC 7636); needed when /signin was given a code_challenge
				refresh_token string honoured of refresh_token: the last one that was given`,
			Sample:   `{"grant_type": "client_credentials", "client_id": "39038450", "client_secret": "pwl_secret_…", "scope": "users_create"}`,
			Refusals: "400 invalid_grant invalid_scope unsupported_grant_type unauthorized_client; 401 invalid_client; 429 temporarily_unavailable",
		},
		{
			At: "GET /signin", Root: true, Summary: "Sign a user in", Pages: true,
			Detail: "The end user's browser opens it. It leads back to redirect_uri with code and state, or with error.",
			Params: `
				client_id! string honoured the client application's number e.g. 39038450
				redirect_uri! uri honoured one of its registered addresses
				response_type! enum(code) honoured always code
				scope string honoured scopes, separated by spaces
				state string honoured yours; it comes back unchanged
				code_challenge string honoured PKCE (RFC 7636)
				code_challenge_method enum(S256) honoured PKCE
				signin_voucher string honoured of POST /signin/voucher: whoever comes with it is not held up by what others try`,
			Answers: []describe.Answer{
				{Status: 200, Type: "text/html", Meaning: "a page"},
				{Status: 303, Meaning: "back to redirect_uri with error"},
				{Status: 400, Type: "text/html", Meaning: "a page that names the problem: nobody is sent to an address that is not registered"},
				{Status: 413, Type: "text/html", Meaning: "a page: more was sent than anything here takes"},
			},
		},
		{
			At: "POST /signin/voucher", Root: true, Summary: "Let one user sign in while somebody guesses", Auth: credentials, Ours: true, Answers: describe.OK("SigninVoucher", "the voucher"),
			Detail: "While somebody guesses a user's password, the sign-in page holds up that address in networks and on devices where the user never signed in. Put the voucher into the address of /signin " +
				"and hand that over where only the user reads it, in a letter to the address say, never on a page that whoever guesses can open. It is good for ten wrong passwords, and for an hour; 30 an hour are given for one address.",
			Body: clientMembers + `
				email! string honoured the user's address; nothing is told of whether there is one e.g. camille@app.example`,
			Refusals: "400 invalid_request; 401 invalid_client; 429 temporarily_unavailable",
		},
		{
			At: "POST /revoke", Root: true, Summary: "End a token", Auth: credentials, Ours: true, Answers: describe.OK("", "it reads nothing any more, or never did"),
			Detail: "RFC 7009.", Body: clientMembers + `
				token! string honoured an access token or refresh token of the client application e.g. pwl_user_0f3c.example
				token_type_hint string ignored both kinds are told apart by their looks`,
			Refusals: "400 unauthorized_client unsupported_token_type; 401 invalid_client",
		},
		{
			At: "GET /.well-known/oauth-authorization-server", Root: true, Summary: "What the authorization server can do", Ours: true, Answers: describe.OK("Metadata", "RFC 8414"),
		},
	}
}
