package enablebanking

import (
	"time"

	"passerelle/internal/connector"
)

// openState is what an authorisation needs when the browser comes back.
type openState struct {
	Form string `json:"form"`
	// State is the SHA-256 of the state parameter sent, to recognise our own.
	State   []byte `json:"state"`
	Choices choice `json:"choices"`
	// Before is who the connection belonged to, and the accounts by which the same person is recognised.
	Before *owner `json:"before,omitempty"`
}

// choice is what was typed, as far as it may be kept for the next time: no secrets.
type choice struct {
	PSUType     string            `json:"psu_type"`
	Method      string            `json:"method,omitempty"`
	Credentials map[string]string `json:"credentials,omitempty"`
}

// owner is a connector.Owner, as sessions have it.
type owner struct {
	// Key is what the owner key is made of; Accounts are the identification hashes of the session's accounts.
	Key      string   `json:"key"`
	Accounts []string `json:"hashes"`
}

// session is what reading needs.
type session struct {
	Form string `json:"form"`
	// ID is the aggregator's session. It is of no use without the operator's key, but it is kept like one that is.
	ID       string    `json:"id"`
	Until    time.Time `json:"until"`
	Owner    owner     `json:"owner"`
	Choices  choice    `json:"choices"`
	Accounts []account `json:"accounts"`
}

// Shape implements connector.Shape.
func (openState) Shape() string { return "enablebanking/state/1" }

// Shape implements connector.Shape.
func (session) Shape() string { return "enablebanking/session/1" }

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

func needsUser(cause error) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: cause}
}
