package stet

import (
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
)

// state is an attempt on its way: the browser is at the bank, or accounts are chosen.
type state struct {
	Form    string           `json:"form"`
	Pending fapi.Pending     `json:"pending,omitzero"`
	Before  *connector.Owner `json:"before,omitempty"`
	// Session is what there is already while accounts are chosen, Offered the accounts to choose from.
	Session *session    `json:"session,omitempty"`
	Offered []reference `json:"offered,omitempty"`
}

// session is what reading needs.
type session struct {
	Form    string          `json:"form"`
	Tokens  tokens          `json:"tokens"`
	Until   time.Time       `json:"until"`
	Owner   connector.Owner `json:"owner"`
	Holder  string          `json:"holder,omitempty"`
	Allowed []string        `json:"allowed,omitempty"`
}

// tokens are the bank's.
type tokens struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// reference is how an account is named in a consent.
type reference struct {
	Key   string          `json:"key"`
	IBAN  string          `json:"iban,omitempty"`
	Other *identification `json:"other,omitempty"`
}

func tokensOf(t fapi.Token) tokens {
	return tokens{Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), Expires: t.Expires}
}

// stale says whether the access token has run out, or is about to.
func (t tokens) stale(now time.Time) bool {
	const spare = 30 * time.Second
	return !t.Expires.IsZero() && now.Add(spare).After(t.Expires)
}

func (t tokens) access() bank.Secret { return bank.NewSecret(t.Access) }

// Shape implements connector.Shape.
func (state) Shape() string { return "stet/state/1" }

// Shape implements connector.Shape.
func (session) Shape() string { return "stet/session/1" }

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

func needsUser(cause error) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: cause}
}
