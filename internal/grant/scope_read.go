package grant

import (
	"slices"
	"strings"

	"passerelle/internal/fault"
)

// Scopes where none are asked for. No source tells Linxo's; a client application's are those of its published example tokens, a
// person's those of its quick start.
var (
	DefaultClientScopes = Scopes{ScopeOpenID, ScopeProfile, ScopeUsersCreate}
	DefaultUserScopes   = Scopes{ScopeOpenID, ScopeProfile, ScopeAccountsRead}
)

// mostScope is the longest scope parameter that is read, in bytes.
const mostScope = 1000

// ParseScopes reads the scope parameter (RFC 6749 §3.3) of a grant to a person, or of one to a client application alone, which may have
// users_create too. Without any, it gives the default. What is not known or not to be had is a fault.Invalid with code invalid_scope
// that names it.
func ParseScopes(text string, forClient bool) (Scopes, error) {
	refuse := func(format string, args ...any) (Scopes, error) {
		return nil, fault.New(fault.Invalid, format, args...).WithCode("invalid_scope").WithField("scope")
	}
	if len(text) > mostScope {
		return refuse("The parameter scope is too long.")
	}
	out := Scopes{}
	for _, name := range strings.Fields(text) {
		scope := Scope(name)
		if !slices.Contains(AllScopes, scope) {
			// What is no token of RFC 6749's grammar is not repeated.
			if !scopeName(name) {
				return refuse("The parameter scope holds characters that no scope has; the scopes are %s.", AllScopes)
			}
			return refuse("There is no scope %s; the scopes are %s.", name, AllScopes)
		}
		if scope == ScopeUsersCreate && !forClient {
			return refuse("The scope %s is for a client application's own access token: use grant_type client_credentials.", name)
		}
		if !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	if len(out) == 0 {
		if forClient {
			return DefaultClientScopes, nil
		}
		return DefaultUserScopes, nil
	}
	return out, nil
}

// scopeName says whether a name may be shown: short, lower-case letters, digits and a few marks.
func scopeName(s string) bool {
	return len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/-") == ""
}
