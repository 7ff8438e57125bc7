package simplefin

import "passerelle/internal/connector"

// state is an attempt on its way: a token is asked for, or it is spent and the accounts are waited for.
type state struct {
	Form string `json:"form"`
	// Access is the address that the token was spent for; empty while it is asked for.
	Access string `json:"access,omitempty"`
	// Tries counts refused tokens, or the times that the accounts did not come.
	Tries  int              `json:"tries,omitempty"`
	Before *connector.Owner `json:"before,omitempty"`
}

// session is what reading needs.
type session struct {
	Form string `json:"form"`
	// Access is the address with its name and password.
	Access string          `json:"access"`
	Owner  connector.Owner `json:"owner"`
}

// Shape implements connector.Shape.
func (state) Shape() string { return "simplefin/state/1" }

// Shape implements connector.Shape.
func (session) Shape() string { return "simplefin/session/1" }

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

func needsUser(cause error) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: cause}
}
