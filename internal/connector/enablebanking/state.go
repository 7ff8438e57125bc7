package enablebanking

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// owner says whose session it was.
type owner struct {
	// Key is what the owner key is made of; Hashes are the identification hashes of the session's accounts.
	Key    string   `json:"key"`
	Hashes []string `json:"hashes"`
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

// shape is an opaque of ours; each knows its name, so that one is never read as another.
type shape interface{ form() string }

func (openState) form() string { return "enablebanking/state/1" }
func (session) form() string   { return "enablebanking/session/1" }

// encode makes an opaque. The same content gives the same bytes.
func encode(v any) (connector.Opaque, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, bug(fmt.Errorf("encode the state: %w", err))
	}
	return raw, nil
}

// decode reads an opaque back. Its error never quotes the content, which is secret.
func decode[T shape](raw connector.Opaque) (T, error) {
	var v, none T
	var head struct {
		Form string `json:"form"`
	}
	if json.Unmarshal(raw, &head) != nil || head.Form != none.form() {
		return none, bug(fmt.Errorf("the state is not a %s", none.form()))
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&v) != nil {
		return none, bug(fmt.Errorf("the state is a broken %s", none.form()))
	}
	return v, nil
}

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

func needsUser(cause error) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: cause}
}
