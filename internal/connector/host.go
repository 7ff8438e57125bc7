package connector

import (
	"context"
	"net/http"
	"time"

	"passerelle/internal/bank"
)

// Host is what the process lends a connector kind when it is made. A kind keeps nothing else.
type Host struct {
	// Client makes the guarded HTTP client that the kind speaks to its banks with: limits of size and time, no private addresses
	// unless the operator allows them, no redirect followed. The same TLS gives the same client, whose connections are kept.
	Client func(TLS) (*http.Client, error)
	// Settings are what the operator has set for a kind at an institution, given by its UUID: what was set for that institution goes
	// before what was set for the kind. Asked for at each call, so that a change needs no restart.
	Settings func(ctx context.Context, kind, institution string) (Settings, error)
	// Now is the time.
	Now func() time.Time
}

// TLS is what a client shows to a bank and whom it trusts. The zero value shows nothing and trusts the public authorities.
type TLS struct {
	// Certificate and Key are PEM, for mutual TLS; the chain may follow the certificate. Roots is PEM too: authorities that are
	// trusted in place of the public ones, as banks' sandboxes have them.
	Certificate string
	Key         bank.Secret
	Roots       string
}

// Settings are what an operator has set for a kind, by the names of Manifest.Settings. Values are PEM where files are meant.
type Settings map[string]bank.Secret

// Get gives a value in the clear, or nothing.
func (s Settings) Get(name string) string { return s[name].Reveal() }

// Missing are the names of those settings that a kind cannot do without and that nobody has set.
func (m Manifest) Missing(s Settings) (names []string) {
	for _, f := range m.Settings {
		if v := s[f.Name]; f.Required && v.IsZero() && f.Default == "" {
			names = append(names, f.Name)
		}
	}
	return names
}

// InstitutionChecker is a kind that can tell from an entry of the directory alone whether it knows enough to reach the institution, its
// address above all. It speaks to nobody. What it says is for operators; an institution that it refuses is not offered. It is found by
// type assertion; a kind without it can reach every institution of its own.
type InstitutionChecker interface {
	// CheckInstitution is nil where the institution can be reached.
	CheckInstitution(in Institution) error
}

// InstitutionSource is a kind that can tell which institutions it reaches, such as an aggregator: they are taken over into the
// directory. It is found by type assertion.
type InstitutionSource interface {
	// Institutions gives a page of them, the first for an empty cursor. Errors are *Error.
	Institutions(ctx context.Context, cursor string) (InstitutionPage, error)
}

// InstitutionPage is a part of the institutions.
type InstitutionPage struct {
	// Connectors are entries of the directory; their UUIDs are stable, their kind is the source's own.
	Connectors []bank.Connector
	// Next is the cursor of the next page; empty on the last.
	Next string
}
