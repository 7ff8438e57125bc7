package connect

import (
	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Question is what a bank asks in between, made fit to be shown: whoever asks it of the end user, a page of ours or a client
// backend, gets the same.
type Question struct {
	Fields []bank.Field
	// Message is the bank's own; empty when it says nothing.
	Message bank.Text
	// Pictured says that the answer can be read in an image alone.
	Pictured bool
}

// Fit makes a connector's question fit to be shown. What cannot be cut without changing what is asked is a *connector.Error.
func Fit(ask *connector.Ask) (Question, error) {
	clean, err := cleanAsk(ask)
	if err != nil {
		return Question{}, err
	}
	return Question{Fields: clean.Fields, Message: clean.Message, Pictured: len(clean.Image) > 0}, nil
}

// Check holds values against their fields, as the pages do: known ones are taken byte for byte, what is wrong with the others is
// told by field (required, length, pattern, option, type).
func Check(fields []bank.Field, values map[string]bank.Secret) (map[string]bank.Secret, FieldErrors) {
	return check(fields, values)
}
