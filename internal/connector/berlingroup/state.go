package berlingroup

import (
	"time"
)

// step names what the end user, or the bank, is to do next.
type step string

// The steps of a visit.
const (
	stepIdentify step = "identify" // the login, and the password where we prove with it
	stepIBANs    step = "ibans"
	stepMethod   step = "method"
	stepCode     step = "code"
	stepRedirect step = "redirect" // the bank's page
	stepOAuth    step = "oauth"
	stepWait     step = "wait" // an approval elsewhere
	stepSettle   step = "settle"
	stepPick     step = "pick"
)

// state is a visit between two calls.
type state struct {
	Form   string `json:"form"`
	Step   step   `json:"step"`
	Source string `json:"source"`
	// Login is the end user's at the bank. Password is kept only where a second consent of this visit will need it.
	Login    string `json:"login,omitempty"`
	Password string `json:"password,omitempty"`
	// Typed says that the login came from a form of ours and not from the host's: it is asked for again when it is wrong.
	Typed bool `json:"typed,omitempty"`
	// Listing says that the consent is the first of two, which gives the list to pick from; References are what was picked or typed.
	Listing    bool        `json:"listing,omitempty"`
	References []reference `json:"references,omitempty"`
	Consent    string      `json:"consent,omitempty"`
	Until      time.Time   `json:"until,omitzero"`
	// Authorise is where answers go (a POST when it ends in /authorisations), Status where the authorisation's status stands, Confirm where a
	// code of the redirect is confirmed.
	Authorise string `json:"authorise,omitempty"`
	Status    string `json:"status,omitempty"`
	Confirm   string `json:"confirm,omitempty"`
	// Methods and Challenge are what was asked, to ask it again.
	Methods   []method   `json:"methods,omitempty"`
	Method    *method    `json:"method,omitempty"`
	Challenge *challenge `json:"challenge,omitempty"`
	Message   string     `json:"message,omitempty"`
	// Deadline is when a wait is given up.
	Deadline time.Time `json:"deadline,omitzero"`
	// OAuth is a code that is awaited; Tokens are what came of one.
	OAuth  *pending `json:"oauth,omitempty"`
	Tokens *tokens  `json:"tokens,omitempty"`
	// Return is the SHA-256 of the state parameter sent along.
	Return []byte `json:"return,omitempty"`
	// Owner and Known are what the session before knew, to see that it is the same person.
	Owner string   `json:"owner,omitempty"`
	Known []string `json:"known,omitempty"`
}

// pending is an authorization that the browser is away for.
type pending struct {
	Verifier string `json:"verifier"`
	Redirect string `json:"redirect"`
	Token    string `json:"token"`
	Issuer   string `json:"issuer,omitempty"`
	// Before says that the token is for making the consent.
	Before bool `json:"before,omitempty"`
}

// tokens are an authorization server's.
type tokens struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh,omitempty"`
	Token   string    `json:"token"`
	Expiry  time.Time `json:"expiry,omitzero"`
}

// session is what reading needs.
type session struct {
	Form    string    `json:"form"`
	Consent string    `json:"consent,omitempty"`
	Login   string    `json:"login,omitempty"`
	Owner   string    `json:"owner"`
	Until   time.Time `json:"until,omitzero"`
	Tokens  *tokens   `json:"tokens,omitempty"`
	// Accounts are the keys of the accounts shared when the consent was made: whoever shares one of them again is the same owner.
	Accounts []string `json:"accounts,omitempty"`
}

// Shape implements connector.Shape.
func (state) Shape() string { return "berlingroup/state/1" }

// Shape implements connector.Shape.
func (session) Shape() string { return "berlingroup/session/1" }
