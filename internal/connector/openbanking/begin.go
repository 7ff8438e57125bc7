package openbanking

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
)

// begin makes a consent, or takes the one that is there, and sends the browser to the bank with it.
func (b *theBank) begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	token, err := b.ours(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	s := state{}
	s.Form = s.Shape()
	// The session only spares a consent and tells who it was: one that cannot be read any more is no reason to stop.
	if before, err := connector.Decode[session](in.Previous); err == nil {
		s.Owner, s.Known = before.Owner, before.Known
		if b.Reauthorise && before.Consent != "" {
			s.Consent, s.Until = b.same(ctx, token, before.Consent, in.Want)
		}
		if s.Consent == "" {
			s.Replaced = before.Consent
		}
	}
	if s.Consent == "" {
		s.Fresh = true
		if s.Consent, s.Until, err = b.newConsent(ctx, token, in.Want); err != nil {
			return connector.Step{}, err
		}
	}
	party, err := b.party(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	to, pending, err := party.Authorize(ctx, b.request(in, s.Consent))
	if err != nil {
		return connector.Step{}, err
	}
	s.Pending = pending
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{State: opaque, Redirect: &connector.Redirect{URL: to.String()}}, nil
}

// same gives a consent to be approved again, if it is good for as long as is wanted; otherwise nothing, and a new one is made.
func (b *theBank) same(ctx context.Context, token bank.Secret, id string, want connector.Want) (string, time.Time) {
	stands, ends, err := b.look(ctx, token, id)
	// A day less is nobody's loss, and an end that was rounded is the end that was asked for.
	const spare = 24 * time.Hour
	if err != nil || stands != authorised || !ends.IsZero() && ends.Before(want.ValidUntil.Add(-spare)) {
		return "", time.Time{}
	}
	return id, ends
}

// request is the authorization request that names the consent (OBIE security profile, claim openbanking_intent_id).
func (b *theBank) request(in connector.BeginInput, consent string) fapi.Request {
	token := map[string]any{"openbanking_intent_id": map[string]any{"value": consent, "essential": true}}
	if len(b.ACR) > 0 {
		token["acr"] = map[string]any{"essential": true, "values": b.ACR}
	}
	r := fapi.Request{
		Redirect: in.Callback.URL, State: in.Callback.State, Scope: b.Scope, Signed: b.SignedRequest, Push: fapi.Pushing(b.Push),
		ResponseType: b.ResponseType, ResponseMode: b.ResponseMode, NoPKCE: b.NoPKCE,
		Claims: map[string]any{"id_token": token, "userinfo": map[string]any{"openbanking_intent_id": token["openbanking_intent_id"]}},
		Extra:  map[string]string{},
	}
	if lang := in.PSU.Lang; lang != "" {
		r.Extra["ui_locales"] = lang
	}
	return r
}

// resume sees in the background whether the consent still lets us in.
func (b *theBank) resume(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	s, err := connector.Decode[session](in.Previous)
	if err != nil {
		return connector.Step{}, needsUser(err)
	}
	b.login = s.Login
	if _, err := b.fresh(ctx, &s, s.Refresh != ""); err != nil {
		return connector.Step{}, err
	}
	token, err := b.ours(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	stands, ends, err := b.look(ctx, token, s.Consent)
	if err != nil {
		return connector.Step{}, err
	}
	switch stands {
	case authorised:
	case expired:
		return connector.Step{}, &connector.Error{Code: connector.CodeConsentExpired, Cause: errEnded}
	case rejected, withdrawn:
		return connector.Step{}, &connector.Error{Code: connector.CodeConsentRevoked, Cause: errEnded}
	default:
		return connector.Step{}, needsUser(errEnded)
	}
	if s.Ends = ends; !ends.IsZero() {
		s.Until = ends
	}
	return done(s, b.institution)
}
