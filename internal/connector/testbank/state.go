package testbank

import (
	"fmt"
	"time"

	"passerelle/internal/connector"
)

// openState is what an authorization in the browser needs when it comes back.
type openState struct {
	Form     string `json:"form"`
	Verifier string `json:"verifier"`
	Redirect string `json:"redirect"`
	Website  string `json:"website,omitempty"`
	// State is the SHA-256 of the state parameter sent, to recognise our own.
	State []byte `json:"state"`
}

// openSession is what reading through the API needs.
type openSession struct {
	Form    string    `json:"form"`
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Expiry  time.Time `json:"expiry"`
	Owner   string    `json:"owner"`
	Until   time.Time `json:"until"`
	// Website is what was chosen to happen, for the next time at the bank's page.
	Website string `json:"website,omitempty"`
}

// directState is a sign-in on the website that a challenge interrupted.
type directState struct {
	Form      string        `json:"form"`
	Session   directSession `json:"session"`
	Cookie    string        `json:"cookie"`
	Challenge string        `json:"challenge"`
	Kind      string        `json:"kind"`
}

// directSession is what signing in on the website needs.
type directSession struct {
	Form     string `json:"form"`
	Login    string `json:"login"`
	Password string `json:"password"`
	Website  string `json:"website"`
	Device   string `json:"device"`
	// Config and Profile are what the two other banks ask for beside login and password.
	Config  string `json:"config,omitempty"`
	Profile string `json:"profile,omitempty"`
	// Visit is the website's cookie of a sign-in that the end user just confirmed: a bank that asks at every sign-in is read in
	// it, or nobody could ever read. It is empty once the first whole reading is done.
	Visit string `json:"visit,omitempty"`
}

// Shape implements connector.Shape.
func (openState) Shape() string { return "testbank/openapi/state/1" }

// Shape implements connector.Shape.
func (openSession) Shape() string { return "testbank/openapi/session/1" }

// Shape implements connector.Shape.
func (directState) Shape() string { return "testbank/directaccess/state/1" }

// Shape implements connector.Shape.
func (directSession) Shape() string { return "testbank/directaccess/session/1" }

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

// misfit refuses an event that does not belong to the step at hand.
func misfit(kind connector.EventKind, step string) error {
	return bug(fmt.Errorf("the event %q does not answer a %s", kind, step))
}
