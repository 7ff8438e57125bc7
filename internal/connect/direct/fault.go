package direct

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// The codes that Powens documents for these calls.
const (
	codeWrongpass   = "wrongpass"
	codeTooManySync = "tooManySync"
	codeLocked      = "connectionLocked"
	codeMissing     = "missingParameter"
	codeInvalid     = "invalidValue"
	// codeTooManyTries is ours: clients expect 429 of whatever is limited, and of wrongpass they would ask for another password.
	codeTooManyTries = "tooManyTries"
)

// errLocked: somebody else talks with the connection's bank.
func errLocked() error {
	return fault.New(fault.Conflict, "Another call is at work on this connection. Wait for its answer, or read the connection's state.").
		WithCode(codeLocked).WithRetry(time.Second)
}

func errTooMany(wait time.Duration, why string) error {
	return fault.New(fault.Conflict, "%s", why).WithCode(codeTooManySync).WithRetry(max(wait, time.Second))
}

// errTries: the bank refused so many passwords that it would lock the login next.
func errTries(left time.Duration) error {
	return fault.New(fault.Limited, "The bank refused too many passwords in a row. Wait before you send another one.").
		WithCode(codeTooManyTries).WithRetry(max(left, time.Second))
}

// errUnderWay: as many calls as may be send the same login to its bank just now, or new ones of the same user. It has the code of
// other calls that were too many at once: no password was refused.
func errUnderWay() error {
	return fault.New(fault.Limited, "Other calls are sending this login to its bank. Wait for their answers, then try again.").
		WithRetry(connect.TryPause)
}

// errWrongpass names the field that the bank refused, or the secret one.
func errWrongpass(e *connector.Error, fields []bank.Field) error {
	said := bank.CleanText(e.UserText, mostMessage)
	field := e.Field
	if !slices.ContainsFunc(fields, func(f bank.Field) bool { return f.Name == field }) {
		field = ""
		for _, f := range fields {
			if f.Secret {
				field = f.Name
			}
		}
	}
	if field == "" {
		return fault.New(fault.Invalid, "The bank refused these values.").WithCode(codeWrongpass).WithSaid(said)
	}
	return fault.New(fault.Invalid, "The bank refused the values; the parameter %s is not right.", field).
		WithCode(codeWrongpass).WithField(field).WithSaid(said)
}

func errValue(field, must string) error {
	return fault.New(fault.Invalid, "The parameter %s %s.", field, must).WithField(field)
}

// problems are what connect.Check says of a value, as a sentence about a parameter.
var problems = map[string]string{
	"length": "is too short or too long", "pattern": "does not match its regex", "option": "must be one of its values",
	"type": "is not of its type",
}

// choices names every list of fields with its values.
func choices(fields []bank.Field) string {
	var lists []string
	for _, f := range fields {
		if f.Type != bank.FieldList {
			continue
		}
		values := make([]string, 0, len(f.Options))
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
		lists = append(lists, f.Name+": "+strings.Join(values, ", "))
	}
	return strings.Join(lists, "; ")
}

// check takes the values that fields know. The first that is wrong, by name, is told: what is missing last, so that a client
// mends what it sent first.
func check(fields []bank.Field, values map[string]bank.Secret) (map[string]bank.Secret, error) {
	accepted, wrong := connect.Check(fields, values)
	if len(wrong) == 0 {
		return accepted, nil
	}
	names := make([]string, 0, len(wrong))
	for name := range wrong {
		names = append(names, name)
	}
	rank := func(name string) int {
		if wrong[name] == "required" {
			return 1
		}
		return 0
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
	name := names[0]
	if rank(name) == 1 {
		return nil, fault.New(fault.Invalid, "The parameter %s is missing.", name).WithField(name).WithCode(codeMissing)
	}
	if wrong[name] == "option" {
		return nil, errValue(name, "must be one of its values ("+choices(fields)+")")
	}
	return nil, errValue(name, problems[wrong[name]])
}
