package simplefin

import (
	"bytes"
	"encoding/json"
	"fmt"

	"passerelle/internal/connector"
)

// state is an attempt on its way: a token is asked for, or it is spent and the accounts are waited for.
type state struct {
	Form string `json:"form"`
	// Access is the address that the token was spent for; empty while it is asked for.
	Access string `json:"access,omitempty"`
	// Tries counts refused tokens, or the times that the accounts did not come.
	Tries  int    `json:"tries,omitempty"`
	Before *owner `json:"before,omitempty"`
}

// session is what reading needs.
type session struct {
	Form string `json:"form"`
	// Access is the address with its name and password.
	Access string `json:"access"`
	Owner  owner  `json:"owner"`
}

// owner says whose accounts these are.
type owner struct {
	// Key is what the owner key is made of; Accounts are the keys of the accounts seen at the start.
	Key      string   `json:"key"`
	Accounts []string `json:"accounts,omitempty"`
}

// shape is an opaque of ours; each knows its name, so that one is never read as another.
type shape interface{ form() string }

func (state) form() string   { return "simplefin/state/1" }
func (session) form() string { return "simplefin/session/1" }

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
