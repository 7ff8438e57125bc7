package openapi

import "passerelle/web/describe"

// callers say who may ask.
var callers = map[describe.Auth]describe.Caller{
	Nobody:           {Says: "Anybody may ask."},
	AnyToken:         {Says: "With any access token, or a standard temporary code.", Token: "$ACCESS_TOKEN", Any: need("accessToken")},
	UserToken:        {Says: "With the user's access token, or a standard temporary code.", Token: "$ACCESS_TOKEN", Any: need("userToken")},
	UsersToken:       {Says: "With the users manage token.", Token: "$USERS_TOKEN", Any: need("usersToken")},
	UserOrUsersToken: {Says: "With the user's access token, or the users manage token.", Token: "$ACCESS_TOKEN", Any: need("userToken", "usersToken")},
	ConfigToken:      {Says: "With the config manage token.", Token: "$CONFIG_TOKEN", Any: need("configToken")},
	ClientSecret:     {Says: "With the client application's credentials, in the body or by HTTP Basic.", Any: need("clientSecret", "")},
	MaybeClient:      {Says: "With the client application's credentials, a users manage token, or nothing.", Any: need("clientSecret", "usersToken", "")},
}

// need are alternatives by their names; an empty one stands for nothing in the header.
func need(names ...string) []describe.Requirement {
	var out []describe.Requirement
	for _, n := range names {
		out = append(out, describe.Requirement{Name: n})
	}
	return out
}

var schemes = []describe.Scheme{
	{Name: string(AnyToken), Type: "bearer", Meaning: "any access token, or a standard temporary code"},
	{Name: string(UserToken), Type: "bearer", Meaning: "the user's access token or standard temporary code"},
	{Name: string(UsersToken), Type: "bearer", Meaning: "the domain's users manage token: passerelle token create --kind users"},
	{Name: string(ConfigToken), Type: "bearer", Meaning: "the domain's config manage token: passerelle token create --kind config"},
	{Name: string(ClientSecret), Type: "basic", Meaning: "client_id and client_secret; they may stand in the body instead"},
}
