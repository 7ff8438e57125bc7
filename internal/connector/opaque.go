package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MostOpaque caps a state or a session in bytes. A bank can be anybody, and what it makes a connector keep is sealed, stored with each step
// and copied into backups; a thousand accounts fit many times over.
const MostOpaque = 1 << 20

// Check says whether what a connector gives to be kept is small enough. The error is an *Error with CodeProtocol.
func (o Opaque) Check() error {
	if len(o) <= MostOpaque {
		return nil
	}
	return &Error{Code: CodeProtocol, Cause: fmt.Errorf("the connector would keep %d bytes, more than %d", len(o), MostOpaque)}
}

// Shape is a struct that a kind keeps as an Opaque. It has a member "form" that holds what Shape says, such as "testbank/state/1", so that
// one is never read as another, nor as one of another version.
type Shape interface{ Shape() string }

// Encode makes an opaque. The same content gives the same bytes: the host tells by them that a wait goes on. The error is an *Error with
// CodeBug.
func Encode(v any) (Opaque, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, &Error{Code: CodeBug, Cause: fmt.Errorf("encode the state: %w", err)}
	}
	return raw, nil
}

// Decode reads an opaque back. The error is an *Error with CodeBug for one of another shape or with members that are not known; it never
// quotes the content, which is secret.
func Decode[T Shape](raw Opaque) (T, error) {
	var v, none T
	var head struct {
		Form string `json:"form"`
	}
	if json.Unmarshal(raw, &head) != nil || head.Form != none.Shape() {
		return none, &Error{Code: CodeBug, Cause: fmt.Errorf("the state is not a %s", none.Shape())}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&v) != nil {
		return none, &Error{Code: CodeBug, Cause: fmt.Errorf("the state is a broken %s", none.Shape())}
	}
	return v, nil
}
