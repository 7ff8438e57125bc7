package openbanking

import (
	"time"

	"passerelle/internal/protocol/fapi"
)

// state is what an authorization in the browser needs when it comes back.
type state struct {
	Form    string       `json:"form"`
	Pending fapi.Pending `json:"pending"`
	Consent string       `json:"consent"`
	// Until is the consent's end, zero where it has none. Fresh says that it was made for this attempt.
	Until time.Time `json:"until"`
	Fresh bool      `json:"fresh"`
	// Owner and Known are the connection's before, for banks that do not say who signed in.
	Owner string   `json:"owner,omitempty"`
	Known []string `json:"known,omitempty"`
	// Replaced is the consent that this one takes the place of.
	Replaced string `json:"replaced,omitempty"`
}

// session is what reading needs.
type session struct {
	Form    string `json:"form"`
	Access  string `json:"access"`
	Refresh string `json:"refresh,omitempty"`
	// Expiry is the access token's, zero where the bank does not say.
	Expiry  time.Time `json:"expiry"`
	Consent string    `json:"consent"`
	// Until is when the bank, or the law, asks again; Ends is the consent's own end, zero where it has none.
	Until time.Time `json:"until"`
	Ends  time.Time `json:"ends"`
	Owner string    `json:"owner"`
	// Known are the keys of the accounts that were there, where the owner is known by them alone.
	Known []string `json:"known,omitempty"`
	// Login is when the end user was last there.
	Login time.Time `json:"login"`
	// Replaced is a consent of before, which the first pull ends: not earlier, since until this session is stored it is the only one.
	Replaced string `json:"replaced,omitempty"`
}

// Shape implements connector.Shape.
func (state) Shape() string { return "openbanking/state/1" }

// Shape implements connector.Shape.
func (session) Shape() string { return "openbanking/session/1" }
