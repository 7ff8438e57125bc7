package grant

import (
	"slices"
	"strings"
)

// Scope is one thing that an access token of the OAuth 2 surface lets its bearer do (RFC 6749 §3.3), in Linxo's names.
type Scope string

// The scopes.
const (
	ScopeOpenID           Scope = "openid"
	ScopeProfile          Scope = "profile"
	ScopeProfileEdit      Scope = "profile_edit"
	ScopeUsersCreate      Scope = "users_create"
	ScopeAccountsRead     Scope = "accounts_read"
	ScopeAccountsManage   Scope = "accounts_manage"
	ScopeConnectionManage Scope = "connections_manage"
	ScopeConnectionSync   Scope = "connections_sync"
	ScopeTransactionsRead Scope = "transactions_read"
)

// AllScopes are the scopes there are, in the order in which they are listed.
var AllScopes = Scopes{
	ScopeOpenID, ScopeProfile, ScopeProfileEdit, ScopeUsersCreate, ScopeAccountsRead, ScopeAccountsManage, ScopeConnectionManage,
	ScopeConnectionSync, ScopeTransactionsRead,
}

// Scopes are what a token may do. Nil means that nothing is held back: that is what tokens of the Powens dialect, which knows no
// scopes, have. An empty one that is not nil lets do nothing.
type Scopes []Scope

// Has says whether one of the wanted scopes is there.
func (s Scopes) Has(wanted ...Scope) bool {
	return s == nil || slices.ContainsFunc(wanted, func(w Scope) bool { return slices.Contains(s, w) })
}

// String is the scope parameter (RFC 6749 §3.3): names joined by spaces.
func (s Scopes) String() string {
	out := make([]string, len(s))
	for i, v := range s {
		out[i] = string(v)
	}
	return strings.Join(out, " ")
}
