package enablebanking

import (
	"context"
	"errors"
	"net/http"

	"passerelle/internal/connector"
)

// Revoke implements connector.Connector: DELETE /sessions/{id}, which closes the bank's consent too where the bank can. One that has
// ended already is what was wanted.
func (c *Connector) Revoke(ctx context.Context, in connector.RevokeInput) error {
	if err := onlySource(in.Source); err != nil {
		return err
	}
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return err
	}
	a, err := c.api(ctx, in.Institution.UUID)
	if err != nil {
		return err
	}
	err = a.call(ctx, http.MethodDelete, a.at("sessions", s.ID), nil, nil)
	var e *connector.Error
	if errors.As(err, &e) && (e.Code == connector.CodeConsentRevoked || e.Code == connector.CodeConsentExpired) {
		return nil
	}
	return err
}
