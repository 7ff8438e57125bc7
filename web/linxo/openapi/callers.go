package openapi

import (
	"strings"

	"passerelle/web/describe"
)

// Kinds of caller. All others are a list of scopes of which the access token must have one.
const (
	nobody      describe.Auth = ""
	credentials describe.Auth = "client"
)

// Callers by the scopes that they need.
const (
	readUsers      describe.Auth = "profile profile_edit"
	editUsers      describe.Auth = "profile_edit"
	dropUsers      describe.Auth = "profile_edit users_create"
	makeUsers      describe.Auth = "users_create"
	readAccounts   describe.Auth = "accounts_read accounts_manage"
	editAccounts   describe.Auth = "accounts_manage"
	readChannels   describe.Auth = "accounts_read accounts_manage connections_manage"
	editChannels   describe.Auth = "connections_manage"
	syncChannels   describe.Auth = "connections_sync"
	readMovements  describe.Auth = "transactions_read accounts_read accounts_manage"
	followAccounts describe.Auth = "connections_sync connections_manage accounts_read accounts_manage"
)

const schemeName = "oauth2"

var schemes = []describe.Scheme{
	{Name: schemeName, Type: "oauth2", Meaning: "an access token of POST /token, in the header Authorization: Bearer", Scopes: describe.Lines(`
		openid scope nothing here needs it
		profile scope read the user
		profile_edit scope change and delete the user
		users_create scope make users; for a client application's own access token
		accounts_read scope read connections, accounts and transactions
		accounts_manage scope the same, and archive and delete accounts
		connections_manage scope read, change and delete connections
		connections_sync scope read connections anew, follow them in a queue
		transactions_read scope read transactions`)},
	{Name: string(credentials), Type: "basic", Meaning: "client_id and client_secret; they may stand in the body instead"},
}

func callerOf(a describe.Auth) describe.Caller {
	switch a {
	case nobody:
		return describe.Caller{Says: "Anybody may ask."}
	case credentials:
		return describe.Caller{
			Says: "With the client application's credentials, in the body or by HTTP Basic.",
			Any:  []describe.Requirement{{Name: string(credentials)}, {}},
		}
	}
	scopes := strings.Fields(string(a))
	token := "$ACCESS_TOKEN"
	if a == makeUsers {
		token = "$CLIENT_TOKEN"
	}
	c := describe.Caller{Says: "With an access token that has the scope " + strings.Join(scopes, " or ") + ".", Token: token}
	for _, s := range scopes {
		c.Any = append(c.Any, describe.Requirement{Name: schemeName, Scopes: []string{s}})
	}
	return c
}

// usual are the refusals that every operation of a kind has.
func usual(o Operation) string {
	switch {
	case o.Pages, o.Noun == "description":
		return ""
	case o.Root && o.Auth == nobody:
		return ""
	case o.Root:
		return "400 invalid_request"
	case o.Auth == nobody:
		return "400 BAD_PARAMETER"
	case o.Auth == credentials:
		return "400 BAD_PARAMETER PARAMETER_MISSING; 401 invalid_client"
	}
	s := "400 BAD_PARAMETER; 401 invalid_token; 403 insufficient_scope"
	if strings.Contains(o.Path, "{") {
		s += "; 404 RESOURCE_UNKNOWN"
	}
	return s
}
