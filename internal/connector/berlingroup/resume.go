package berlingroup

import (
	"context"
	"errors"

	"passerelle/internal/connector"
)

// resume looks in the background whether the session still reads. Nobody is asked anything.
func (c *Connector) resume(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	s, err := connector.Decode[session](in.Previous)
	if err != nil {
		return connector.Step{}, needsUser(err)
	}
	t, err := c.talk(ctx, in.Institution, connector.PSU{}, in.Now)
	if err != nil {
		return connector.Step{}, err
	}
	if s.Tokens != nil {
		if s.Tokens.ended(in.Now) {
			if s.Tokens, err = t.refresh(ctx, s.Tokens); err != nil {
				return connector.Step{}, err
			}
		}
		t.bearer = s.Tokens.Access
	}
	if s.Consent != "" {
		r, err := t.consentStatus(ctx, s.Consent)
		if err == nil {
			err = consentError(r.ConsentStatus)
		}
		if err != nil {
			return connector.Step{}, err
		}
	}
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{Done: &connector.Done{Session: opaque, OwnerKey: s.Owner, ConsentUntil: s.Until}}, nil
}

// revoke ends the consent at the bank. One that has ended already is what was wanted.
func (c *Connector) revoke(ctx context.Context, in connector.RevokeInput) error {
	s, err := connector.Decode[session](in.Session)
	if err != nil {
		return err
	}
	if s.Consent == "" {
		// The token is the consent, and this interface has no way to end it before its time.
		return nil
	}
	t, err := c.talk(ctx, in.Institution, connector.PSU{}, in.Now)
	if err != nil {
		return err
	}
	if s.Tokens != nil {
		t.bearer = s.Tokens.Access
	}
	err = t.dropConsent(ctx, s.Consent)
	if err != nil && s.Tokens != nil && code(err) == connector.CodeNeedsUser {
		// Only the access token has ended, perhaps.
		fresh, failed := t.refresh(ctx, s.Tokens)
		if failed != nil {
			return ended(failed)
		}
		t.bearer = fresh.Access
		err = t.dropConsent(ctx, s.Consent)
	}
	return ended(err)
}

// ended drops the errors which say that there is nothing left to end. A bare 401 says nothing of the kind.
func ended(err error) error {
	var e *connector.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case connector.CodeConsentRevoked, connector.CodeConsentExpired:
		return nil
	case connector.CodeNeedsUser:
		if r := saidBy(err); r == nil || len(r.codes) > 0 {
			return nil
		}
	}
	return err
}
